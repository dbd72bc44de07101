"""What Prometheus is told of calls: every figure that is promised, and no label that grows without end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import asdict, replace

import pytest
from prometheus_client import REGISTRY
from prometheus_client.core import Metric

from tests.edge.asgi_client import AsgiClient
from tests.edge.conftest import Acme, Providers
from tests.fakes.call import make_spec
from voice.core.errors import CapacityError, EndCode, EndedBy, EndReason, RefusalCode, UnreachableError
from voice.core.events import (
    PortName,
    ProviderSwitched,
    SessionCounters,
    SessionEnded,
    TurnLatency,
    TurnRecord,
)
from voice.core.spec import Role
from voice.core.tools import ToolCall, ToolRecord, ToolStatus
from voice.edge.live import LiveCalls
from voice.edge.metrics import COUNTED, REFUSALS, STAGES, CallMeter
from voice.engine.breaker import BREAKERS

# Everything that docs/operations.md promises of a web process.
LABELS: dict[str, set[str]] = {
    "voicex_calls_live": set(),
    "voicex_calls_started": {"channel"},
    "voicex_calls_ended": {"code", "by"},
    "voicex_call_duration_seconds": set(),
    "voicex_voice_to_voice_seconds": {"encoding"},
    "voicex_turn_stage_seconds": {"stage"},
    "voicex_provider_switches": {"port", "failed"},
    "voicex_provider_errors": {"provider", "kind"},
    "voicex_breakers_open": {"provider"},
    "voicex_refusals": {"code"},
    "voicex_tool_calls": {"status"},
    "voicex_barge_ins": set(),
    "voicex_false_barge_ins": set(),
    "voicex_drafts_kept": set(),
    "voicex_drafts_dropped": set(),
    "voicex_drafted_in_vain_characters": set(),
    "voicex_spoken_in_vain_characters": set(),
    "voicex_caller_audio_dropped_seconds": set(),
    "voicex_caller_audio_lost_seconds": set(),
    "voicex_caller_audio_repeated": set(),
    "voicex_events_dropped": set(),
}
ANSWER = TurnRecord(
    2,
    Role.AGENT,
    "We open at nine.",
    "We open at nine.",
    interrupted=False,
    started_at_ms=1000.0,
    ended_at_ms=2000.0,
    is_complete=True,
    latency=TurnLatency(endpointing_ms=352.0, first_token_ms=204.0, own_ms=4.0, voice_to_voice_ms=395.0),
)

TOOL = TurnRecord(
    3,
    Role.TOOL,
    "",
    "",
    interrupted=False,
    started_at_ms=500.0,
    ended_at_ms=900.0,
    is_complete=True,
    tool=ToolRecord(ToolCall("t1", "find_slot", '{"day": "Monday"}'), ToolStatus.TIMED_OUT),
)
SWITCHED = ProviderSwitched(PortName.MODEL, "groq", "openai_compatible", "UnreachableError")
COUNTERS = SessionCounters(
    interruptions=1, false_interruptions=2, drafts_kept=3, drafts_dropped=4, audio_in_dropped_ms=500.0
)
ENDED = SessionEnded(EndReason(EndCode.SILENCE, EndedBy.AGENT), COUNTERS, 61_000.0)


class Figures:
    """How much each figure has grown since this was made."""

    def __init__(self) -> None:
        self._before = self._now()

    def grown(self, name: str, **labels: str) -> float:
        key = (name, frozenset(labels.items()))
        return self._now().get(key, 0.0) - self._before.get(key, 0.0)

    @staticmethod
    def _now() -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for metric in ours()
            for sample in metric.samples
        }


def ours() -> Iterator[Metric]:
    """Without those that are read from the database: an event loop may not."""
    names = [f"{name}{ending}" for name in LABELS for ending in ("", "_total", "_count", "_sum", "_bucket")]
    return iter(REGISTRY.restricted_registry(names).collect())


@pytest.fixture
def figures() -> Figures:
    return Figures()


def test_every_promised_figure_is_there_with_bounded_labels_only(db: None) -> None:
    meter = CallMeter(make_spec())
    for event in (ANSWER, TOOL, SWITCHED, ENDED):
        meter.record(event)
    REFUSALS.labels(RefusalCode.CAPACITY).inc()
    BREAKERS.failures["elevenlabs", "UnreachableError"] += 1
    found = {metric.name: metric for metric in REGISTRY.collect() if metric.name in LABELS}
    assert set(found) == set(LABELS)
    for name, metric in found.items():
        assert metric.samples, name
        for sample in metric.samples:
            assert set(sample.labels) - {"le"} == LABELS[name], name


def test_each_counter_of_a_session_has_a_figure() -> None:
    left_out = {"provider_switches"}  # counted as they happen, by port
    assert set(COUNTED) == set(SessionCounters.__dataclass_fields__) - left_out
    assert {*(f"{stage}_ms" for stage in STAGES), "voice_to_voice_ms"} == set(asdict(TurnLatency()))


def test_an_answer_counts_once_when_it_is_complete(figures: Figures) -> None:
    meter = CallMeter(make_spec())
    meter.record(replace(ANSWER, ended_at_ms=None, is_complete=False))
    meter.record(ANSWER)
    assert figures.grown("voicex_voice_to_voice_seconds_count", encoding="pcm_s16le") == 1
    assert figures.grown("voicex_voice_to_voice_seconds_sum", encoding="pcm_s16le") == pytest.approx(0.395)
    assert figures.grown("voicex_voice_to_voice_seconds_bucket", encoding="pcm_s16le", le="0.3") == 0
    assert figures.grown("voicex_voice_to_voice_seconds_bucket", encoding="pcm_s16le", le="0.4") == 1
    assert figures.grown("voicex_turn_stage_seconds_sum", stage="first_token") == pytest.approx(0.204)
    assert figures.grown("voicex_turn_stage_seconds_count", stage="transcript") == 0


def test_a_tool_counts_by_what_came_of_it(figures: Figures) -> None:
    meter = CallMeter(make_spec())
    meter.record(replace(TOOL, is_complete=False, ended_at_ms=None))
    meter.record(TOOL)
    assert figures.grown("voicex_tool_calls_total", status="timed_out") == 1


def test_the_end_of_a_call_brings_what_was_counted_in_it(figures: Figures) -> None:
    meter = CallMeter(make_spec())
    meter.record(SWITCHED)
    meter.record(ENDED)
    assert figures.grown("voicex_calls_ended_total", code="silence", by="agent") == 1
    assert figures.grown("voicex_call_duration_seconds_sum") == pytest.approx(61)
    assert figures.grown("voicex_provider_switches_total", port="model", failed="groq") == 1
    for name, count in {
        "barge_ins": 1,
        "false_barge_ins": 2,
        "drafts_kept": 3,
        "drafts_dropped": 4,
        "caller_audio_dropped_seconds": 0.5,
        "events_dropped": 0,
    }.items():
        assert figures.grown(f"voicex_{name}_total") == count, name


async def test_a_call_is_live_while_it_lasts_and_ended_afterwards(
    acme: Acme, providers: Providers, live_calls: LiveCalls, figures: Figures
) -> None:
    async with AsgiClient(api_key=acme.raw_key) as client:
        await client.until("connected")
        client.says(type="text", payload={"text": "When are you open?"})
        await client.until("audioEnd")
        assert figures.grown("voicex_calls_live") == 1
        client.says(type="hangup", payload={})
        await client.closed()
    await asyncio.sleep(1)
    assert figures.grown("voicex_calls_live") == 0
    assert figures.grown("voicex_calls_started_total", channel="browser") == 1
    assert figures.grown("voicex_calls_ended_total", code="client_hangup", by="caller") == 1
    assert figures.grown("voicex_turn_stage_seconds_count", stage="first_audio") >= 1


async def test_a_refused_connection_counts_by_its_code(
    acme: Acme, providers: Providers, figures: Figures
) -> None:
    providers.transcriber.errors.append(CapacityError("embedded", "all taken"))
    for key in ("vx_wrong", "", acme.raw_key):
        async with AsgiClient(api_key=key) as client:
            await client.until("error")
    assert figures.grown("voicex_refusals_total", code=RefusalCode.UNAUTHORISED) == 2
    assert figures.grown("voicex_refusals_total", code=RefusalCode.CAPACITY) == 1
    assert figures.grown("voicex_calls_started_total", channel="browser") == 0


async def test_failures_of_providers_count_by_provider_and_kind(figures: Figures) -> None:
    class Vendor:
        pass

    vendor = Vendor()
    for _ in range(3):
        BREAKERS.of(vendor, "v1").failed(UnreachableError("elevenlabs", "gone"))
    assert figures.grown("voicex_provider_errors_total", provider="elevenlabs", kind="UnreachableError") == 3
    assert figures.grown("voicex_breakers_open", provider="elevenlabs") == 1
    BREAKERS.of(vendor, "v1").succeeded()
    assert figures.grown("voicex_breakers_open", provider="elevenlabs") == 0
