"""A call as a trace: its shape, what is in it, and that nothing of it is loaded where nobody asked for it."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from tests.edge.test_metrics import TOOL
from tests.fakes.call import FakeCall, make_spec
from tests.fakes.model import FakeModel
from tests.fakes.speech import FakeSpeech
from voice.core.audio import PCM_16000
from voice.core.errors import EndCode, EndedBy, EndReason
from voice.core.events import AudioEnd, Connected, PortName, ProviderSwitched, SessionCounters, SessionEnded
from voice.core.spec import ModelSpec, TranscriberSpec
from voice.edge import tracing
from voice.edge.otlp import Traces

ROOT = Path(__file__).parents[2]
CHAT = f"chat {ModelSpec().name}"
TRANSCRIBE = f"transcribe {TranscriberSpec().model}"
CANARY = "when do you open in springfield"


@pytest.fixture
def exported() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def traces(exported: InMemorySpanExporter) -> Traces:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exported))
    return Traces(provider)


async def talked(traces: Traces, drafts: bool = True) -> FakeCall:
    """A greeting, a question and its answer, as its trace saw them."""
    spec = make_spec(greeting="Hello, this is Ada.", drafts=drafts)
    model = FakeModel("We open at nine. See you then!", first_token_ms=150, token_ms=10)
    async with FakeCall(spec, model=model, speech=FakeSpeech(first_audio_ms=80)) as call:
        await call.until(lambda: call.all(AudioEnd))
        await call.says(CANARY)
        await call.until(lambda: len(call.all(AudioEnd)) > 1)
    trace = traces.begin(spec)
    for _, event in call.log:
        trace.record(event)
    return call


def named(spans: Sequence[ReadableSpan], name: str) -> ReadableSpan:
    (found,) = [span for span in spans if span.name == name]
    return found


def children(spans: Sequence[ReadableSpan], parent: ReadableSpan) -> list[str]:
    found = [span for span in spans if span.parent and span.parent.span_id == parent.context.span_id]
    return [span.name for span in sorted(found, key=began)]


def began(span: ReadableSpan) -> int:
    assert span.start_time
    return span.start_time


def ended(span: ReadableSpan) -> int:
    assert span.end_time
    return span.end_time


def ms(start_ns: int, end_ns: int) -> float:
    return (end_ns - start_ns) / 1e6


async def test_a_call_has_turns_and_an_answer_what_it_waited_for(
    traces: Traces, exported: InMemorySpanExporter
) -> None:
    call = await talked(traces)
    spans = exported.get_finished_spans()
    root = named(spans, "invoke_agent")
    assert children(spans, root) == ["turn agent", "turn user", "turn agent"]
    greeting, answer = (span for span in spans if span.name == "turn agent")
    assert children(spans, greeting) == ["text_to_speech", "playout"]
    assert sorted(children(spans, answer)) == [
        CHAT,
        "endpointing",
        "playout",
        "text_to_speech",
        TRANSCRIBE,
    ]
    chat = named(spans, CHAT)
    assert chat.kind is SpanKind.CLIENT
    assert chat.attributes is not None
    assert chat.attributes["gen_ai.operation.name"] == "chat"
    assert chat.attributes["gen_ai.request.model"] == ModelSpec().name
    assert chat.attributes["voicex.draft"] is True
    took = call.agent_turns()[1].latency
    assert took is not None
    first_token = next(event for event in chat.events if event.name == "voicex.first_token")
    assert ms(began(chat), first_token.timestamp) == pytest.approx(took.first_token_ms, abs=0.2)
    waited = named(spans, "endpointing")
    assert ms(began(waited), ended(waited)) == pytest.approx(took.endpointing_ms, abs=0.2)
    for span in spans:
        assert began(root) <= began(span) <= ended(span) <= ended(root)


async def test_without_a_draft_the_model_was_asked_when_the_turn_was_over(
    traces: Traces, exported: InMemorySpanExporter
) -> None:
    await talked(traces, drafts=False)
    spans = exported.get_finished_spans()
    chat = named(spans, CHAT)
    assert chat.attributes is not None and chat.attributes["voicex.draft"] is False
    assert began(chat) >= ended(named(spans, "endpointing"))


async def test_nothing_that_was_said_and_no_name_is_in_a_trace(
    traces: Traces, exported: InMemorySpanExporter
) -> None:
    call = await talked(traces)
    assert CANARY in [turn.text for turn in call.caller_turns()]
    told = "\n".join(span.to_json() for span in exported.get_finished_spans())
    spec = make_spec()
    for secret in ("springfield", "nine", "Hello", spec.session_id, f'"{spec.agent.name}"'):
        assert secret not in told, secret
    assert spec.call_id in told and spec.organisation_id in told


def test_a_tool_is_a_span_without_its_arguments(traces: Traces, exported: InMemorySpanExporter) -> None:
    trace = traces.begin(make_spec())
    trace.record(Connected("c" * 24, "s" * 24, "Ada", PCM_16000, resumed=False))
    trace.record(TOOL)
    (span,) = exported.get_finished_spans()
    assert span.name == "execute_tool find_slot" and ms(began(span), ended(span)) == 400
    assert span.attributes is not None
    assert span.attributes["gen_ai.tool.call.id"] == "t1"
    assert span.attributes["error.type"] == span.attributes["voicex.tool.status"] == "timed_out"
    assert "Monday" not in span.to_json()


def test_an_end_that_was_our_fault_is_an_error_with_its_counters(
    traces: Traces, exported: InMemorySpanExporter
) -> None:
    for code in (EndCode.PROVIDER_FAILED, EndCode.CLIENT_HANGUP):
        trace = traces.begin(make_spec())
        trace.record(Connected("c" * 24, "s" * 24, "Ada", PCM_16000, resumed=False))
        trace.record(ProviderSwitched(PortName.MODEL, "groq", "openai_compatible", "UnreachableError"))
        trace.record(
            SessionEnded(EndReason(code, EndedBy.PLATFORM), SessionCounters(drafts_dropped=3), 5_000.0)
        )
    failed, fine = exported.get_finished_spans()
    assert failed.status.status_code is StatusCode.ERROR and fine.status.status_code is StatusCode.UNSET
    assert failed.attributes is not None
    assert failed.attributes["voicex.end.code"] == "provider_failed"
    assert failed.attributes["voicex.drafts_dropped"] == 3
    (switch,) = failed.events
    assert switch.attributes == {
        "voicex.port": "model",
        "voicex.failed": "groq",
        "voicex.instead": "openai_compatible",
        "error.type": "UnreachableError",
    }


def test_where_nobody_asked_for_traces_nothing_of_them_is_loaded() -> None:
    code = (
        "import sys, django; django.setup(); import voicex_project.asgi; from voice.edge import tracing;"
        "from tests.fakes.call import make_spec; assert tracing.call_trace(make_spec()) is None;"
        "names = ('voice.edge.otlp', 'opentelemetry.exporter', 'google.protobuf');"
        "loaded = [name for name in sys.modules if name.startswith(names)]; assert not loaded, loaded"
    )
    environment = {"DJANGO_SETTINGS_MODULE": "voicex_project.settings", "PATH": ""}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60, env=environment)


class Collector(BaseHTTPRequestHandler):
    """Takes what an exporter posts."""

    posted: ClassVar[list[tuple[str, bytes]]] = []

    def do_POST(self) -> None:
        self.posted.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[list[tuple[str, bytes]]]:
    server = HTTPServer(("127.0.0.1", 0), Collector)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setattr(Collector, "posted", [])
    settings.TRACES, settings.OTEL_SERVICE_NAME = True, "voicex-test"
    yield Collector.posted
    server.shutdown()
    thread.join()
    server.server_close()


async def test_a_process_that_ends_has_sent_its_spans(collector: list[tuple[str, bytes]]) -> None:
    trace = tracing.call_trace(make_spec())
    assert trace is not None
    trace.record(Connected("c" * 24, "s" * 24, "Ada", PCM_16000, resumed=False))
    trace.record(SessionEnded(EndReason(EndCode.SILENCE, EndedBy.AGENT), SessionCounters(), 5_000.0))
    await tracing.shutdown()
    ((path, body),) = collector
    assert path == "/v1/traces"
    (resource,) = ExportTraceServiceRequest.FromString(body).resource_spans
    attributes = {each.key: each.value.string_value for each in resource.resource.attributes}
    assert attributes["service.name"] == "voicex-test"
    assert [span.name for span in resource.scope_spans[0].spans] == ["invoke_agent"]
