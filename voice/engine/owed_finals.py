"""Whose final transcript comes next: a transcriber answers every `Finalize` once, and in order."""

from __future__ import annotations

from collections import deque

from voice.engine.caller_turn import CallerTurn

# A final transcript later than this belongs to nothing that was said before. It leaves a provider time to
# give up a transcriber that hangs, and to have another one listen to the same words again.
LATE_FINAL_MS = 15_000.0
OWED_LIMIT = 64


class OwedFinals:
    """A late final transcript is told from that of the next turn by its place in the line alone."""

    def __init__(self) -> None:
        self._owed: deque[tuple[CallerTurn, float]] = deque(maxlen=OWED_LIMIT)

    def asked(self, turn: CallerTurn, now_ms: float) -> None:
        self._owed.append((turn, now_ms))

    def next_turn(self, now_ms: float) -> CallerTurn | None:
        """The turn that the next final transcript, and every guess before it, is about."""
        while self._owed and now_ms > self._owed[0][1] + LATE_FINAL_MS:
            self._owed.popleft()
        return self._owed[0][0] if self._owed else None

    def hand_on(self, turn: CallerTurn) -> None:
        """What had been taken for a cough turns out to be words after all, and those of this turn."""
        if self._owed and self._owed[0][0].committed_text is None:
            self._owed[0] = (turn, self._owed[0][1])

    def came(self) -> None:
        if self._owed:
            self._owed.popleft()

    def is_due(self, turn: CallerTurn) -> bool:
        return any(owing is turn for owing, _ in self._owed)

    def forget(self) -> None:
        """Another transcriber listens now."""
        self._owed.clear()
