"""Percentiles of many turns, the picture of one."""

from __future__ import annotations

from dataclasses import astuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.latency import latency_summary, percentiles, waterfall
from tests.calls.factory import ANSWER


@pytest.mark.parametrize(
    ("values", "expected"),
    [([], (None, None)), ([630.4], (630, 630)), ([100, 200, 300], (200, 290)), (range(101), (50, 95))],
)
def test_percentiles(values: list[float], expected: tuple[int | None, int | None]) -> None:
    assert astuple(percentiles(list(values))) == expected


def test_a_summary_leaves_out_what_was_not_measured() -> None:
    summary = latency_summary(
        [None, {"voice_to_voice_ms": 500.0, "own_ms": None}, {"voice_to_voice_ms": 700.0}]
    )
    assert summary["voice_to_voice_ms"].p50 == 600
    assert summary["own_ms"].p50 is None


def test_the_steps_of_an_answer_follow_one_another() -> None:
    bars = {bar.name: bar for bar in waterfall(ANSWER["latency"])}
    assert list(bars) == ["endpointing", "transcript", "model", "voice", "own"]
    assert bars["endpointing"].x == bars["transcript"].x == 0
    assert bars["endpointing"].width == round(400 * 1000 / 630)
    assert bars["model"].x + bars["model"].width == pytest.approx(bars["voice"].x, abs=2)
    assert bars["own"].x + bars["own"].width == pytest.approx(1000, abs=2)


@pytest.mark.parametrize("latency", [None, {}, {"endpointing_ms": 400.0}, {"voice_to_voice_ms": 0}])
def test_a_turn_that_answered_nobody_has_no_picture(latency: dict[str, float] | None) -> None:
    assert waterfall(latency) == []


numbers = st.none() | st.floats(-10, 1e6)


@given(
    st.fixed_dictionaries(
        dict.fromkeys(ANSWER["latency"], numbers) | {"voice_to_voice_ms": st.floats(0.1, 1e6)},
    )
)
def test_no_bar_leaves_the_picture(latency: dict[str, float | None]) -> None:
    for bar in waterfall(latency):
        assert bar.x >= 0 and bar.width > 0 and bar.x + bar.width <= 1000
