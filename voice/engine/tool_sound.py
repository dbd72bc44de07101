"""What a tool has sound, if it is one that is heard: tones of telephone keys, or music."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from voice.audio.dtmf_tones import LONGEST, is_dialled
from voice.core.tools import DIGITS, SECONDS, ToolKind, ToolSpec
from voice.engine.tool_arguments import BadArguments

USUAL_MUSIC_S = 30


@dataclass(frozen=True, slots=True)
class Tones:
    digits: str


@dataclass(frozen=True, slots=True)
class Music:
    limit_ms: float


def sound_of(tool: ToolSpec, arguments: Mapping[str, Any]) -> Tones | Music | None:
    """Of a tool that is heard, with arguments that fit it; None for others. Raises BadArguments."""
    if tool.kind is ToolKind.HOLD_MUSIC:
        return Music(float(arguments.get(SECONDS, USUAL_MUSIC_S)) * 1000)
    if tool.kind is not ToolKind.SEND_DTMF:
        return None
    digits = str(arguments.get(DIGITS, ""))
    if not is_dialled(digits):
        raise BadArguments(f"Digits are 0-9, *, #, A-D and w for a pause, {LONGEST} at most.")
    return Tones(digits)
