"""What a journal says of a call of a tool, as a turn's row keeps it."""

from __future__ import annotations

import json
from typing import Any

from calls.clean_text import clean_text
from voice.core.tools import ToolStatus

STATUSES = [status.value for status in ToolStatus]


def tool_call_of(value: object, *, is_live: bool) -> dict[str, Any] | None:
    """`name, arguments, result, status, duration_ms`; arguments that are no JSON stay the text they were.

    What was running when its call ended was not waited for.
    """
    if not isinstance(value, dict) or not isinstance(value.get("call"), dict):
        return None
    call, status, duration_ms = value["call"], value.get("status"), value.get("duration_ms")
    if status not in STATUSES or (status == ToolStatus.RUNNING and not is_live):
        status = ToolStatus.CANCELLED.value
    is_duration = isinstance(duration_ms, int | float) and 0 <= duration_ms < 1e9
    return {
        "name": clean_text(call.get("name"))[:64],
        "arguments": _arguments(call.get("arguments")),
        "result": clean_text(value.get("result")),
        "status": status,
        "duration_ms": duration_ms if is_duration else None,
    }


def _arguments(text: object) -> Any:
    try:
        return _clean(json.loads(clean_text(text), parse_constant=_refuse))
    except (ValueError, RecursionError):
        return clean_text(text)


def _clean(value: Any) -> Any:
    """Escapes may hide in JSON what no database takes."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, list):
        return [_clean(each) for each in value]
    if isinstance(value, dict):
        return {clean_text(name): _clean(each) for name, each in value.items()}
    return value


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is no JSON")
