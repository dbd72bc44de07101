"""What Prometheus is told of live calls. No label names an organisation, an agent or a person."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import REGISTRY, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from voice.core.events import (
    ProviderSwitched,
    SessionCounters,
    SessionEnded,
    SessionEvent,
    TurnRecord,
)
from voice.core.spec import Role, SessionSpec
from voice.core.tools import ToolRecord
from voice.core.turn_times import TurnLatency
from voice.edge import live
from voice.engine.breaker import BREAKERS

# Upper bounds, in seconds: close together where a caller notices the difference.
ANSWER_S = (0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 1.0, 1.3, 1.6, 2.0, 3.0, 5.0, 10.0)
STAGE_S = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 2.0, 5.0, 10.0)
CALL_S = (10, 30, 60, 120, 300, 600, 1200, 3600)

CALLS_STARTED = Counter("voicex_calls_started_total", "Calls that began.", ["channel"])
CALLS_ENDED = Counter(
    "voicex_calls_ended_total", "Calls that ended, by end code and by whom.", ["code", "by"]
)
CALL_DURATION = Histogram("voicex_call_duration_seconds", "How long calls took.", buckets=CALL_S)
VOICE_TO_VOICE = Histogram(
    "voicex_voice_to_voice_seconds",
    "The caller's last sound to the first sound sent, by the encoding of the sound that is sent.",
    ["encoding"],
    buckets=ANSWER_S,
)
STAGE = Histogram(
    "voicex_turn_stage_seconds",
    "How long each stage of an answer took; voice.core.events.TurnLatency says what each means.",
    ["stage"],
    buckets=STAGE_S,
)
STAGES = tuple(
    name.removesuffix("_ms") for name in TurnLatency.__dataclass_fields__ if name != "voice_to_voice_ms"
)
SWITCHES = Counter(
    "voicex_provider_switches_total",
    "Another provider took over, by what it does and who failed.",
    ["port", "failed"],
)
TOOL_CALLS = Counter(
    "voicex_tool_calls_total", "Tools that agents asked for, by what came of it.", ["status"]
)
REFUSALS = Counter("voicex_refusals_total", "Connections that were refused, by code.", ["code"])
# One for each of SessionCounters: its name here, and what one of its units is in the metric's.
COUNTED: dict[str, tuple[Counter, float]] = {
    "interruptions": (Counter("voicex_barge_ins_total", "Callers who interrupted an agent."), 1),
    "false_interruptions": (
        Counter("voicex_false_barge_ins_total", "Coughs and acknowledgements after which an agent went on."),
        1,
    ),
    "drafts_kept": (Counter("voicex_drafts_kept_total", "Replies prepared early and used."), 1),
    "drafts_dropped": (Counter("voicex_drafts_dropped_total", "Replies prepared early in vain."), 1),
    "drafted_in_vain_characters": (
        Counter("voicex_drafted_in_vain_characters_total", "Characters that models wrote in vain."),
        1,
    ),
    "spoken_in_vain_characters": (
        Counter("voicex_spoken_in_vain_characters_total", "Characters that voices spoke in vain."),
        1,
    ),
    "audio_in_dropped_ms": (
        Counter("voicex_caller_audio_dropped_seconds_total", "Callers' sound that met a full queue."),
        0.001,
    ),
    "audio_in_lost_ms": (
        Counter("voicex_caller_audio_lost_seconds_total", "Callers' sound that never came."),
        0.001,
    ),
    "audio_in_repeated": (
        Counter("voicex_caller_audio_repeated_total", "Pieces of callers' sound that came twice or late."),
        1,
    ),
    "events_dropped": (Counter("voicex_events_dropped_total", "Events of calls that met a full queue."), 1),
}


class CallMeter:
    """One call's share in the figures."""

    def __init__(self, spec: SessionSpec) -> None:
        self._voice_to_voice = VOICE_TO_VOICE.labels(spec.audio_out.encoding)
        CALLS_STARTED.labels(spec.channel).inc()

    def record(self, event: SessionEvent) -> None:
        match event:
            case TurnRecord(role=Role.AGENT, is_complete=True, latency=TurnLatency() as latency):
                self._answered(latency)
            case TurnRecord(is_complete=True, tool=ToolRecord(status=status)):
                TOOL_CALLS.labels(status).inc()
            case ProviderSwitched(port=port, failed=failed):
                SWITCHES.labels(port, failed).inc()
            case SessionEnded():
                CALLS_ENDED.labels(event.reason.code, event.reason.by).inc()
                CALL_DURATION.observe(event.duration_ms / 1000)
                self._ended(event.counters)
            case _:
                pass

    def _answered(self, latency: TurnLatency) -> None:
        if latency.voice_to_voice_ms is not None:
            self._voice_to_voice.observe(latency.voice_to_voice_ms / 1000)
        for stage in STAGES:
            took_ms: float | None = getattr(latency, f"{stage}_ms")
            if took_ms is not None:
                STAGE.labels(stage).observe(took_ms / 1000)

    @staticmethod
    def _ended(counters: SessionCounters) -> None:
        for name, (counter, unit) in COUNTED.items():
            counter.inc(getattr(counters, name) * unit)


class LiveFigures:
    """What is looked up at each scrape, in any thread: calls now, failures and breakers of providers."""

    def describe(self) -> list[Metric]:
        return [*self.collect()]

    def collect(self) -> Iterator[Metric]:
        calls = GaugeMetricFamily("voicex_calls_live", "Calls that this process holds.")
        calls.add_metric([], len(live.live_calls))
        yield calls
        errors = CounterMetricFamily(
            "voicex_provider_errors",
            "Failures of providers in calls, by kind (voice.core.errors).",
            labels=["provider", "kind"],
        )
        for (provider, kind), count in list(BREAKERS.failures.items()):
            errors.add_metric([provider, kind], count)
        yield errors
        breakers = GaugeMetricFamily(
            "voicex_breakers_open",
            "Models, voices or transcribers of a provider that are left alone after failures.",
            labels=["provider"],
        )
        for provider, count in BREAKERS.open_by_provider().items():
            breakers.add_metric([provider], count)
        yield breakers


REGISTRY.register(LiveFigures())
