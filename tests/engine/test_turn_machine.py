"""The turn machine under arbitrary events and times: what must hold whatever happens."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from voice.core.errors import EndCode, EndedBy, EndReason
from voice.core.events import HandedOver
from voice.core.ports import TurnSign
from voice.core.spec import AgentSpec, LimitsSpec, TurnTakingSpec
from voice.engine import turn_actions as act
from voice.engine import turn_events as told
from voice.engine.agent_state import AgentState
from voice.engine.caller import CallerState
from voice.engine.doubt import QUIET_MS
from voice.engine.endings import AGENT_HANGUP, TRANSFERRED
from voice.engine.endpointing import Endpointing
from voice.engine.lines import Line
from voice.engine.order import Order, OrderOutcome
from voice.engine.orders import WAITING_LIMIT
from voice.engine.phrases import Phrases
from voice.engine.turns import TurnMachine
from voice.engine.voice_detector import SpeechEnded, SpeechFades, SpeechGoesOn, SpeechStarted
from voice.engine.words import words_of

TEXTS = st.sampled_from(
    [
        *("", "hello", "mhm", "wait", "my number is", "okay", "when are you open", "yes", "stop"),
        *("when are you open on sunday", "  "),
    ]
)
RARE = [
    "typed",
    "stop",
    "person",
    "heard",
    "heard",
    "heard",
    "failed",
    "result came",
    "works",
    "hangs up",
    "old news",
    "hung up",
    "ear lost",
    "told to end",
    "key",
    "last key",
    "hurried key",
    "guarded",
    "put through",
]
PHRASES = Phrases.of(AgentSpec(id="a", version=1, name="Ada"))
# Longer than any rule may keep the agent from doing something.
LONGEST_WAIT_MS = 40_000.0
# Three replies that come to nothing, and an apology that does.
LONGEST_AGONY_MS = 120_000.0
TOLD_TO_END = EndReason(EndCode.LIMIT_REACHED, EndedBy.PLATFORM)


class Conversation(RuleBasedStateMachine):
    """Plays caller, model, voice and clock; keeps its own account of what the actions have brought about."""

    @initialize(
        sensitivity=st.sampled_from([0.0, 0.3, 0.7, 1.0]),
        silence_ms=st.sampled_from([200, 600, 3000]),
        greets=st.booleans(),
        consents=st.booleans(),
        interruptible=st.booleans(),
        trusts_guesses=st.booleans(),
        everything_breaks=st.booleans(),
        doubt_ms=st.sampled_from([0.0, 0.0, 4_000.0]),
        limits=st.sampled_from(
            [
                LimitsSpec(5, 2, 20, 600),
                LimitsSpec(0, 0, 0, 600),
                LimitsSpec(10, 1, 0, 60),
                LimitsSpec(0, 0, 8, 7200),
            ]
        ),
    )
    def begin(
        self,
        sensitivity: float,
        silence_ms: int,
        greets: bool,
        consents: bool,
        interruptible: bool,
        trusts_guesses: bool,
        everything_breaks: bool,
        doubt_ms: float,
        limits: LimitsSpec,
    ) -> None:
        self.now_ms = 1_000.0
        agent = AgentSpec(
            id="a", version=1, name="Ada", greeting="Hi." if greets else "",
            turn_taking=TurnTakingSpec(sensitivity, silence_ms, interruptible), limits=limits,
        )  # fmt: skip
        self.sensitivity, self.limits = sensitivity, limits
        self.everything_breaks = everything_breaks
        endpointing = Endpointing.of(agent, 200.0, trusts_guesses=trusts_guesses)
        self.machine = TurnMachine(agent, endpointing, self.now_ms)
        self.started: set[int] = set()
        self.current: int | None = None  # the reply that is being prepared or sounds
        self.draft: int | None = None
        self.drafted: list[str] = []
        self.sounding: int | None = None
        self.is_paused = False
        self.is_over = False
        self.farewell: int | None = None
        self.was_paused_before_farewell = False
        self.reminders = 0
        self.voice_is_open = False
        self.committed: list[str] = []
        self.replies_asked = 0
        self.doubt_until_ms = self.now_ms + doubt_ms
        self.orders: dict[Order, float] = {}  # those that are open, and when they were given
        self.tell(told.Began(greets, has_consent=consents, doubt_ms=doubt_ms))

    # --- the world ------------------------------------------------------------------------------
    def tell(self, event: told.TurnEvent) -> None:
        was_over = self.is_over
        actions = self.machine.handle(event, self.now_ms)
        assert not (was_over and actions), "nothing is decided after the end"
        for action in actions:
            self.carry_out(action)

    def carry_out(self, action: act.TurnAction) -> None:
        assert not self.is_over, f"{action} after the end of the call"
        match action:
            case act.StartReply(reply_id, utterance, _):
                assert reply_id not in self.started
                assert self.current is None, "two replies at once"
                self.started.add(reply_id)
                self.current = reply_id
                if utterance is act.Utterance.REPLY:
                    self.replies_asked += 1
                    assert self.committed, "a reply to nothing"
            case act.ReleaseReply(reply_id):
                assert reply_id == self.current and self.sounding is None
                self.sounding = reply_id
            case act.PauseReply(reply_id):
                assert reply_id == self.sounding and not self.is_paused
                assert self.sensitivity > 0, "a voice never stops an agent of sensitivity 0"
                self.is_paused = True
            case act.ResumeReply(reply_id):
                assert reply_id == self.sounding and self.is_paused
                self.is_paused = False
            case act.CutReply(reply_id):
                assert reply_id == self.sounding
                is_whole = reply_id == self.farewell and not self.was_paused_before_farewell
                assert not (action.by_caller and is_whole), "a goodbye that was cut"
                self.current = self.sounding = None
                self.is_paused = False
            case act.DropReply(reply_id):
                assert reply_id == self.current and self.sounding is None
                self.current = None
            case act.StartDraft(reply_id, text):
                assert self.draft is None and self.current is None, "two replies at once"
                assert self.now_ms >= self.doubt_until_ms, "a reply to what may be a machine"
                assert reply_id not in self.started and words_of(text)
                self.started.add(reply_id)
                self.draft, self.drafted = reply_id, words_of(text)
            case act.DropDraft(reply_id):
                assert reply_id == self.draft
                self.draft = None
            case act.AdoptDraft(reply_id):
                assert reply_id == self.draft and self.current is None
                said = words_of(self.committed[-1])
                assert said[: len(self.drafted)] == self.drafted, "a reply to something else"
                assert said == self.drafted or PHRASES.adds_nothing(" ".join(said[len(self.drafted) :]))
                self.draft, self.current = None, reply_id
                self.replies_asked += 1
            case act.CommitTurn():
                assert words_of(action.text) or action.text.strip(), "a turn without words"
                assert action.decided_ms <= self.now_ms
                self.committed.append(action.text)
            case act.SettleOrder(order, outcome):
                given_ms = self.orders.pop(order)  # it was open: each is settled once
                assert outcome is not OrderOutcome.TOO_LATE or self.now_ms >= order.until_ms > given_ms
            case act.SayFiller(reply_id):
                assert reply_id == self.current and reply_id != self.farewell
                assert self.machine.floor.caller.state is CallerState.SILENT, "a filler over the caller"
            case act.EndCall():
                self.is_over = True
                self.current = self.sounding = None

    # --- what may happen ------------------------------------------------------------------------
    def time_passes(self, ms: float) -> None:
        until_ms = self.now_ms + ms
        for _ in range(1_000):
            deadline_ms = self.machine.deadline_ms
            if deadline_ms is None or deadline_ms > until_ms:
                break
            self.now_ms = max(self.now_ms, deadline_ms)
            self.tell(told.Tick())
        else:
            raise AssertionError("the machine spins")
        self.now_ms = until_ms

    @rule(ms=st.sampled_from([1.0, 20.0, 160.0, 350.0]))
    def a_moment_passes(self, ms: float) -> None:
        self.time_passes(ms)

    @rule(ms=st.sampled_from([700.0, 2_000.0, 9_000.0]))
    def a_while_passes(self, ms: float) -> None:
        self.time_passes(ms)

    @rule(lag_ms=st.sampled_from([0.0, 30.0, 100.0]))
    def voice_begins_or_ends(self, lag_ms: float) -> None:
        self.voice_is_open = not self.voice_is_open
        event = SpeechStarted(self.now_ms - lag_ms) if self.voice_is_open else SpeechEnded(self.now_ms - 160)
        self.tell(event)

    @precondition(lambda self: self.voice_is_open)
    @rule(has_faded=st.booleans())
    def voice_fades_or_goes_on(self, has_faded: bool) -> None:
        self.tell(SpeechFades(self.now_ms - 96) if has_faded else SpeechGoesOn())

    @rule(text=TEXTS, is_final=st.booleans(), sign=st.sampled_from([None, None, None, *TurnSign]))
    def words_come(self, text: str, is_final: bool, sign: TurnSign | None) -> None:
        self.tell(told.Words(text, is_final, (), sign))

    @precondition(lambda self: self.current is not None and self.sounding is None)
    @rule()
    def reply_is_ready(self) -> None:
        assert self.current is not None
        self.tell(told.ReplyReady(self.current))

    @precondition(lambda self: self.draft is not None)
    @rule(fails=st.sampled_from([False, False, True]))
    def draft_is_ready_or_fails(self, fails: bool) -> None:
        number = self.draft
        assert number is not None
        if fails:
            self.draft = None
        self.tell(told.ReplyFailed(number) if fails else told.ReplyReady(number))

    @precondition(lambda self: self.sounding is not None and not self.is_paused)
    @rule(more_ms=st.sampled_from([200.0, 3_000.0]))
    def reply_sounds(self, more_ms: float) -> None:
        assert self.sounding is not None
        progress = told.ReplyProgress(self.sounding, self.now_ms + more_ms)
        due_ms = self.machine.deadline_ms
        if not self.machine.only_waits_longer(progress):
            self.tell(progress)
        else:  # whoever set an alarm need not set it anew: it goes off too early, if anything
            now_due_ms = self.machine.deadline_ms
            assert due_ms is None or (now_due_ms is not None and now_due_ms >= due_ms)

    def reply_is_heard(self) -> None:
        done, self.current, self.sounding = self.sounding, None, None
        assert done is not None
        self.tell(told.ReplyDone(done, is_question=done % 2 == 0))

    @precondition(lambda self: not self.is_over and len(self.orders) < WAITING_LIMIT)
    @rule(at_once=st.booleans(), within_ms=st.sampled_from([500.0, 5_000.0, 30_000.0]))
    def told_to_say(self, at_once: bool, within_ms: float) -> None:
        order = Order(self.now_ms + within_ms, "Your taxi is there.", at_once=at_once)
        self.orders[order] = self.now_ms
        self.tell(told.Ordered(order))
        assert not at_once or self.is_over or self.machine.floor.is_protected, "it waits for nobody"

    @rule(what=st.sampled_from(RARE))
    def something_rare_happens(self, what: str) -> None:
        match what:
            case "typed":
                self.tell(told.Typed("when are you open"))
            case "person":
                self.doubt_until_ms = 0.0
                self.tell(told.PersonAnswered())
            case "stop":
                self.tell(told.StopPressed())
            case "heard" if self.sounding is not None and not self.is_paused:
                self.reply_is_heard()
            case "failed" if self.current is not None and self.sounding is None:
                failed, self.current = self.current, None
                self.tell(told.ReplyFailed(failed))
            case "result came" if self.committed:
                self.tell(told.ResultCame())
            case "works" if self.current is not None and not self.is_paused:
                self.tell(told.ReplyWorks(self.current, self.now_ms + 5_000))
            case "hangs up" if self.current is not None:
                self.farewell, self.was_paused_before_farewell = self.current, self.is_paused
                self.tell(told.ReplyParts(self.current, AGENT_HANGUP))
            case "key" | "last key" | "hurried key":
                is_hurried = what == "hurried key"
                self.tell(told.KeyPressed("#" if what == "last key" else "1", is_hurried))
            case "guarded" if self.current is not None:
                self.tell(told.ReplyGuarded(self.current, is_on=True))
                assert not self.is_paused
            case "put through" if self.current is not None:
                self.farewell, self.was_paused_before_farewell = self.current, False
                handover = HandedOver("Billing", "+15550100", 20)
                self.tell(told.ReplyParts(self.current, TRANSFERRED, handover))
                assert not self.is_paused, "who is put through does not hold it up"
            case "old news" if 1 not in (self.current, self.draft):
                self.tell(told.ReplyDone(1))
                self.tell(told.ReplyFailed(1))
            case "hung up" if len(self.started) > 4:
                self.tell(told.CallerHungUp())
                assert self.is_over
            case "told to end" if len(self.started) > 4 and not self.is_over:
                order = Order(self.now_ms + 10_000.0, line=Line.MINUTES_USED_UP, ends_call=TOLD_TO_END)
                self.orders[order] = self.now_ms
                self.tell(told.Ordered(order))
                assert self.machine.floor.is_closing
            case "ear lost" if len(self.started) > 4:
                self.tell(told.EarLost())
            case _:
                pass

    # --- what must hold -------------------------------------------------------------------------
    @invariant()
    def state_and_actions_agree(self) -> None:
        if not hasattr(self, "machine"):
            return
        floor = self.machine.floor
        assert (floor.agent is AgentState.ENDED) is self.is_over
        if self.is_over:
            assert self.machine.deadline_ms is None
            return
        assert (floor.speech.id if floor.speech else None) == self.current
        assert (floor.draft.id if floor.draft else None) == self.draft
        assert self.draft is None or floor.agent is AgentState.LISTENING
        assert (floor.agent is AgentState.YIELDED) is self.is_paused
        assert (floor.agent in (AgentState.SPEAKING, AgentState.YIELDED)) is (self.sounding is not None)
        assert (floor.agent is AgentState.LISTENING) is (self.current is None)

    @invariant()
    def there_is_always_a_way_out(self) -> None:
        """In no state is the agent silent for ever: something falls due, or it listens to silence."""
        if not hasattr(self, "machine") or self.is_over:
            return
        deadline_ms, floor = self.machine.deadline_ms, self.machine.floor
        assert deadline_ms is not None, "at least the longest call falls due"
        for order in self.orders:
            is_said = floor.speech is not None and floor.speech.order is order
            assert is_said or order.until_ms > self.now_ms, "an order that is late and open"
        if floor.agent is AgentState.LISTENING and floor.caller.state is CallerState.SILENT:
            until_ms = max(self.doubt_until_ms, floor.caller.last_speech_ms + QUIET_MS)
            waits = floor.holds_words and self.now_ms < until_ms
            assert not floor.turn.has_news or floor.keys or waits, "words that wait for nobody"
        else:
            heard_by_ms = floor.speech.heard_by_ms if floor.speech else 0.0
            assert deadline_ms <= max(self.now_ms, heard_by_ms) + LONGEST_WAIT_MS

    def teardown(self) -> None:
        """Left alone with a silent caller, the agent answers and comes to rest, or to the end."""
        if not hasattr(self, "machine") or self.is_over:
            return
        if self.everything_breaks:
            self.nothing_answers_any_more()
            return
        if self.voice_is_open:
            self.voice_begins_or_ends(0.0)
        self.time_passes(2_500.0)  # no more keys are pressed
        for _ in range(400):
            if self.is_over:
                return
            if self.current is not None and self.sounding is None:
                self.reply_is_ready()
            if self.sounding is not None and not self.is_paused:
                self.reply_is_heard()
            if self.machine.floor.agent is AgentState.LISTENING and not self.machine.floor.turn.has_news:
                return
            self.time_passes(700.0)
        raise AssertionError(f"the agent hangs in {self.machine.floor.agent}")

    def nothing_answers_any_more(self) -> None:
        """No transcript, no sound, no news of playout, and a voice detector that stays as it is."""
        gives_up_ms = self.now_ms + LONGEST_AGONY_MS
        while self.now_ms < gives_up_ms:
            floor = self.machine.floor
            is_at_rest = floor.agent is AgentState.LISTENING and floor.caller.state is CallerState.SILENT
            if self.is_over or (is_at_rest and not floor.turn.has_news):
                return
            self.time_passes(500.0)
        raise AssertionError(f"the agent hangs in {self.machine.floor.agent} when nothing works")


TestConversation = Conversation.TestCase
TestConversation.settings = settings(max_examples=250, stateful_step_count=60, deadline=None)
