"""Who has the floor, and the moves that pass it on; when to make which is the turn machine's to decide."""

from __future__ import annotations

from voice.core.errors import EndReason
from voice.core.events import HandedOver
from voice.engine import turn_actions as act
from voice.engine.agent_speech import Speech
from voice.engine.agent_state import AgentState
from voice.engine.aside import Aside
from voice.engine.caller import Caller, CallerState
from voice.engine.caller_turn import CallerTurn
from voice.engine.draft import Draft
from voice.engine.endings import REPLIES_FAILED, unspoken
from voice.engine.lines import Line
from voice.engine.order import Order, OrderOutcome, WaitingOrders
from voice.engine.owed_finals import OwedFinals
from voice.engine.phrases import Phrases
from voice.engine.pressed_keys import PressedKeys
from voice.engine.silence import Silence

FAILURES_LIMIT = 3


class Floor:
    """The state of a conversation. Each move changes it and notes the actions that carry the move out."""

    def __init__(self, silence: Silence, phrases: Phrases) -> None:
        self.silence = silence
        self.phrases = phrases
        self.agent = AgentState.LISTENING
        self.caller = Caller()
        self.turn = CallerTurn()
        # The agent's utterance; there is one in every state but LISTENING and ENDED.
        self.speech: Speech | None = None
        # There is one in LISTENING only.
        self.draft: Draft | None = None
        # What goes before it is being said.
        self.owes_greeting = False
        # A machine may have answered: what it says is no question, and waits until then.
        self.doubt_until_ms: float | None = None
        # And while it goes on speaking, until then.
        self.doubt_ends_ms = 0.0
        self.finals = OwedFinals()
        self.orders = WaitingOrders()
        # Pressed, and not yet a message.
        self.keys = PressedKeys()
        # Since when there is what a tool brought and the reply that asked for it no longer could use.
        self.result_owed_ms: float | None = None
        self._aside = Aside()
        self._speeches = 0
        self._failures = 0
        self._actions: list[act.TurnAction] = []

    def note(self, action: act.TurnAction) -> None:
        self._actions.append(action)

    def take_actions(self) -> list[act.TurnAction]:
        actions, self._actions = self._actions, []
        return actions

    @property
    def is_protected(self) -> bool:
        return self.speech is not None and self.speech.is_protected

    @property
    def is_closing(self) -> bool:
        """Whether the agent says its last words, and nothing can stop it."""
        return self.speech is not None and self.speech.is_protected and self.speech.ends_call is not None

    @property
    def is_quiet(self) -> bool:
        """Whether nobody says anything, nor is about to."""
        nobody_speaks = self.agent is AgentState.LISTENING and self.caller.state is CallerState.SILENT
        return nobody_speaks and not self.keys and not self.holds_words

    @property
    def holds_words(self) -> bool:
        """Whether what has been heard may be a machine's, and waits."""
        return self.doubt_until_ms is not None and self.turn.has_news

    @property
    def is_over_greeting(self) -> bool:
        return self.speech is not None and self.speech.kind is act.Utterance.GREETING

    @property
    def asks_for_nothing(self) -> bool:
        """Whether what the caller says leaves the agent's utterance as it is."""
        return self.phrases.asks_for_nothing(self.turn.text, over_greeting=self.is_over_greeting)

    @property
    def is_reply_outdated(self) -> bool:
        """Whether the caller has added something to what is being answered, before the first sound of it."""
        is_thinking = self.agent is AgentState.THINKING and not (self.is_protected or self.holds_words)
        return is_thinking and self.turn.has_news and not self.phrases.adds_nothing(self.turn.news)

    # --- the agent's ----------------------------------------------------------------------------
    def say(
        self,
        kind: act.Utterance,
        now_ms: float,
        *,
        line: Line | None = None,
        is_protected: bool = False,
        ends_call: EndReason | None = None,
        order: Order | None = None,
        text: str = "",
    ) -> None:
        self._aside.forget()
        draft = self._take_draft(kind)
        if kind is act.Utterance.REPLY:
            self.result_owed_ms = None
        number = self.new_speech_id() if draft is None else draft.id
        self.agent = AgentState.THINKING
        self.speech = Speech(number, kind, line, now_ms, is_protected=is_protected, ends_call=ends_call)
        self.speech.order = order
        if draft is None:
            self.note(act.StartReply(number, kind, line, order.text if order else text))
            return
        self.note(act.AdoptDraft(number))
        self.speech.is_ready = draft.is_ready
        if draft.is_ready and self.caller.state is CallerState.SILENT:
            self.release(now_ms)

    def new_speech_id(self) -> int:
        self._speeches += 1
        return self._speeches

    def drop_draft(self) -> None:
        if self.draft is not None:
            self.note(act.DropDraft(self.draft.id))
            self.draft = None

    def _take_draft(self, kind: act.Utterance) -> Draft | None:
        """The draft, if it is what is to be said now. There is none afterwards."""
        draft = self.draft
        if draft is not None and kind is act.Utterance.REPLY and draft.answers(self.turn.text):
            self.draft = None
            return draft
        self.drop_draft()
        return None

    def release(self, now_ms: float) -> None:
        """The first audio may sound. From here on more words of the caller are another turn."""
        if self.speech is None:
            return
        self.agent = AgentState.SPEAKING
        self.speech.sounds(now_ms)
        if self.turn.committed_text is not None:
            self.speech.question = self.turn
            self._begin_turn()
        self.note(act.ReleaseReply(self.speech.id))

    def yield_floor(self) -> None:
        if self.speech is not None:
            self.agent = AgentState.YIELDED
            self.note(act.PauseReply(self.speech.id))

    def insist(self, now_ms: float) -> None:
        """What nothing may stop is not held back for the caller either."""
        if self.speech is None or not self.speech.is_protected:
            return
        if self.agent is AgentState.YIELDED:
            self.resume(now_ms)
        elif self.agent is AgentState.THINKING and self.speech.is_ready:
            self.release(now_ms)

    def resume(self, now_ms: float) -> None:
        if self.speech is not None:
            self.agent = AgentState.SPEAKING
            self.speech.sounds(now_ms)
            self.note(act.ResumeReply(self.speech.id))

    def stop_agent(self, *, by_caller: bool = True) -> None:
        """Whatever the agent says or prepares ends here; what has been heard of it stays said."""
        if self.speech is not None:
            has_sounded = self.agent is not AgentState.THINKING
            number = self.speech.id
            self.note(act.CutReply(number, by_caller) if has_sounded else act.DropReply(number))
            self._settle(self.speech, OrderOutcome.INTERRUPTED if has_sounded else None)
        self.speech = None
        if self.agent is not AgentState.ENDED:
            self.agent = AgentState.LISTENING

    def finished(self, now_ms: float, *, is_question: bool = False) -> None:
        """The utterance has been heard to its end."""
        speech = self.speech
        if speech is None:
            return
        self._settle(speech, OrderOutcome.HEARD)
        if speech.ends_call is not None:
            self.end(speech.ends_call, speech.handover)
            return
        if speech.line is Line.REMINDER:
            self.silence.reminded(now_ms)
        else:
            self.silence.broken(now_ms)
        if speech.kind is act.Utterance.REPLY:
            self._failures = 0
        if is_question and not self.turn.has_news:
            self.turn = self._aside.as_answer(self.turn.number, now_ms) or self.turn
        self.free_agent(now_ms)

    def failed(self, now_ms: float) -> None:
        """Nothing of the utterance could be played."""
        speech = self.speech
        if speech is None:
            return
        self.speech = None
        self._settle(speech, OrderOutcome.NOT_SPOKEN)
        self._failures += 1
        is_greeting = speech.kind in (act.Utterance.CONSENT, act.Utterance.GREETING)
        if speech.ends_call is not None:
            self.end(unspoken(speech.ends_call), speech.handover)
        elif is_greeting or self._failures >= FAILURES_LIMIT:
            self.close_with(Line.APOLOGY, REPLIES_FAILED, now_ms, is_protected=True)
        elif speech.kind is act.Utterance.REPLY:
            self.say(act.Utterance.LINE, now_ms, line=Line.SORRY)
        else:
            self.free_agent(now_ms)

    def free_agent(self, now_ms: float) -> None:
        """The agent is quiet: what the caller said meanwhile has its turn now."""
        self.agent = AgentState.LISTENING
        self.speech = None
        if not self.turn.has_news:
            self.forget_turn()
        elif self.caller.state is CallerState.SILENT and not (self.owes_greeting or self.holds_words):
            self.commit(now_ms)
        else:
            self.show_caller()

    def _settle(self, speech: Speech, outcome: OrderOutcome | None) -> None:
        """None: it was stopped before its first sound, and what was ordered is still to be said."""
        if speech.order is None:
            return
        if outcome is None:
            self.orders.put(speech.order, ahead=True)
        else:
            self.note(act.SettleOrder(speech.order, outcome))

    def close_with(self, line: Line, reason: EndReason, now_ms: float, *, is_protected: bool) -> None:
        """Say a last line; when it has been heard, the call ends."""
        self.stop_agent(by_caller=False)
        self.say(act.Utterance.LINE, now_ms, line=line, is_protected=is_protected, ends_call=reason)

    def end(self, reason: EndReason, handover: HandedOver | None = None) -> None:
        self.agent = AgentState.ENDED
        self.speech = None
        self.note(act.EndCall(reason, handover))

    # --- the caller's ---------------------------------------------------------------------------
    def show_caller(self) -> None:
        if self.turn.text != self.turn.shown_text:
            self.turn.shown_text = self.turn.text
            self.note(act.ShowCaller(self.turn.number, self.turn.text))

    def take_back_caller(self) -> None:
        if self.turn.shown_text is not None:
            self.turn.shown_text = None
            self.note(act.TakeBackCaller(self.turn.number))

    def forget_turn(self) -> None:
        self.take_back_caller()
        self._begin_turn()

    def _begin_turn(self) -> None:
        self.turn = CallerTurn(self.turn.number + 1)

    def commit(self, now_ms: float) -> None:
        """The caller's turn is over (or longer than it was thought to be): it gets a reply."""
        self.turn.commit()
        self.finals.committed(self.turn)
        if self.caller.state is CallerState.PAUSED:
            self.caller.falls_silent()
        self.note(self.turn.as_committed(now_ms))
        self.say(act.Utterance.REPLY, now_ms)

    def unanswered(self, now_ms: float) -> act.CommitTurn | None:
        """What the caller had said when the call ended, if no reply had been asked for it."""
        is_news = self.turn.has_news and not self.phrases.is_acknowledgement(self.turn.text)
        return self.turn.as_committed(now_ms) if is_news else None

    def dismiss_caller(self, now_ms: float) -> None:
        """It was a cough, or an acknowledgement: nobody has said anything."""
        self.caller.falls_silent()
        if self.turn.committed_text is None:
            if self.phrases.is_acknowledgement(self.turn.text):
                self._aside.keep(self.turn, self.caller.last_speech_ms)
            self.forget_turn()
        else:
            self.take_back_caller()
            self.turn.commit()  # an "uh" after the question is no news of it
        if self.agent is AgentState.YIELDED:
            self.resume(now_ms)
        elif self.agent is AgentState.THINKING and self.speech is not None and self.speech.is_ready:
            self.release(now_ms)
