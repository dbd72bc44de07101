"""Traces of calls for OpenTelemetry. Nothing of it is loaded unless a setting says where they go."""

from __future__ import annotations

import importlib.util
from typing import Protocol

from django.conf import settings

from voice.core.events import SessionEvent
from voice.core.spec import SessionSpec


class CallTrace(Protocol):
    def record(self, event: SessionEvent) -> None: ...


class Traces(Protocol):
    """This process's exporter."""

    def begin(self, spec: SessionSpec) -> CallTrace: ...

    async def shutdown(self) -> None:
        """Sends what is waiting, for a bounded time."""


_traces: Traces | None = None
EXPORTER = "opentelemetry.exporter.otlp.proto.http.trace_exporter"


def are_possible() -> bool:
    """Whether what traces need is installed."""
    try:
        return importlib.util.find_spec(EXPORTER) is not None
    except ModuleNotFoundError:
        return False


def call_trace(spec: SessionSpec) -> CallTrace | None:
    """None where traces are off. The SDK is loaded with the first call."""
    global _traces
    if not settings.TRACES:
        return None
    if _traces is None:
        _traces = importlib.import_module("voice.edge.otlp").exported_traces(settings.OTEL_SERVICE_NAME)
    return _traces.begin(spec)


async def shutdown() -> None:
    global _traces
    traces, _traces = _traces, None
    if traces is not None:
        await traces.shutdown()
