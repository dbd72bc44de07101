"""How long a client may still be playing the agent's last words when a call ends."""

from __future__ import annotations

from voice.core.clock import now_ms
from voice.core.errors import EndedBy, EndReason
from voice.core.events import AudioEnd, AudioOut, SessionEvent

# By time alone they have been heard; but a client lags behind by its way here, its buffer and its speaker,
# and many fall silent when they are told that the call is over.
TAIL_MS = 500.0


class LastWords:
    def __init__(self) -> None:
        self._heard_ms: float | None = None

    def note(self, event: SessionEvent) -> None:
        if isinstance(event, AudioOut):
            self._heard_ms = None
        elif isinstance(event, AudioEnd):
            self._heard_ms = now_ms()

    def left_ms(self, reason: EndReason) -> float:
        """To wait before the end is told. Who was cut short or has hung up has nothing left to hear."""
        if self._heard_ms is None or reason.by is EndedBy.CALLER:
            return 0.0
        return max(0.0, self._heard_ms + TAIL_MS - now_ms())
