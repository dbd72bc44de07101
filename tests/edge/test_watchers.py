"""Those who watch a call: none of them can do it any harm."""

from __future__ import annotations

import pytest

from voice.core.errors import EndCode, EndedBy, EndReason
from voice.core.events import AudioOut, ErrorOut, SessionCounters, SessionEnded, SessionEvent
from voice.edge.watchers import Watchers

ENDED = SessionEnded(EndReason(EndCode.SILENCE, EndedBy.AGENT), SessionCounters(), 1.0)


class Noting:
    def __init__(self) -> None:
        self.seen: list[SessionEvent] = []

    def record(self, event: SessionEvent) -> None:
        self.seen.append(event)


class Broken:
    asked = 0

    def record(self, event: SessionEvent) -> None:
        self.asked += 1
        raise RuntimeError("a mistake of ours")


def test_one_that_fails_sees_no_more_and_the_others_see_all(caplog: pytest.LogCaptureFixture) -> None:
    broken, noting = Broken(), Noting()
    watchers = Watchers([broken, noting])
    for event in (ErrorOut("a", "b"), ENDED):
        watchers.record(event)
    assert broken.asked == 1
    assert noting.seen == [ErrorOut("a", "b"), ENDED]
    assert "Broken of a call failed" in caplog.text


def test_none_is_bothered_with_sound() -> None:
    noting = Noting()
    Watchers([noting]).record(AudioOut(b"sound", 20.0, 0))
    assert noting.seen == []
