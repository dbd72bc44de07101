"""A recording's files where there is next to nothing to make them of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from calls.recordings.making import make_files
from voice.audio.sound_log import Entry, Formats, Over, Played, Stopped, segment_bytes
from voice.core.audio import MULAW_8000, PCM_8000

FORMATS = Formats(MULAW_8000, PCM_8000)


@pytest.mark.parametrize("entries", [[], [Over(0.0)], [Stopped(0.0, 0.0), Over(0.01)], [Played(0.0, 0.0)]])
def test_a_call_that_was_over_at_once_has_no_recording(entries: list[Entry], tmp_path: Path) -> None:
    assert make_files([segment_bytes(FORMATS, entries)], tmp_path) is None


def test_a_store_that_fails_early_is_told_as_that(tmp_path: Path) -> None:
    def segments() -> Iterator[bytes]:
        yield segment_bytes(FORMATS, [Played(10.0, 0.0)])
        raise OSError("the store is away")

    with pytest.raises(OSError, match="the store is away"):
        make_files(segments(), tmp_path)
