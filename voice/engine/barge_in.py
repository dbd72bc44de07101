"""The caller speaks over the agent: when the agent yields, and whether that was meant."""

from __future__ import annotations

from voice.engine.caller import CallerState
from voice.engine.endpointing import FINAL_PATIENCE_MS
from voice.engine.floor import AgentState, Floor
from voice.engine.interruption import FALSE_ALARM_MS, Interruption


class BargeIn:
    """Yield first, decide later: to a voice or a guess the agent only falls silent.

    A final transcript decides. A guess does so only when its final text is overdue: a cough makes a
    transcriber guess "the", and take it back.
    """

    def __init__(self, floor: Floor, sensitivity: float) -> None:
        self._floor = floor
        self._interruption = Interruption(sensitivity)

    @property
    def _is_possible(self) -> bool:
        is_audible = self._floor.agent in (AgentState.SPEAKING, AgentState.YIELDED)
        return is_audible and self._interruption.is_possible and not self._floor.is_protected

    def _is_confirmed_by(self, text: str, now_ms: float) -> bool:
        after_ms = self._interruption.confirmed_after_ms(text)
        return after_ms is not None and self._floor.caller.has_spoken_for(after_ms, now_ms)

    @property
    def _waits_for_final_until_ms(self) -> float | None:
        """While the agent is silent for a guess that, if it is true, is an interruption."""
        caller = self._floor.caller
        if self._floor.agent is not AgentState.YIELDED or caller.state is not CallerState.PAUSED:
            return None
        if caller.is_settled or not self._is_confirmed_by(self._floor.turn.text, caller.last_speech_ms):
            return None
        sent_ms = caller.paused_at_ms if caller.finalize_sent_ms is None else caller.finalize_sent_ms
        return sent_ms + FINAL_PATIENCE_MS

    def due_ms(self) -> float | None:
        floor, caller = self._floor, self._floor.caller
        if not self._is_possible:
            return None
        if caller.state is not CallerState.SPEAKING:
            return self._waits_for_final_until_ms
        if floor.agent is AgentState.SPEAKING:
            return caller.onset_ms + self._interruption.yields_after_ms(floor.turn.text)
        after_ms = self._interruption.confirmed_after_ms(floor.turn.final_text)
        return None if after_ms is None else caller.onset_ms + after_ms

    def weigh(self, now_ms: float) -> None:
        """Give up the utterance for the caller's words; yield, for the time being, to voice and guesses."""
        floor = self._floor
        if not self._is_possible:
            return
        patience_ms = self._waits_for_final_until_ms
        is_overdue = patience_ms is not None and now_ms >= patience_ms
        if self._is_confirmed_by(floor.turn.text if is_overdue else floor.turn.final_text, now_ms):
            floor.stop_agent()
            floor.show_caller()
        elif floor.agent is AgentState.SPEAKING and self._has_reason_to_yield(now_ms):
            floor.yield_floor()

    def _has_reason_to_yield(self, now_ms: float) -> bool:
        caller, text = self._floor.caller, self._floor.turn.text
        if caller.state is CallerState.SPEAKING:
            return caller.has_spoken_for(self._interruption.yields_after_ms(text), now_ms)
        # Words without a voice: too soft for the detector, but somebody speaks.
        return caller.is_unvoiced and self._is_confirmed_by(text, now_ms)

    def false_alarm_due_ms(self) -> float | None:
        """When an utterance that is held back for the caller goes on, since nothing has been said."""
        floor = self._floor
        if floor.caller.state is not CallerState.PAUSED or floor.speech is None:
            return None
        is_held = floor.agent is AgentState.THINKING and floor.speech.is_ready and not floor.turn.has_news
        if floor.agent is not AgentState.YIELDED and not is_held:
            return None
        if self._waits_for_final_until_ms is not None:
            return None
        return floor.caller.paused_at_ms + (0 if floor.caller.is_settled else FALSE_ALARM_MS)
