"""While it is open whether a person or a machine has answered: rules of the turn machine."""

from __future__ import annotations

from voice.engine.caller import CallerState
from voice.engine.floor import Floor

# Longer than a pause in what a machine says; after its last word the carrier knows sooner.
QUIET_MS = 6_000.0


class Doubt:
    """What is heard waits for its answer until the carrier has told, or is not going to any more.

    Of a person it has told long before. A machine may speak for longer, and is not interrupted.
    """

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    def due_ms(self) -> float | None:
        floor, until_ms = self._floor, self._floor.doubt_until_ms
        if until_ms is None:
            return None
        speaks = floor.caller.state is CallerState.SPEAKING
        quiet_ms = float("inf") if speaks else floor.caller.last_speech_ms + QUIET_MS
        return min(max(until_ms, quiet_ms), floor.doubt_ends_ms)

    def ends(self, now_ms: float) -> None:
        """It is a person, or taken for one."""
        floor = self._floor
        if floor.doubt_until_ms is not None:
            floor.silence.broken(now_ms)  # what it was until now is a machine's business
        floor.doubt_until_ms = None
        if floor.turn.has_news and floor.is_quiet and not floor.owes_greeting:
            floor.commit(now_ms)
