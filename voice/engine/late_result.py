"""What a tool brings when the reply that asked for it is gone: the rule that it is told all the same."""

from __future__ import annotations

from voice.engine import turn_actions as act
from voice.engine.floor import Floor

# Tools that were called together mostly end together: one reply tells what all of them brought.
GATHER_MS = 100.0


class LateResult:
    """A reply to whatever the caller says meanwhile knows it; when nobody says anything, it calls for one."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    def due_ms(self) -> float | None:
        """Almost at once, when nobody speaks."""
        floor = self._floor
        if floor.result_owed_ms is None or not floor.is_quiet or floor.turn.has_news:
            return None
        return floor.result_owed_ms + GATHER_MS

    def tell(self, now_ms: float) -> None:
        self._floor.forget_turn()
        self._floor.say(act.Utterance.REPLY, now_ms)
