"""The log of a call's sound comes back as it was written, also when its process was killed over it."""

from __future__ import annotations

import pytest

from voice.audio.sound_log import (
    AgentSound,
    CallerSound,
    Entry,
    Formats,
    Over,
    Played,
    SoundLogError,
    Stopped,
    read_segment,
    segment_bytes,
)
from voice.core.audio import MULAW_8000, PCM_24000

FORMATS = Formats(MULAW_8000, PCM_24000)
ENTRIES: list[Entry] = [
    CallerSound(20.5, b"\xff" * 160),
    AgentSound(30.25, b"\1\2" * 480),
    Stopped(31.0, 12.5),
    Played(1e6, 3.25),
    Over(2e6),
]


def test_what_is_written_is_read() -> None:
    assert read_segment(segment_bytes(FORMATS, ENTRIES)) == (FORMATS, ENTRIES)
    assert read_segment(segment_bytes(FORMATS, [])) == (FORMATS, [])


def test_only_the_entry_that_was_being_written_is_lost() -> None:
    whole = segment_bytes(FORMATS, ENTRIES[:2])
    for cut in range(1, 960):
        assert read_segment(whole[:-cut])[1] == ENTRIES[:1]


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"RIFF" * 10,
        segment_bytes(FORMATS, []).replace(b"\x01\x40", b"\x07\x40", 1),
        segment_bytes(FORMATS, []) + b"\x09" + bytes(12),
        segment_bytes(FORMATS, []) + b"\x02" + bytes(12),
    ],
)
def test_what_is_no_log_is_refused(bad: bytes) -> None:
    with pytest.raises(SoundLogError):
        read_segment(bad)
