"""While it is open whether a person or a machine has answered: rules of the turn machine."""

from __future__ import annotations

from voice.engine.floor import Floor


class Doubt:
    """What is heard waits for its answer until the carrier has told, or is not going to any more."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    def due_ms(self) -> float | None:
        return self._floor.doubt_until_ms

    def ends(self, now_ms: float) -> None:
        """It is a person, or taken for one."""
        floor = self._floor
        floor.doubt_until_ms = None
        if floor.turn.has_news and floor.is_quiet and not floor.owes_greeting:
            floor.commit(now_ms)
