"""Whose final transcript comes next: a transcriber answers every `Finalize` once, and in order."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from voice.engine.caller_turn import CallerTurn

# A final transcript later than this belongs to nothing that was said before. It leaves a provider time to
# give up a transcriber that hangs, and to have another one listen to the same words again.
LATE_FINAL_MS = 15_000.0
REQUESTS_LIMIT = 64


@dataclass(slots=True)
class _Request:
    turn: CallerTurn
    asked_ms: float
    # The turn has been committed since, on a guess.
    is_answered: bool = False


class OwedFinals:
    """A late final transcript is told from that of the next turn by its place in the line alone."""

    def __init__(self) -> None:
        self._requests: deque[_Request] = deque(maxlen=REQUESTS_LIMIT)

    def asked(self, turn: CallerTurn, now_ms: float) -> None:
        self._requests.append(_Request(turn, now_ms))

    def committed(self, turn: CallerTurn) -> None:
        for request in self._requests:
            request.is_answered = request.is_answered or request.turn is turn

    def next_answered(self, now_ms: float) -> CallerTurn | None:
        """The turn that the next final transcript, and every guess before it, comes too late for."""
        while self._requests and now_ms > self._requests[0].asked_ms + LATE_FINAL_MS:
            self._requests.popleft()
        return self._requests[0].turn if self._requests and self._requests[0].is_answered else None

    def hand_on(self, turn: CallerTurn) -> None:
        """What had been taken for a cough turns out to be words after all, and those of this turn."""
        if self._requests and not self._requests[0].is_answered:
            self._requests[0].turn = turn

    def came(self) -> None:
        if self._requests:
            self._requests.popleft()

    def is_due(self, turn: CallerTurn) -> bool:
        """Whether more text of this turn is to come, as far as one knows."""
        return any(request.turn is turn or not request.is_answered for request in self._requests)

    def forget(self) -> None:
        """Another transcriber listens now."""
        self._requests.clear()
