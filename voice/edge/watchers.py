"""Those who see what happens in a call without being part of it: figures for Prometheus, traces."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Protocol

from voice.core.events import AudioOut, SessionEvent
from voice.core.spec import SessionSpec
from voice.edge import tracing
from voice.edge.metrics import CallMeter

logger = logging.getLogger(__name__)


class Watcher(Protocol):
    def record(self, event: SessionEvent) -> None:
        """Sees every event but audio, in order. Must not wait."""


class Watchers:
    """One call's. What goes wrong with one of them is a line in the log and its own end, not the call's."""

    def __init__(self, watchers: Sequence[Watcher]) -> None:
        self._watchers = list(watchers)

    def record(self, event: SessionEvent) -> None:
        if isinstance(event, AudioOut):
            return
        for watcher in tuple(self._watchers):
            try:
                watcher.record(event)
            except Exception:
                self._watchers.remove(watcher)
                logger.exception("%s of a call failed and sees no more of it", type(watcher).__name__)


def watchers_of(spec: SessionSpec) -> Watchers:
    trace = tracing.call_trace(spec)
    return Watchers([CallMeter(spec), *([trace] if trace is not None else [])])
