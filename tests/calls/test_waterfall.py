"""The picture of one answer: each step where it was, and what happened on the way."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calls.switches import Switch
from calls.waterfall import Bar, Happening, Waterfall, waterfall
from tests.calls.factory import ANSWER, SWITCH

TIMELINE: dict[str, float | None] = ANSWER["timeline"]
DRAFTED = TIMELINE | {
    "model_asked_ms": 2060.0,
    "first_sentence_ms": 2090.0,
    "voice_asked_ms": 2091.0,
    "playable_ms": 2150.0,
    "first_sent_ms": 2202.0,
}


def drawn(timeline: dict[str, float | None]) -> Waterfall:
    picture = waterfall(timeline)
    assert picture is not None
    return picture


def bars(timeline: dict[str, float | None]) -> dict[str, Bar]:
    return {bar.name: bar for bar in drawn(timeline).bars}


def test_each_step_of_an_answer_stands_where_it_was() -> None:
    steps = bars(TIMELINE)
    assert list(steps) == ["endpointing", "transcript", "model", "voice", "own"]
    assert [(bar.from_ms, bar.ms) for bar in steps.values()] == [
        (0, 400),
        (0, 250),
        (405, 90),
        (500, 125),
        (400, 15),
    ]
    (model,), (voice,) = steps["model"].spans, steps["voice"].spans
    assert model.x == round(405 * 1000 / 630)
    assert model.x + model.width == pytest.approx(495 * 1000 / 630, abs=1)
    assert voice.x > model.x + model.width
    assert [span.x for span in steps["own"].spans] == [635, 786, 992]
    assert drawn(TIMELINE).turn_end_x == steps["own"].spans[0].x


def test_a_draft_is_shown_as_begun_before_the_turns_end_and_held_until_it() -> None:
    steps = bars(DRAFTED)
    assert steps["model"].label == "Model, early"
    end_x = drawn(DRAFTED).turn_end_x
    assert end_x is not None and steps["model"].spans[0].x < end_x
    assert (steps["held"].from_ms, steps["held"].ms) == (350, 50)
    # The wait before the turn's end is not ours: what is ours is handing on the piece and the first frame.
    assert steps["own"].ms == 3


def test_a_draft_that_began_before_the_callers_last_sound_is_inside_the_picture() -> None:
    steps = bars(DRAFTED | {"model_asked_ms": 1700.0})
    assert steps["model"].from_ms == -100 and steps["model"].spans[0].x == 0
    assert steps["endpointing"].spans[0].x > 0


def test_a_provider_that_took_over_is_marked_where_it_happened() -> None:
    switches = [Switch(at_ms, **SWITCH) for at_ms in (1000.0, 2240.0, 9000.0)]
    picture = waterfall(TIMELINE, [Happening(each.at_ms, "switch", each.sentence) for each in switches])
    assert picture is not None
    (mark,) = picture.marks
    assert (mark.at_ms, mark.x, mark.kind) == (440, round(440 * 1000 / 630), "switch")
    assert mark.label == "Thinking: Groq could not be reached; your own server went on"


@pytest.mark.parametrize(
    "timeline",
    [
        None,
        {},
        {"decided_ms": 400.0},
        TIMELINE | {"first_sent_ms": None},
        TIMELINE | {"last_speech_ms": None},
    ],
)
def test_an_utterance_that_answered_nobody_has_no_picture(timeline: dict[str, float | None] | None) -> None:
    assert waterfall(timeline) is None


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.fixed_dictionaries(dict.fromkeys(TIMELINE, st.none() | st.floats(0, 1e7))))
def test_no_bar_leaves_the_picture(timeline: dict[str, float | None]) -> None:
    picture = waterfall(timeline, [Happening(5e6, "switch", "switched")]) or Waterfall()
    for bar in picture.bars:
        assert bar.spans and bar.ms >= 0
        for span in bar.spans:
            assert span.x >= 0 and span.width > 0 and span.x + span.width <= 1000
    assert all(0 <= mark.x <= 1000 for mark in picture.marks)
