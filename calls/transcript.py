"""What a journal's entries mean as rows: trusting nothing, since a dying process may have written them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, TypeGuard

from calls.clean_text import clean_text
from calls.journal import Journal
from calls.models import Call, CallState, Turn
from calls.tool_calls import tool_call_of
from voice.core.errors import EndCode, EndedBy, EndReason
from voice.core.events import ProviderSwitched
from voice.core.spec import Channel, Role
from voice.core.turn_times import TurnLatency, TurnTimeline

TURN_FIELDS = [
    *("role", "text", "heard_text", "interrupted", "understood"),
    *("started_at_ms", "ended_at_ms", "words", "latency", "timeline", "is_filler", "tool"),
]
ROLES = [role.value for role in Role]
LATENCY_FIELDS = [field.name for field in fields(TurnLatency)]
TIMELINE_FIELDS = [field.name for field in fields(TurnTimeline)]
SWITCH_FIELDS = [field.name for field in fields(ProviderSwitched)]
MOST_SWITCHES = 100
LONGEST_MS = 1e9
NEVER_CAME = EndReason(EndCode.CONNECTION_LOST, EndedBy.PLATFORM, "The sound of the call never came.")


@dataclass(frozen=True, slots=True)
class CallEnd:
    code: str
    by: str
    message: str
    counters: dict[str, float]
    duration_ms: float


def end_of(journal: Journal) -> CallEnd:
    """A journal without an end is that of a process that was lost; its last entry is the end."""
    entry = journal.end
    if entry is None:
        return CallEnd(EndCode.SERVER_LOST, EndedBy.PLATFORM, "", {}, journal.last_at_ms)
    counters = entry.get("counters")
    return CallEnd(
        code=clean_text(entry.get("code"))[:32] or EndCode.INTERNAL_ERROR,
        by=clean_text(entry.get("by"))[:12] or EndedBy.PLATFORM,
        message=clean_text(entry.get("message")),
        counters=_numbers(counters) if isinstance(counters, dict) else {},
        duration_ms=_ms(entry.get("duration_ms"), journal.last_at_ms),
    )


def end_without_journal(call: Call) -> CallEnd:
    """A phone call is admitted before its sound comes: one without any entry had none."""
    if call.channel != Channel.PHONE:
        return end_of(Journal())
    return CallEnd(NEVER_CAME.code, NEVER_CAME.by, NEVER_CAME.message, {}, 0.0)


def turns_of(journal: Journal, call: Call, end: CallEnd) -> list[Turn]:
    """Unsaved rows. A turn still open when the call ended ends with it; empty ones are left out."""
    return [
        turn
        for entry in journal.turns.values()
        if (turn := _turn(entry, call, end)) is not None and (turn.text or turn.heard_text or turn.tool)
    ]


def switches_in(journal: Journal) -> list[dict[str, Any]]:
    """What a call's row keeps of providers that took over: the fields of calls.switches.Switch."""
    return [
        {"at_ms": entry["at_ms"]} | {name: clean_text(entry.get(name))[:32] for name in SWITCH_FIELDS}
        for entry in journal.switches[:MOST_SWITCHES]
    ]


def _turn(entry: dict[str, Any], call: Call, end: CallEnd) -> Turn | None:
    if entry.get("role") not in ROLES:
        return None
    started_at_ms = _ms(entry.get("started_at_ms"), entry["at_ms"])
    words = entry.get("words")
    return Turn(
        organisation_id=call.organisation_id,
        call=call,
        index=entry["index"],
        role=entry["role"],
        text=clean_text(entry.get("text")),
        heard_text=clean_text(entry.get("heard_text")),
        interrupted=entry.get("interrupted") is True,
        understood=entry.get("understood") is not False,
        started_at_ms=started_at_ms,
        ended_at_ms=_ms(entry.get("ended_at_ms"), max(started_at_ms, end.duration_ms)),
        words=[_word(word) for word in words if isinstance(word, dict)] if isinstance(words, list) else [],
        latency=_figures(entry.get("latency"), LATENCY_FIELDS),
        timeline=_figures(entry.get("timeline"), TIMELINE_FIELDS),
        is_filler=entry.get("is_filler") is True,
        tool=_tool(entry, call),
    )


def _tool(entry: dict[str, Any], call: Call) -> dict[str, Any] | None:
    if entry["role"] != Role.TOOL:
        return None
    return tool_call_of(entry.get("tool"), is_live=call.state == CallState.LIVE)


def _figures(values: object, names: list[str]) -> dict[str, float | None] | None:
    if not isinstance(values, dict):
        return None
    known = _numbers(values)
    return {name: known.get(name) for name in names}


def _word(word: dict[str, Any]) -> dict[str, Any]:
    return {"text": clean_text(word.get("text")), **_numbers(word)}


def _numbers(values: dict[str, Any]) -> dict[str, float]:
    return {clean_text(name): number for name, number in values.items() if is_finite(number)}


def _ms(value: object, otherwise: float) -> float:
    if is_finite(value) and 0 <= value < LONGEST_MS:
        return float(value)
    return otherwise


def is_finite(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15
