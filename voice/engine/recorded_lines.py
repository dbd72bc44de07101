"""Lines that lie on disk as sound: what a caller hears when no voice can be had at all."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from voice.audio.resample import Resampler
from voice.audio.wav import read_wav
from voice.engine.lines import Line, written_in

FOLDER = Path(__file__).parent / "recordings"
# The others are last words that a model has left out; they go the way of its own words.
RECORDED = frozenset(Line) - {Line.FAREWELL, Line.PUTTING_THROUGH}


def recorded_line(which: Line, language: str, rate_hz: int) -> bytes | None:
    """16-bit PCM of the line as `lines` has it; None for one that is not recorded."""
    return _sound(which, written_in(language), rate_hz) if which in RECORDED else None


@cache
def _sound(which: Line, language: str, rate_hz: int) -> bytes:
    pcm, recorded_hz = read_wav(FOLDER / f"{language}_{which}.wav")
    return pcm if recorded_hz == rate_hz else Resampler(recorded_hz, rate_hz)(pcm)
