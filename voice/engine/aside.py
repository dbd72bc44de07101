"""A "yes" over the agent's speech: a sign of listening, or the answer to the question it was just asking."""

from __future__ import annotations

from voice.engine.caller_turn import CallerTurn

# It is the answer where it was over no sooner than this before the end of the question.
ANSWERS_WITHIN_MS = 1_000.0


class Aside:
    """The last acknowledgement of the utterance that goes on."""

    def __init__(self) -> None:
        self._turn: CallerTurn | None = None
        self._ended_ms = 0.0

    def keep(self, turn: CallerTurn, ended_ms: float) -> None:
        self._turn, self._ended_ms = turn, ended_ms

    def forget(self) -> None:
        self._turn = None

    def as_answer(self, number: int, now_ms: float) -> CallerTurn | None:
        """The turn with this number that it makes, if it answers a question that has ended now."""
        turn, self._turn = self._turn, None
        if turn is None or self._ended_ms + ANSWERS_WITHIN_MS < now_ms:
            return None
        turn.number = number
        return turn
