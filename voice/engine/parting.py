"""How a tool ends the conversation: with which last words, why, and where the caller goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from voice.core.errors import EndReason
from voice.core.events import HandedOver
from voice.core.spec import AgentSpec
from voice.core.tools import CLOSING, TARGET, ToolKind, ToolSpec
from voice.engine.endings import AGENT_HANGUP, TRANSFERRED
from voice.engine.lines import Line, line
from voice.engine.tool_arguments import BadArguments

PARTING = frozenset({ToolKind.HANG_UP, ToolKind.TRANSFER})


@dataclass(frozen=True, slots=True)
class Parting:
    """`otherwise` is said where neither `closing` nor the model has last words."""

    closing: str
    otherwise: str
    reason: EndReason
    handover: HandedOver | None = None


def parting_of(tool: ToolSpec, arguments: Mapping[str, Any], agent: AgentSpec) -> Parting:
    """Of a tool that ends the conversation, with arguments that fit it. Raises BadArguments."""
    if tool.kind is ToolKind.HANG_UP:
        closing = arguments.get(CLOSING)
        farewell = line(Line.FAREWELL, agent.language)
        return Parting(closing if isinstance(closing, str) else "", farewell, AGENT_HANGUP)
    for target in agent.transfer.targets:
        if target.name == arguments.get(TARGET):
            handover = HandedOver(target.name, target.to, agent.transfer.ring_s)
            otherwise = line(Line.PUTTING_THROUGH, agent.language)
            return Parting(target.line, otherwise, TRANSFERRED, handover)
    raise BadArguments("Nobody can be reached under this name.")
