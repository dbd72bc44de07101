"""Percentiles of many turns' latencies."""

from __future__ import annotations

from dataclasses import astuple

import pytest

from calls.latency import latency_summary, percentiles


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
