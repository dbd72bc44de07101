"""What becomes of an agent's texts in a call, shown while they are written."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass

from django.utils import timezone

from agents.prompts.template import PromptTemplate, TemplateInvalid
from agents.prompts.variables import (
    NAME,
    PLATFORM_VARIABLES,
    Circumstances,
    as_value,
    filled,
    platform_values,
    time_zones,
)
from agents.snapshot import LONGEST_PROMPT
from voice.core.spec import Channel
from voice.providers.catalog import DEFAULT_LANGUAGE

TEXTS = {
    "greeting": "Greeting",
    "system_prompt": "System prompt",
    "persona": "Persona",
    "voicemail_message": "To a machine",
}


@dataclass(frozen=True, slots=True)
class PreviewedText:
    """Either what it becomes or why it becomes nothing."""

    label: str
    text: str
    error: str = ""


def preview(written: Mapping[str, str], *, organisation: str, person: str) -> list[PreviewedText]:
    """`written`: the form's fields as they are, finished or not. Empty texts are left out."""
    zone = written.get("time_zone", "")
    known = Circumstances(
        agent=written.get("name", ""),
        organisation=organisation,
        channel=Channel.BROWSER.value,
        time_zone=zone if zone in time_zones() else "UTC",
        language=written.get("language") or DEFAULT_LANGUAGE.code,
        callers_name=person,
    )
    defaults = declared(written.get("variables", ""))
    values = filled({}, platform_values(known, timezone.now()), defaults)
    found = []
    for name, label in TEXTS.items():
        text = written.get(name, "")[:LONGEST_PROMPT]
        if text.strip():
            found.append(_previewed(label, text, values))
    return found


def declared(lines: str) -> dict[str, str]:
    """Names and defaults as far as they are written already; what cannot be read is left out."""
    pairs = (line.partition("=") for line in lines.splitlines())
    return {name.strip(): as_value(default) for name, _, default in pairs if NAME.fullmatch(name.strip())}


def warnings(written: Mapping[str, str]) -> dict[str, str]:
    """Of each text the variables that would be empty in every call, as a sentence; empty where all are known.

    Total: a text that does not render is told as an error.
    """
    known = PLATFORM_VARIABLES.keys() | declared(written.get("variables", "")).keys()
    return {name: _warning(written.get(name, "")[:LONGEST_PROMPT], known) for name in TEXTS}


def _warning(text: str, known: Set[str]) -> str:
    try:
        unknown = sorted(PromptTemplate(text).names - known)
    except TemplateInvalid:
        return ""
    if not unknown:
        return ""
    names = ", ".join(f"{{{{ {each} }}}}" for each in unknown)
    return (
        f"Empty unless a call gives it: {names}. Check the spelling, or list it under Variables of the call."
    )


def _previewed(label: str, text: str, values: Mapping[str, str]) -> PreviewedText:
    try:
        return PreviewedText(label, PromptTemplate(text).render(values))
    except TemplateInvalid as invalid:
        return PreviewedText(label, "", str(invalid))
