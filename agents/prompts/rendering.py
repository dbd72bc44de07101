"""Fills an agent's texts for one call, before it begins: the engine never sees a template."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from agents.prompts.template import PromptTemplate, TemplateInvalid
from voice.core.spec import AgentSpec

logger = logging.getLogger(__name__)

# What values may make of a text, in characters.
LONGEST_RENDERED = {"greeting": 4_000, "system_prompt": 40_000, "persona": 8_000, "voicemail_message": 2_000}


def rendered(agent: AgentSpec, values: Mapping[str, str]) -> AgentSpec:
    """A text that is no template, as versions from before there were templates may hold, stays as it is."""
    greeting = _rendered("greeting", agent, values)
    return replace(
        agent,
        greeting=greeting,
        system_prompt=_rendered("system_prompt", agent, values),
        persona=_rendered("persona", agent, values),
        voicemail_message=_rendered("voicemail_message", agent, values),
        greeting_varies=greeting != agent.greeting,
    )


def _rendered(name: str, agent: AgentSpec, values: Mapping[str, str]) -> str:
    text: str = getattr(agent, name)
    try:
        return _parsed(text).render(values)[: LONGEST_RENDERED[name]]
    except TemplateInvalid as error:
        logger.warning("the %s of agent %s is no template: %s", name, agent.id, error.place)
        return text


@lru_cache(maxsize=256)
def _parsed(text: str) -> PromptTemplate:
    """A long prompt takes some milliseconds to parse, and is the same in all calls of a version."""
    return PromptTemplate(text)
