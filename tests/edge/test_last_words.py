"""A call ends when its last words have been heard, by a client that lags behind too."""

from __future__ import annotations

from voice.core.clock import now_ms
from voice.core.errors import EndCode, EndedBy, EndReason
from voice.core.events import AudioEnd, AudioOut
from voice.edge.last_words import TAIL_MS, LastWords

SILENCE = EndReason(EndCode.SILENCE, EndedBy.AGENT)
HUNG_UP = EndReason(EndCode.CLIENT_HANGUP, EndedBy.CALLER)
SOUND = AudioOut(b"\0\0" * 320, 20.0, 1)


async def test_last_words_that_were_heard_by_the_clock_get_a_moment_more() -> None:
    words = LastWords()
    words.note(SOUND)
    words.note(AudioEnd(1))
    assert TAIL_MS - 100 < words.left_ms(SILENCE) <= TAIL_MS


async def test_nobody_waits_for_a_caller_who_hung_up_or_an_agent_that_was_cut() -> None:
    words = LastWords()
    assert words.left_ms(SILENCE) == 0.0
    words.note(SOUND)
    words.note(AudioEnd(1))
    assert words.left_ms(HUNG_UP) == 0.0
    words.note(SOUND)
    assert words.left_ms(SILENCE) == 0.0


async def test_what_is_long_over_is_not_waited_for() -> None:
    words = LastWords()
    words.note(AudioEnd(1))
    words._heard_ms = now_ms() - TAIL_MS - 1
    assert words.left_ms(SILENCE) == 0.0
