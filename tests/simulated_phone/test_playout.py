"""What a caller hears of what was sent when: by a clock of the test's own."""

from __future__ import annotations

import pytest

from tests.simulators.twilio.playout import SILENCE, Playout

FRAME = b"\x11" * 160


def quiet(ms: float) -> bytes:
    return bytes([SILENCE]) * round(ms * 8)


def test_what_comes_in_one_burst_is_heard_in_order_and_in_real_time():
    playout = Playout(0.0)
    for code in (1, 2, 3):
        playout.play(bytes([code]) * 160, 1.0)
    assert playout.heard(1.0, 1.08) == b"\1" * 160 + b"\2" * 160 + b"\3" * 160 + quiet(20)
    assert playout.most_buffered_ms == pytest.approx(60)
    assert not playout.is_silent(1.05) and playout.is_silent(1.06)


def test_an_empty_buffer_begins_on_the_next_tick_and_a_full_one_at_once():
    playout = Playout(0.0)
    assert playout.play(FRAME, 1.003) == pytest.approx(1.02)
    assert playout.play(FRAME, 1.025) == pytest.approx(1.04)
    assert playout.play(FRAME, 2.02) == pytest.approx(2.02)


def test_a_mark_comes_back_when_what_was_sent_before_it_has_been_heard():
    playout = Playout(0.0)
    playout.play(FRAME, 1.0)
    playout.mark("first")
    playout.play(FRAME, 1.0)
    playout.mark("second")
    assert playout.marks_due(1.019) == []
    assert playout.next_mark_s == pytest.approx(1.02)
    assert playout.marks_due(1.02 + 1e-9) == ["first"]
    assert playout.marks_due(2.0) == ["second"]
    assert playout.next_mark_s is None


def test_a_mark_behind_silence_comes_back_at_once():
    playout = Playout(0.0)
    playout.mark("now")
    assert playout.marks_due(0.5) == ["now"]


def test_a_clear_drops_what_was_not_heard_and_gives_back_all_marks():
    playout = Playout(0.0)
    playout.play(FRAME * 50, 1.0)
    playout.mark("one")
    playout.play(FRAME, 1.0)
    playout.mark("two")
    assert playout.clear(1.5) == ["one", "two"]
    assert playout.heard(1.0, 1.6) == b"\x11" * 4000 + quiet(100)
    assert playout.marks_due(9.0) == [] and playout.is_silent(1.5)
    assert playout.play(FRAME, 1.6) == pytest.approx(1.6)


def test_an_audible_gap_is_a_hole_unless_it_was_cleared_or_is_a_pause():
    playout = Playout(0.0)
    playout.play(FRAME, 1.0)
    playout.play(FRAME, 1.01)
    assert playout.holes == []
    playout.play(FRAME, 1.1)
    assert [(round(hole.at_s, 3), round(hole.lasted_s, 3)) for hole in playout.holes] == [(1.04, 0.06)]
    playout.play(FRAME, 3.0)
    playout.clear(3.01)
    playout.play(FRAME, 3.1)
    assert len(playout.holes) == 1


def test_a_frame_that_comes_as_the_last_one_ends_leaves_no_hole():
    playout = Playout(0.0)
    for number in range(500):
        playout.play(FRAME, number * 0.02)
    assert playout.holes == []
