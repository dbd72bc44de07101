"""Template filters of the pages about calls."""

from __future__ import annotations

import json
import re
from decimal import Decimal

from django import template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.money import dollars_about
from calls.filters import CHANNEL_LABELS
from calls.models import Call, CallState, Turn
from calls.tool_labels import tool_label
from voice.core.tools import ToolStatus

register = template.Library()
register.filter(tool_label)

PRESSED = re.compile(r"\[pressed ((?:[0-9*#A-D] ?)+)\]")

TOOL_STATUS_LABELS: dict[str, str] = {
    ToolStatus.RUNNING: "Running",
    ToolStatus.OK: "Done",
    ToolStatus.FAILED: "Failed",
    ToolStatus.TIMED_OUT: "No answer in time",
    ToolStatus.INVALID: "Called wrongly",
    ToolStatus.CANCELLED: "Not done",
}


@register.filter
def clock(ms: float | None) -> str:
    """3:05, or 1:03:05 from an hour on."""
    if ms is None:
        return "–"
    minutes, seconds = divmod(int(ms // 1000), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


@register.filter
def length_ms(call: Call) -> float | None:
    """How long the call took, or has taken so far; None while that is being found out."""
    if call.duration_ms is not None:
        return call.duration_ms
    end = timezone.now() if call.state == CallState.LIVE else call.ended_at
    return (end - call.started_at).total_seconds() * 1000 if end else None


@register.filter
def milliseconds(value: float | None) -> str:
    """820 ms, or 1.24 s from a second on."""
    if value is None:
        return "–"
    return f"{round(value)} ms" if value < 1000 else f"{value / 1000:.2f} s"


@register.filter
def money(amount: Decimal | None) -> str:
    """$0.0123, in US dollars; a dash where nobody knows."""
    return "–" if amount is None else dollars_about(amount)


@register.filter
def tool_status(status: str) -> str:
    return TOOL_STATUS_LABELS.get(status, status)


@register.filter
def as_json(value: object) -> str:
    """On one line, as the model wrote it; a text that is no JSON stays what it is."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@register.filter
def with_keys(text: str) -> SafeString:
    """What was said, with the telephone keys that the caller pressed as keys."""
    parts = PRESSED.split(text)
    said = format_html_join("", "{}", ((part,) for part in parts[:1]))
    for keys, part in zip(parts[1::2], parts[2::2], strict=True):
        shown = format_html_join(" ", "<kbd>{}</kbd>", ((key,) for key in keys.split()))
        said = format_html(
            '{}<span class="turn-keys" title="Pressed on the telephone">{}</span>{}', said, shown, part
        )
    return said


@register.filter
def channel_label(channel: str) -> str:
    return CHANNEL_LABELS.get(channel, channel)


@register.filter
def unheard(turn: Turn) -> str:
    """What the caller did not hear of an interrupted turn's text."""
    said, heard = turn.text.split(), turn.heard_text.split()
    return " ".join(said[len(heard) :]) if said[: len(heard)] == heard else turn.text
