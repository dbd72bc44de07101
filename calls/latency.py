"""Percentiles of many turns' latencies."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

# What the REST API publishes of a turn; voice.core.events.TurnLatency says what each means.
PUBLISHED = (
    "voice_to_voice_ms",
    "endpointing_ms",
    "transcript_ms",
    "first_token_ms",
    "first_audio_ms",
    "own_ms",
)
Latency = Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Milliseconds; None where nothing was measured."""

    p50: int | None
    p95: int | None


def percentiles(values: Sequence[float]) -> Percentiles:
    if not values:
        return Percentiles(None, None)
    if len(values) == 1:
        return Percentiles(round(values[0]), round(values[0]))
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return Percentiles(round(cuts[49]), round(cuts[94]))


def latency_summary(latencies: Iterable[Latency | None]) -> dict[str, Percentiles]:
    known = [latency for latency in latencies if latency]
    return {
        name: percentiles([value for latency in known if (value := latency.get(name)) is not None])
        for name in PUBLISHED
    }
