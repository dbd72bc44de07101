"""How long a call lasts and how long nobody may speak in it: the rules of the turn machine for both."""

from __future__ import annotations

from voice.core.errors import EndCode, EndedBy, EndReason
from voice.engine import turn_actions as act
from voice.engine.floor import Floor
from voice.engine.lines import Line

SILENCE = EndReason(EndCode.SILENCE, EndedBy.AGENT, "The caller said nothing for too long.")
MAX_DURATION = EndReason(EndCode.MAX_DURATION, EndedBy.PLATFORM, "The call reached its longest duration.")


class CallLimits:
    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    @property
    def _is_silent(self) -> bool:
        """A machine that may still be greeting, in whatever way, is not asked whether it is there."""
        return self._floor.is_quiet and self._floor.doubt_until_ms is None

    def reminder_due_ms(self) -> float | None:
        return self._floor.silence.reminder_due_ms if self._is_silent else None

    def remind(self, now_ms: float) -> None:
        self._floor.forget_turn()
        self._floor.silence.reminding(now_ms)
        self._floor.say(act.Utterance.LINE, now_ms, line=Line.REMINDER)

    def hang_up_due_ms(self) -> float | None:
        return self._floor.silence.hang_up_due_ms if self._is_silent else None

    def hang_up(self, now_ms: float) -> None:
        self._floor.forget_turn()
        self._floor.close_with(Line.GOODBYE, SILENCE, now_ms, is_protected=False)

    def longest_call_due_ms(self) -> float | None:
        return None if self._floor.is_closing else self._floor.silence.longest_call_due_ms

    def end_longest_call(self, now_ms: float) -> None:
        self._floor.close_with(Line.TIME_IS_UP, MAX_DURATION, now_ms, is_protected=True)
