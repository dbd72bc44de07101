"""What the transcriber makes of the caller, put to the turn that it belongs to: rules of the turn machine."""

from __future__ import annotations

from voice.core.ports import TurnSign
from voice.engine import turn_actions as act
from voice.engine import turn_events as told
from voice.engine.agent_state import AgentState
from voice.engine.barge_in import BargeIn
from voice.engine.caller import CallerState
from voice.engine.caller_turn import CallerTurn
from voice.engine.floor import Floor
from voice.engine.words import words_of


class CallerWords:
    def __init__(self, floor: Floor, barge_in: BargeIn) -> None:
        self._floor = floor
        self._barge_in = barge_in

    def came(self, words: told.Words, now_ms: float) -> None:
        floor = self._floor
        answered = self._answered_turn(now_ms, is_final=words.is_final)
        if answered is not None:
            if words.is_final:
                floor.finals.came()
                self._settle(answered, words.text, words.alternatives, now_ms)
            return
        has_words = bool(words.text.strip())
        is_evidence = has_words and not floor.phrases.asks_for_nothing(words.text)
        if has_words:
            floor.finals.hand_on(floor.turn)
        known = floor.turn.text
        floor.turn.hear(words.text, words.is_final, words.alternatives, now_ms)
        if words.is_final:
            floor.finals.came()
        more_finals = floor.finals.is_due(floor.turn)
        has_changed = words_of(floor.turn.text) != words_of(known)
        floor.caller.hears(
            is_final=words.is_final,
            has_words=has_words,
            has_changed=has_changed,
            more_finals=more_finals,
            now_ms=now_ms,
        )
        floor.caller.is_taken_for(words.sign, is_news=has_changed and not words.is_final)
        if words.sign is TurnSign.OVER:
            floor.turn.final_at_ms = now_ms
        if not has_words:
            return
        if is_evidence:
            # What is guessed in a hum, "the" and "uh", neither proves a speaker nor keeps the line alive.
            floor.caller.evidence_ms, floor.caller.questioned_ms = now_ms, None
            floor.silence.broken(now_ms)
        floor.turn.spoke(floor.caller.onset_ms)
        if floor.caller.is_unvoiced:
            floor.turn.last_speech_ms = floor.caller.last_speech_ms
        self._barge_in.weigh(now_ms)
        if floor.is_reply_outdated and words.is_final:
            floor.stop_agent()  # before its first sound: this turn will ask again
        if self._caller_is_shown:
            floor.show_caller()

    def are_all(self, now_ms: float) -> None:
        """Another transcriber listens now: nobody will finish the guess of the lost one."""
        floor = self._floor
        floor.finals.forget()
        floor.turn.hear(floor.turn.interim, True, (), now_ms)
        floor.caller.has_all_that_comes()

    @property
    def _caller_is_shown(self) -> bool:
        """Whether the agent is silent for what the caller says."""
        floor = self._floor
        if floor.agent is AgentState.YIELDED:
            return not floor.asks_for_nothing
        return floor.agent is AgentState.LISTENING or floor.is_reply_outdated

    def _answered_turn(self, now_ms: float, *, is_final: bool) -> CallerTurn | None:
        """The turn that the words coming now belong to, if that has been answered and does not go on."""
        floor = self._floor
        turn = floor.finals.next_answered(now_ms)
        if turn is None:
            return None
        is_over = floor.caller.state is CallerState.SILENT or (is_final and turn is not floor.turn)
        return turn if is_over else None

    def _settle(self, turn: CallerTurn, text: str, alternatives: tuple[str, ...], now_ms: float) -> None:
        """The late final transcript of a turn that was committed on a guess."""
        floor = self._floor
        if not text.strip():
            return
        turn.hear(text, True, alternatives, now_ms)
        if not turn.has_news:
            turn.commit()
        elif turn is floor.turn and floor.agent is AgentState.THINKING and not floor.is_protected:
            floor.stop_agent()
            floor.commit(now_ms)
        else:
            turn.commit()
            floor.note(act.AmendTurn(turn.number, turn.text, turn.alternatives))
