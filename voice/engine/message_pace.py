"""Notices a client that sends messages faster than any person types and any page reports."""

from __future__ import annotations

from voice.core.events import AudioIn, ClientEvent, TextIn

MESSAGES_A_SECOND = 20.0
MESSAGES_AT_ONCE = 200.0
# Typed words cost a turn: two a second, twenty at once.
TEXT_COUNTS = 10.0


class MessagePace:
    """A bucket that fills with time and that every message takes from. Sound has a pace of its own."""

    def __init__(self, now_ms: float) -> None:
        self._left = MESSAGES_AT_ONCE
        self._filled_ms = now_ms

    def is_too_fast(self, event: ClientEvent, now_ms: float) -> bool:
        if isinstance(event, AudioIn):
            return False
        gained = (now_ms - self._filled_ms) / 1000 * MESSAGES_A_SECOND
        self._left = min(MESSAGES_AT_ONCE, self._left + gained)
        self._filled_ms = now_ms
        self._left -= TEXT_COUNTS if isinstance(event, TextIn) else 1.0
        return self._left < 0
