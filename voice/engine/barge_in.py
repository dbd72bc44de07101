"""The caller speaks over the agent: when the agent yields, and whether that was meant."""

from __future__ import annotations

from voice.engine.agent_state import AgentState
from voice.engine.caller import CallerState
from voice.engine.floor import Floor
from voice.engine.interruption import Interruption
from voice.engine.words import words_of


class BargeIn:
    """Yield first, decide later: to a voice or a guess the agent only falls silent.

    A final transcript decides. A guess does so only when its final text is overdue: a cough makes a
    transcriber guess "the", and take it back.
    """

    def __init__(
        self, floor: Floor, interruption: Interruption, patience_ms: float, resume_ms: float
    ) -> None:
        """`patience_ms`: how long a final text is waited for. `resume_ms`: how long after a sound that has
        come to nothing the agent goes on.
        """
        self._floor = floor
        self._interruption = interruption
        self._patience_ms = patience_ms
        self._resume_ms = resume_ms

    @property
    def _is_possible(self) -> bool:
        is_audible = self._floor.agent in (AgentState.SPEAKING, AgentState.YIELDED)
        return is_audible and self._interruption.is_possible and not self._floor.is_protected

    def _is_meant(self, text: str) -> bool:
        return self._interruption.is_meant(text, over_greeting=self._floor.is_over_greeting)

    @property
    def _yields_after_ms(self) -> float | None:
        floor = self._floor
        return self._interruption.yields_after_ms(floor.turn.text, over_greeting=floor.is_over_greeting)

    @property
    def _waits_for_final_until_ms(self) -> float | None:
        """While the agent is silent for a guess that, if it is true, is an interruption."""
        caller = self._floor.caller
        if self._floor.agent is not AgentState.YIELDED or caller.state is not CallerState.PAUSED:
            return None
        if caller.is_settled or not self._is_meant(self._floor.turn.text):
            return None
        sent_ms = caller.paused_at_ms if caller.finalize_sent_ms is None else caller.finalize_sent_ms
        return sent_ms + self._patience_ms

    def due_ms(self) -> float | None:
        floor, caller = self._floor, self._floor.caller
        if not self._is_possible:
            return None
        if caller.state is not CallerState.SPEAKING:
            return self._waits_for_final_until_ms
        after_ms = self._yields_after_ms
        if floor.agent is not AgentState.SPEAKING or after_ms is None:
            return None
        return caller.onset_ms + after_ms

    def weigh(self, now_ms: float) -> None:
        """Give up the utterance for the caller's words; yield, for the time being, to voice and guesses."""
        floor = self._floor
        if not self._is_possible:
            return
        patience_ms = self._waits_for_final_until_ms
        is_overdue = patience_ms is not None and now_ms >= patience_ms
        if self._is_meant(floor.turn.text if is_overdue else floor.turn.final_text):
            floor.stop_agent()
            floor.show_caller()
        elif floor.agent is AgentState.SPEAKING and self._has_reason_to_yield(now_ms):
            floor.yield_floor()

    def _has_reason_to_yield(self, now_ms: float) -> bool:
        caller, text = self._floor.caller, self._floor.turn.text
        if caller.state is CallerState.SILENT:
            return False
        if caller.is_unvoiced:
            return self._is_meant(text)  # too soft for the detector, but somebody speaks
        if caller.state is CallerState.PAUSED and not words_of(text):
            return False
        after_ms = self._yields_after_ms
        return after_ms is not None and caller.has_spoken_for(after_ms, now_ms)

    def false_alarm_due_ms(self) -> float | None:
        """When an utterance that is held back for the caller goes on, since nothing has been said."""
        floor, caller = self._floor, self._floor.caller
        if caller.state is not CallerState.PAUSED or floor.speech is None:
            return None
        is_held = floor.agent is AgentState.THINKING and floor.speech.is_ready and not floor.turn.has_news
        if floor.agent is not AgentState.YIELDED and not is_held:
            return None
        if self._waits_for_final_until_ms is not None:
            return None
        if caller.is_settled:
            return caller.paused_at_ms
        return max(caller.paused_at_ms, caller.last_speech_ms + self._resume_ms)

    def dismiss(self, now_ms: float) -> None:
        """The agent goes on. Words that were too few for an interruption wait until it has finished."""
        floor = self._floor
        if floor.agent is AgentState.YIELDED and floor.turn.has_news and not floor.asks_for_nothing:
            floor.caller.falls_silent()
            floor.resume(now_ms)
        else:
            floor.dismiss_caller(now_ms)
