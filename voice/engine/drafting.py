"""Prepares the reply before it is certain that the caller has finished: kept or dropped when it is."""

from __future__ import annotations

from voice.engine import turn_actions as act
from voice.engine.agent_state import AgentState
from voice.engine.caller import CallerState
from voice.engine.draft import Draft
from voice.engine.endpointing import Endpointing
from voice.engine.floor import Floor
from voice.engine.words import words_of

# A turn's; each is paid for, and a caller who speaks haltingly would cost one for every pause.
MOST_DRAFTS = 3
# About as long as model and voice take.
UNFINISHED_AHEAD_MS = 400.0
# While somebody speaks too softly for the voice detector, a guess that stays like this may be all.
STEADY_MS = 300.0


class Drafting:
    """A draft answers the words that it was begun for: others drop it, if they add anything to them."""

    def __init__(self, floor: Floor, endpointing: Endpointing, *, is_on: bool, trusts_guesses: bool) -> None:
        """`trusts_guesses`: a guess of this transcriber is mostly what its final text will say."""
        self._floor = floor
        self._endpointing = endpointing
        self._is_on = is_on
        self._trusts_guesses = trusts_guesses

    def due_ms(self) -> float | None:
        floor, caller, turn = self._floor, self._floor.caller, self._floor.turn
        if not self._is_on or floor.draft is not None or turn.drafts >= MOST_DRAFTS:
            return None
        if floor.agent is not AgentState.LISTENING or not turn.has_news or floor.holds_words:
            return None
        if self._endpointing.is_unfinished(turn.text):
            return self._late_due_ms()
        if caller.is_seen_over:
            return float("-inf")  # it is often told before the pause is noticed here
        if caller.state is CallerState.SPEAKING:
            return self._early_due_ms()
        if caller.state is not CallerState.PAUSED or caller.is_taken_back:
            return None
        if caller.is_settled:
            return caller.paused_at_ms
        if not self._trusts_guesses:
            return None
        return caller.last_speech_ms + STEADY_MS if caller.is_unvoiced else caller.paused_at_ms

    def _early_due_ms(self) -> float | None:
        """Before the pause: once in a turn, for a whole sentence that was guessed after its last sound."""
        caller, turn = self._floor.caller, self._floor.turn
        if caller.faded_ms is None or caller.words_at_ms < caller.faded_ms or caller.sign is not None:
            return None
        if not self._trusts_guesses or turn.drafts or not self._endpointing.is_finished(turn.text):
            return None
        return caller.words_at_ms

    def _late_due_ms(self) -> float | None:
        """For an unfinished sentence: when most who wanted to go on have done so."""
        caller = self._floor.caller
        if caller.state is not CallerState.PAUSED or not caller.is_settled or caller.is_taken_back:
            return None
        ends_at_ms = self._endpointing.ends_at_ms(caller.last_speech_ms, self._floor.turn.text, caller.sign)
        return ends_at_ms - UNFINISHED_AHEAD_MS

    def begin(self, now_ms: float) -> None:
        floor, turn = self._floor, self._floor.turn
        turn.drafts += 1
        floor.draft = Draft(floor.new_speech_id(), words_of(turn.text), floor.phrases)
        is_longer = turn.committed_text is not None
        floor.note(act.StartDraft(floor.draft.id, turn.text, turn.alternatives, is_longer))

    def failed(self) -> None:
        """Whatever failed may be well again when the turn is over; until then it is left alone."""
        self._floor.draft = None
        self._floor.turn.drafts = MOST_DRAFTS

    def stale_due_ms(self) -> float | None:
        """At once, whenever a draft answers what is no longer said."""
        floor = self._floor
        if floor.draft is None:
            return None
        is_good = (
            floor.agent is AgentState.LISTENING
            and floor.draft.answers(floor.turn.text)
            and not floor.caller.is_taken_back
        )
        return None if is_good else float("-inf")

    def drop(self, now_ms: float) -> None:
        self._floor.drop_draft()
