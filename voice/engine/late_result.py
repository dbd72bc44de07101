"""What a tool brings when the reply that asked for it is gone: the rule that it is told all the same."""

from __future__ import annotations

from voice.engine import turn_actions as act
from voice.engine.floor import Floor


class LateResult:
    """A reply to whatever the caller says meanwhile knows it; when nobody says anything, it calls for one."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    def due_ms(self) -> float | None:
        """At once, when nobody speaks."""
        floor = self._floor
        return float("-inf") if floor.owes_result and floor.is_quiet and not floor.turn.has_news else None

    def tell(self, now_ms: float) -> None:
        self._floor.forget_turn()
        self._floor.say(act.Utterance.REPLY, now_ms)
