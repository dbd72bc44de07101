"""A call as a trace: conversation, turns, and in them what was waited for. Imported only where traces are on.

Names are those of OpenTelemetry's semantic conventions for generative AI where they have one, else
`voicex.…`. Nothing that was said, no number, no key and no name is in them: only ids, kinds and times.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import asdict

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, set_span_in_context

from voice.core.errors import EndCode
from voice.core.events import (
    Connected,
    ProviderSwitched,
    SessionEnded,
    SessionEvent,
    TurnRecord,
)
from voice.core.spec import Role, SessionSpec
from voice.core.tools import ToolRecord, ToolStatus
from voice.core.turn_times import TurnTimeline

SHUTDOWN_S = 3.0
OUR_FAULT = frozenset({EndCode.INTERNAL_ERROR, EndCode.PROVIDER_FAILED, EndCode.SERVER_LOST})
Attributes = Mapping[str, str | int | float | bool | None]


class Traces:
    """One process's: where its spans go."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("voicex")

    def begin(self, spec: SessionSpec) -> CallTrace:
        return CallTrace(self, spec)

    def span(
        self,
        name: str,
        start_ns: int,
        parent: Span | None = None,
        attributes: Attributes | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
    ) -> Span:
        known = {key: value for key, value in (attributes or {}).items() if value is not None}
        context = set_span_in_context(parent) if parent is not None else None
        return self._tracer.start_span(name, context, kind, known, start_time=start_ns)

    async def shutdown(self) -> None:
        """Sends what is waiting; a collector that does not answer is not waited for."""
        done = asyncio.create_task(asyncio.to_thread(self._provider.force_flush, int(SHUTDOWN_S * 1000)))
        await asyncio.wait((done,), timeout=SHUTDOWN_S + 1)


def exported_traces(service_name: str) -> Traces:
    """To the address of OTEL_EXPORTER_OTLP_ENDPOINT, from a thread of the SDK's. It reads OTEL_… itself."""
    provider = TracerProvider(
        resource=Resource.create({"service.name": service_name}),
        shutdown_on_exit=False,  # would wait for half a minute
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Traces(provider)


class CallTrace:
    """One call's. Spans are made when a turn is over, of the instants that its record has."""

    def __init__(self, traces: Traces, spec: SessionSpec) -> None:
        self._traces = traces
        self._spec = spec
        self._call: Span | None = None
        self._started_ns = time.time_ns()

    def record(self, event: SessionEvent) -> None:
        match event:
            case Connected():
                self._begin(event)
            case TurnRecord(is_complete=True, tool=ToolRecord() as tool):
                self._tool(event, tool)
            case TurnRecord(is_complete=True):
                self._turn(event)
            case ProviderSwitched():
                self._switched(event)
            case SessionEnded():
                self._end(event)
            case _:
                pass

    def _begin(self, connected: Connected) -> None:
        spec = self._spec
        self._started_ns = time.time_ns()
        self._call = self._traces.span(
            "invoke_agent",
            self._started_ns,
            attributes={
                "gen_ai.operation.name": "invoke_agent",
                "gen_ai.conversation.id": spec.call_id,
                "gen_ai.agent.id": spec.agent.id,
                "gen_ai.agent.version": str(spec.agent.version),
                "voicex.organisation.id": spec.organisation_id,
                "voicex.channel": spec.channel.value,
                "voicex.audio.encoding": spec.audio_out.encoding.value,
                "voicex.resumed": connected.resumed,
            },
            kind=SpanKind.SERVER,
        )

    def _turn(self, turn: TurnRecord) -> None:
        was = turn.timeline or TurnTimeline()
        starts = [at for at in (turn.started_at_ms, was.last_speech_ms, was.model_asked_ms) if at is not None]
        ended_ms = turn.started_at_ms if turn.ended_at_ms is None else turn.ended_at_ms
        latency = turn.latency
        span = self._traces.span(
            f"turn {turn.role.value}",
            self._ns(min(starts)),
            self._call,
            {
                "voicex.turn.index": turn.index,
                "voicex.turn.role": turn.role.value,
                "voicex.turn.interrupted": turn.interrupted,
                "voicex.turn.characters": len(turn.text),
                "voicex.turn.voice_to_voice_ms": latency.voice_to_voice_ms if latency else None,
                "voicex.turn.own_ms": latency.own_ms if latency else None,
            },
        )
        if turn.role is Role.AGENT:
            self._steps(span, was, turn.started_at_ms, ended_ms)
        span.end(self._ns(ended_ms))

    def _tool(self, turn: TurnRecord, tool: ToolRecord) -> None:
        ended_ms = turn.started_at_ms if turn.ended_at_ms is None else turn.ended_at_ms
        span = self._traces.span(
            f"execute_tool {tool.call.name}",
            self._ns(turn.started_at_ms),
            self._call,
            {
                "gen_ai.operation.name": "execute_tool",
                "gen_ai.tool.name": tool.call.name,
                "gen_ai.tool.call.id": tool.call.id,
                "voicex.turn.index": turn.index,
                "voicex.tool.status": tool.status.value,
                "error.type": None if tool.status is ToolStatus.OK else tool.status.value,
            },
        )
        span.end(self._ns(ended_ms))

    def _steps(self, turn: Span, was: TurnTimeline, sounds_ms: float, ended_ms: float) -> None:
        agent = self._spec.agent
        self._step(turn, "endpointing", was.last_speech_ms, was.decided_ms)
        self._step(
            turn,
            f"transcribe {agent.transcriber.model}",
            was.last_speech_ms,
            was.transcript_ms,
            {
                "gen_ai.operation.name": "transcribe",
                "gen_ai.provider.name": agent.transcriber.provider,
                "gen_ai.request.model": agent.transcriber.model,
            },
        )
        asked_ms, decided_ms = was.model_asked_ms, was.decided_ms
        self._step(
            turn,
            f"chat {agent.model.name}",
            asked_ms,
            was.model_done_ms or ended_ms,
            {
                "gen_ai.operation.name": "chat",
                "gen_ai.provider.name": agent.model.provider,
                "gen_ai.request.model": agent.model.name,
                "gen_ai.request.temperature": agent.model.temperature,
                "gen_ai.request.max_tokens": agent.model.max_tokens,
                "gen_ai.output.type": "text",
                "voicex.draft": asked_ms is not None and decided_ms is not None and asked_ms < decided_ms,
            },
            {"voicex.first_token": was.first_token_ms, "voicex.first_sentence": was.first_sentence_ms},
        )
        self._step(
            turn,
            "text_to_speech",
            was.voice_asked_ms,
            was.voice_done_ms or ended_ms,
            {
                "gen_ai.operation.name": "text_to_speech",
                "gen_ai.provider.name": agent.voice.provider,
                "gen_ai.output.type": "speech",
            },
            {"voicex.first_audio": was.first_audio_ms},
        )
        self._step(turn, "playout", was.first_sent_ms or sounds_ms, ended_ms)

    def _step(
        self,
        turn: Span,
        name: str,
        start_ms: float | None,
        end_ms: float | None,
        attributes: Attributes | None = None,
        instants: Mapping[str, float | None] | None = None,
    ) -> None:
        """What has an operation's name is asked of a provider."""
        if start_ms is None or end_ms is None:
            return
        kind = SpanKind.CLIENT if attributes else SpanKind.INTERNAL
        span = self._traces.span(name, self._ns(start_ms), turn, attributes, kind)
        for event, at_ms in (instants or {}).items():
            if at_ms is not None:
                span.add_event(event, timestamp=self._ns(at_ms))
        span.end(self._ns(max(start_ms, end_ms)))

    def _switched(self, switch: ProviderSwitched) -> None:
        if self._call is not None:
            attributes = {
                "voicex.port": switch.port.value,
                "voicex.failed": switch.failed,
                "voicex.instead": switch.instead,
                "error.type": switch.error,
            }
            self._call.add_event("voicex.provider_switched", attributes)

    def _end(self, ended: SessionEnded) -> None:
        if self._call is None:
            return
        self._call.set_attributes({"voicex.end.code": ended.reason.code, "voicex.end.by": ended.reason.by})
        self._call.set_attributes({f"voicex.{name}": count for name, count in asdict(ended.counters).items()})
        if ended.reason.code in OUR_FAULT:
            self._call.set_attribute("error.type", ended.reason.code)
            self._call.set_status(Status(StatusCode.ERROR))
        self._call.end(self._ns(ended.duration_ms))
        self._call = None

    def _ns(self, at_ms: float) -> int:
        """An instant of the call on the clock of the world."""
        return self._started_ns + round(at_ms * 1e6)
