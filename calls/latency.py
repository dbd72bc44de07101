"""Figures out of turns' latencies: percentiles of many, and one turn's waterfall."""

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


@dataclass(frozen=True, slots=True)
class Bar:
    """One step of a turn; `x` and `width` are thousandths of the whole picture."""

    name: str
    label: str
    ms: int
    x: int
    width: int


def waterfall(latency: Latency | None) -> list[Bar]:
    """From the caller's last sound to the agent's first. Empty for a turn that answered nobody.

    Only durations are known. Endpointing and transcript begin with the caller's last sound; model and voice
    are laid out backwards from the first audio, so that a reply drafted while the caller still spoke begins
    before the turn was over; our own time is spread along the path and stands at its end.
    """
    total = latency.get("voice_to_voice_ms") if latency else None
    if not latency or not total or total <= 0:
        return []
    steps: list[tuple[str, str, float, float]] = []
    for name, label in (("endpointing", "End of turn"), ("transcript", "Transcript")):
        ms = latency.get(f"{name}_ms")
        if ms is not None:
            steps.append((name, label, 0.0, ms))
    sent_at = total - (latency.get("first_audio_sent_ms") or 0.0)
    voice_ms, model_ms = latency.get("first_audio_ms"), latency.get("first_sentence_ms")
    if model_ms is None:
        model_ms = latency.get("first_token_ms")
    if model_ms is not None:
        steps.append(("model", "Model", sent_at - (voice_ms or 0.0) - model_ms, model_ms))
    if voice_ms is not None:
        steps.append(("voice", "Voice", sent_at - voice_ms, voice_ms))
    own_ms = latency.get("own_ms")
    if own_ms is not None:
        steps.append(("own", "Voicex", total - own_ms, own_ms))
    return [_bar(*step, total) for step in steps]


def _bar(name: str, label: str, start_ms: float, ms: float, total: float) -> Bar:
    left = min(max(start_ms, 0.0), total)
    right = min(max(start_ms + ms, left), total)
    x = round(left * 1000 / total)
    # A step too short to draw is still there.
    width = max(round((right - left) * 1000 / total), 4)
    return Bar(name, label, round(ms), min(x, 996), min(width, 1000 - min(x, 996)))
