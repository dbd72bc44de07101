"""Notices a client that sends messages faster than any person types and any page reports.

Keys are another matter, since people may press them fast and a telephone may repeat one: what comes too fast
to be messages of their own is collected, and ends no call until it is more than any telephone sends.
"""

from __future__ import annotations

from voice.core.events import KEYS, AudioIn, ClientEvent, Dtmf, TextIn
from voice.core.spec import KeypadSpec

MESSAGES_A_SECOND = 20.0
MESSAGES_AT_ONCE = 200.0
MESSAGE_COUNTS = 1.0
# What costs a turn: two a second, twenty at once.
TURN_COUNTS = 10.0


class MessagePace:
    """A bucket that fills with time and that every message takes from. Sound has a pace of its own."""

    def __init__(self, now_ms: float, keypad: KeypadSpec) -> None:
        self._left = MESSAGES_AT_ONCE
        self._filled_ms = now_ms
        self._keypad = keypad
        # Whether the key that came last is to wait for others, since no turn of its own was left for it.
        self.is_hurried = False

    def is_too_fast(self, event: ClientEvent, now_ms: float) -> bool:
        if isinstance(event, AudioIn):
            return False
        gained = (now_ms - self._filled_ms) / 1000 * MESSAGES_A_SECOND
        self._left = min(MESSAGES_AT_ONCE, self._left + gained)
        self._filled_ms = now_ms
        cost = self._cost(event)
        self.is_hurried = isinstance(event, Dtmf) and cost > self._left
        self._left -= MESSAGE_COUNTS if self.is_hurried else cost
        return self._left < 0

    def _cost(self, event: ClientEvent) -> float:
        match event:
            case TextIn():
                return TURN_COUNTS
            case Dtmf(digit) if digit in KEYS:
                return self._cost_of_key(digit)
            case _:
                return MESSAGE_COUNTS

    def _cost_of_key(self, key: str) -> float:
        """What is collected shares the cost of the turn that it becomes."""
        keypad = self._keypad
        if not keypad.collects or key == keypad.terminator:
            return TURN_COUNTS
        return max(MESSAGE_COUNTS, TURN_COUNTS / keypad.most_digits)
