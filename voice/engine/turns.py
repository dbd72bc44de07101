"""The turn machine: decides from events and time alone who speaks, without a single await."""

from __future__ import annotations

from collections.abc import Callable

from voice.core.errors import EndCode, EndedBy, EndReason
from voice.core.ports import TurnSign
from voice.core.spec import AgentSpec
from voice.engine import turn_actions as act
from voice.engine import turn_events as told
from voice.engine.agent_state import AgentState
from voice.engine.barge_in import BargeIn
from voice.engine.call_limits import CallLimits
from voice.engine.caller import CallerState
from voice.engine.caller_words import CallerWords
from voice.engine.doubt import Doubt
from voice.engine.drafting import Drafting
from voice.engine.endings import HANGUP
from voice.engine.endpointing import UNVOICED_DOUBT_MS, Endpointing
from voice.engine.filling import Filling
from voice.engine.floor import Floor
from voice.engine.interruption import Interruption
from voice.engine.keypad import Keypad
from voice.engine.late_result import LateResult
from voice.engine.lines import Line
from voice.engine.noise import Noise
from voice.engine.opening import Opening
from voice.engine.orders import Orders
from voice.engine.phrases import Phrases
from voice.engine.silence import Silence
from voice.engine.voice_detector import SpeechEnded, SpeechFades, SpeechGoesOn, SpeechStarted
from voice.engine.watchdog import Watchdog

EAR_LOST = EndReason(EndCode.PROVIDER_FAILED, EndedBy.PLATFORM, "Speech recognition failed during the call.")

Rule = tuple[Callable[[], float | None], Callable[[float], None]]


class TurnMachine:
    """`handle` takes what happened and returns what to do; call it with `Tick` when `deadline_ms` is reached.

    Every wait is a rule: a function of the state that says when it is due, and what is done then. So no timer
    can be forgotten or go off late, and no state is without a way out.
    """

    def __init__(self, agent: AgentSpec, endpointing: Endpointing, now_ms: float) -> None:
        self._endpointing = endpointing
        taking, phrases = agent.turn_taking, Phrases.of(agent)
        self.floor = Floor(Silence(agent.limits, now_ms), phrases)
        interruption = Interruption(
            taking.interruption_sensitivity, phrases, endpointing.trusts_guesses, taking.interruption_words
        )
        self._barge_in = BargeIn(self.floor, interruption, endpointing.patience_ms, taking.resume_ms)
        self._drafting = Drafting(
            self.floor,
            endpointing,
            is_on=taking.drafts,
            trusts_guesses=endpointing.trusts_guesses,
        )
        self._opening = Opening(self.floor, greeting_is_protected=not taking.greeting_interruptible)
        self._words = CallerWords(self.floor, self._barge_in)
        self._keypad = Keypad(self.floor, agent.keypad)
        filling, late_result = Filling(self.floor, agent.fillers), LateResult(self.floor)
        limits, watchdog = CallLimits(self.floor), Watchdog(self.floor)
        noise = Noise(
            self.floor, self._finalize, endpointing.patience_ms, trusts_guesses=endpointing.trusts_guesses
        )
        self._orders, self._doubt = Orders(self.floor), Doubt(self.floor)
        self._rules: tuple[Rule, ...] = (
            (self._opening.greeting_due_ms, self._opening.greet),
            (self._doubt.due_ms, self._doubt.ends),
            (self._drafting.stale_due_ms, self._drafting.drop),
            (limits.longest_call_due_ms, limits.end_longest_call),
            (self._orders.stale_due_ms, self._orders.drop_stale),
            (self._orders.due_ms, self._orders.say),
            (self._finalize_due, self._finalize),
            (self._barge_in.due_ms, self._barge_in.weigh),
            (self._barge_in.false_alarm_due_ms, self._barge_in.dismiss),
            (self._turn_end_due, self._end_turn),
            (self._keypad.due_ms, self._keypad.give_up_waiting),
            (self._drafting.due_ms, self._drafting.begin),
            (late_result.due_ms, late_result.tell),
            (filling.due_ms, filling.fill),
            (noise.due_ms, noise.take_for_it),
            (watchdog.due_ms, watchdog.give_up_reply),
            (limits.hang_up_due_ms, limits.hang_up),
            (limits.reminder_due_ms, limits.remind),
        )

    @property
    def deadline_ms(self) -> float | None:
        """When the next rule falls due; None once the call has ended."""
        if self.floor.agent is AgentState.ENDED:
            return None
        return min((at for due, _ in self._rules if (at := due()) is not None), default=None)

    def handle(self, event: told.TurnEvent, now_ms: float) -> list[act.TurnAction]:
        if self.floor.agent is AgentState.ENDED:
            return []
        self._apply(event, now_ms)
        while (carry_out := self._next_due(now_ms)) is not None:
            carry_out(now_ms)
        return self.floor.take_actions()

    def only_waits_longer(self, progress: told.ReplyProgress) -> bool:
        """Takes it up, if all that it changes is that what waits for silence falls due later.

        Then no rule has to be asked, sixteen times a second: the alarm that is set finds out.
        """
        speech = self.floor.speech
        if speech is None or speech.id != progress.reply_id or speech.is_answer_owed is progress.is_answer:
            return False
        if progress.heard_by_ms < speech.heard_by_ms:
            return False
        speech.heard_by_ms = progress.heard_by_ms
        return True

    def _next_due(self, now_ms: float) -> Callable[[float], None] | None:
        if self.floor.agent is AgentState.ENDED:
            return None
        return next((do for due, do in self._rules if (at := due()) is not None and at <= now_ms), None)

    # --- what happened --------------------------------------------------------------------------
    def _apply(self, event: told.TurnEvent, now_ms: float) -> None:
        floor = self.floor
        match event:
            case told.Began():
                self._opening.begin(event, now_ms)
            case SpeechStarted(onset_ms):
                self._voice_began(onset_ms, now_ms)
            case SpeechFades(offset_ms):
                floor.caller.fades(offset_ms)
            case SpeechGoesOn():
                floor.caller.goes_on()
            case SpeechEnded(offset_ms):
                self._voice_ended(offset_ms, now_ms)
            case told.Words():
                self._words.came(event, now_ms)
            case told.Typed(text):
                self._typed(text, now_ms)
            case told.KeyPressed(key, is_hurried):
                self._keypad.press(key, now_ms, is_hurried=is_hurried)
            case told.StopPressed():
                floor.silence.broken(now_ms)
                if floor.speech is not None and not floor.is_protected:
                    floor.stop_agent()
                    floor.free_agent(now_ms)
            case told.CallerHungUp():
                floor.end(HANGUP)
            case told.Ordered(order):
                self._orders.give(order)
            case told.PersonAnswered():
                self._doubt.ends(now_ms)
            case told.EarLost():
                if not floor.is_closing:  # for the last words nobody has to be heard
                    floor.close_with(Line.CANNOT_HEAR, EAR_LOST, now_ms, is_protected=True)
            case told.EarReplaced():
                self._words.are_all(now_ms)
                self._barge_in.weigh(now_ms)
            case told.ResultCame():
                if floor.result_owed_ms is None:
                    floor.result_owed_ms = now_ms
                floor.drop_draft()  # it knows nothing of it
            case told.Tick():
                pass
            case _:
                self._reply_reported(event, now_ms)

    def _reply_reported(self, event: told.ReplyNews, now_ms: float) -> None:
        floor, speech, draft = self.floor, self.floor.speech, self.floor.draft
        if draft is not None and event.reply_id == draft.id:
            draft.is_ready |= isinstance(event, told.ReplyReady)
            if isinstance(event, told.ReplyFailed):
                self._drafting.failed()
        if speech is None or event.reply_id != speech.id:
            return  # late news of an utterance that was cut or dropped
        match event:
            case told.ReplyReady():
                speech.is_ready = True
                # The caller may have gone on just now: then it waits until that has come to something.
                if speech.is_protected or floor.caller.state is CallerState.SILENT:
                    floor.release(now_ms)
            case told.ReplyProgress(_, heard_by_ms, is_answer):
                speech.heard_by_ms, speech.is_answer_owed = heard_by_ms, not is_answer
            case told.ReplyWorks(_, until_ms):
                speech.uses_tools, speech.works_until_ms = True, until_ms
                speech.is_answer_owed = True
            case told.ReplyParts(_, reason, handover):
                is_sounding = floor.agent is AgentState.SPEAKING
                speech.parts_after(reason, handover, is_sounding=is_sounding)
                floor.insist(now_ms)
            case told.ReplyGuarded(_, is_on):
                speech.is_protected = is_on
                floor.insist(now_ms)
            case told.ReplyDone(_, is_question):
                floor.finished(now_ms, is_question=is_question)
            case told.ReplyFailed():
                floor.failed(now_ms)

    def _voice_began(self, onset_ms: float, now_ms: float) -> None:
        floor = self.floor
        if floor.caller.state is not CallerState.SPEAKING:
            floor.note(act.BeginSpeech())
        floor.caller.starts(onset_ms, now_ms)
        floor.turn.spoke(onset_ms)
        self._barge_in.weigh(now_ms)

    def _voice_ended(self, offset_ms: float, now_ms: float) -> None:
        floor = self.floor
        floor.caller.is_voiced = False
        if floor.caller.state is CallerState.SPEAKING:
            floor.caller.pauses(offset_ms, now_ms)
            floor.turn.last_speech_ms = floor.caller.last_speech_ms
        else:
            self._finalize(now_ms)  # it was taken for noise, and listened to all the same

    def _typed(self, text: str, now_ms: float) -> None:
        floor = self.floor
        floor.turn.write(text)
        floor.silence.broken(now_ms)
        if not floor.is_protected:
            floor.stop_agent()
            floor.commit(now_ms)

    # --- what falls due -------------------------------------------------------------------------
    def _finalize_due(self) -> float | None:
        caller = self.floor.caller
        if caller.state is not CallerState.PAUSED or caller.is_settled or caller.finalize_sent_ms is not None:
            return None
        if self.floor.agent in (AgentState.YIELDED, AgentState.THINKING):
            return caller.paused_at_ms  # a reply is being held back: ask at once
        if caller.is_unvoiced and caller.sign is not TurnSign.OVER:
            return caller.last_speech_ms + self._endpointing.unvoiced_gap_ms
        return self._endpointing.finalize_at_ms(caller.last_speech_ms, self.floor.turn.text, caller.sign)

    def _finalize(self, now_ms: float) -> None:
        caller = self.floor.caller
        caller.asked_to_finalize(now_ms)
        self.floor.finals.asked(self.floor.turn, now_ms)
        self.floor.note(act.Finalize())
        if caller.is_voiced:
            self.floor.note(act.BeginSpeech())  # noise goes on, and somebody may speak in it

    def _turn_end_due(self) -> float | None:
        caller = self.floor.caller
        if caller.state is not CallerState.PAUSED or self.floor.agent is AgentState.YIELDED:
            return None
        if self.floor.keys:
            return None  # they belong to it
        text, spoke_ms, asked_ms = self.floor.turn.text, caller.last_speech_ms, caller.finalize_sent_ms
        if caller.is_unvoiced and not caller.is_seen_over:
            spoke_ms += UNVOICED_DOUBT_MS
        if caller.is_settled or (caller.is_seen_over and asked_ms is not None):
            return self._endpointing.ends_at_ms(spoke_ms, text, caller.sign)
        if asked_ms is None:
            return None  # `_finalize_due` comes first
        return self._endpointing.gives_up_at_ms(spoke_ms, asked_ms, text, caller.sign)

    def _end_turn(self, now_ms: float) -> None:
        floor = self.floor
        if floor.holds_words and not floor.asks_for_nothing:
            floor.caller.falls_silent()
            if floor.agent is AgentState.THINKING and floor.speech is not None and floor.speech.is_ready:
                floor.release(now_ms)
        elif floor.agent is AgentState.SPEAKING or floor.is_protected:
            if floor.asks_for_nothing or not floor.turn.has_news:
                floor.dismiss_caller(now_ms)
            else:
                floor.caller.falls_silent()  # the words wait until the agent has finished
        elif floor.is_reply_outdated:
            floor.stop_agent()
            floor.commit(now_ms)
        elif floor.agent is AgentState.LISTENING and floor.turn.text:
            floor.commit(now_ms)
        else:
            floor.dismiss_caller(now_ms)
