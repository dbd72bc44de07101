"""A whole call for the turn machine alone: voice, transcriber and replies as they are, and in their order."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable

from tests.fakes.caller_script import CallerScript
from voice.core.ports import TurnSign
from voice.core.spec import AgentSpec, LimitsSpec, TurnTakingSpec
from voice.engine import turn_actions as act
from voice.engine import turn_events as told
from voice.engine.endpointing import Endpointing
from voice.engine.turns import TurnMachine
from voice.engine.voice_detector import SpeechEnded, SpeechFades, SpeechStarted

PRE_ROLL_MS = 500.0
INTERIM_EVERY_MS = 200.0
PROGRESS_EVERY_MS = 3_000.0
AFTERWARDS_MS = 20_000.0


class WholeCall:
    """The caller's script, the transcriber's delays and the lengths of the replies all come from `seed`.

    The transcriber keeps to its port: one final transcript a `Finalize`, in order, guesses of an utterance
    before its final text. With every second seed it is slow: up to six seconds, now and then. With every
    third it tells what it takes the turn for, and may be wrong.
    """

    def __init__(self, seed: int) -> None:
        self.lot = lot = random.Random(seed)
        self.is_slow = seed % 2 == 0
        self.follows_turns = seed % 3 == 0
        self.sensitivity = lot.choice([0.0, 0.3, 0.7, 1.0])
        taking = TurnTakingSpec(self.sensitivity, lot.choice([300, 600, 1_000]), lot.random() < 0.7)
        limits = lot.choice([LimitsSpec(0, 0, 0, 7_200), LimitsSpec(5, 2, 0, 7_200)])
        agent = AgentSpec(id="a", version=1, name="Ada", greeting="Hi.", turn_taking=taking, limits=limits)
        self.script = CallerScript(lot)
        self.now_ms = 0.0
        self.machine = TurnMachine(agent, Endpointing.of(agent, 350.0), 0.0)
        # What each turn has come to.
        self.turns: dict[int, str] = {}
        self.heard: set[str] = set()
        self.silences_ms: list[float] = []
        self.has_ended = False
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._count = itertools.count()
        self._utterance = 0
        self._is_sending = False
        self._sent_from_ms = 0.0
        self._guess = ""
        self._last_delivery_ms = 0.0
        self._reply: int | None = None
        self._reply_left_ms = self._playing_since_ms = 0.0
        self._paused_at_ms: float | None = None

    def hold(self) -> None:
        for stretch in self.script.stretches():
            lag_ms = self.lot.uniform(0, 100)
            if stretch.ends_ms - stretch.starts_ms > lag_ms:
                started, ended = SpeechStarted(stretch.starts_ms), SpeechEnded(stretch.ends_ms)
                faded = SpeechFades(stretch.ends_ms)
                self._at(stretch.ends_ms + 96, lambda event=faded: self._tell(event))
                self._at(stretch.starts_ms + lag_ms, lambda event=started: self._tell(event))
                self._at(stretch.ends_ms + 160, lambda event=ended: self._tell(event))
        if self.lot.random() < 0.3:
            self._at(self.lot.uniform(3_000, self.script.ends_ms), lambda: self._tell(told.StopPressed()))
        self._tell(told.Began(has_greeting=True))
        while self._agenda and self._agenda[0][0] <= self.script.ends_ms + AFTERWARDS_MS:
            at_ms, _, happens = heapq.heappop(self._agenda)
            self.now_ms = max(self.now_ms, at_ms)
            happens()
        unanswered = self.machine.floor.unanswered(self.now_ms)
        if unanswered is not None:
            self.turns[unanswered.turn] = unanswered.text

    def _at(self, at_ms: float, happens: Callable[[], None]) -> None:
        heapq.heappush(self._agenda, (at_ms, next(self._count), happens))

    def _tell(self, event: told.TurnEvent) -> None:
        if isinstance(event, told.Words) and event.is_final and not self.has_ended:
            self.heard.update(event.text.split())
        for action in self.machine.handle(event, self.now_ms):
            self._carry_out(action)
        deadline_ms = self.machine.deadline_ms
        if deadline_ms is not None:
            self._at(deadline_ms, lambda: self._tick(deadline_ms))

    def _tick(self, deadline_ms: float) -> None:
        if self.machine.deadline_ms == deadline_ms:
            self._tell(told.Tick())

    def _carry_out(self, action: act.TurnAction) -> None:
        match action:
            case act.BeginSpeech():
                self._begin_speech()
            case act.Finalize():
                self._finalize()
            case act.CommitTurn(turn, text) | act.AmendTurn(turn, text):
                self.turns[turn] = text
            case act.StartReply(reply_id):
                self._start_reply(reply_id)
            case act.ReleaseReply() | act.ResumeReply():
                self._play()
            case act.PauseReply():
                self._reply_left_ms -= self.now_ms - self._playing_since_ms
                self._paused_at_ms = self.now_ms
            case act.CutReply() | act.DropReply():
                self._reply = None
                self._silence_is_over()
            case act.EndCall():
                self.has_ended = True

    # --- the transcriber ------------------------------------------------------------------------
    def _begin_speech(self) -> None:
        if not self._is_sending:
            self._is_sending = True
            self._sent_from_ms = max(self._sent_from_ms, self.now_ms - PRE_ROLL_MS)
            self._utterance += 1
            self._guess = ""
            number = self._utterance
            self._at(self.now_ms + INTERIM_EVERY_MS, lambda: self._guess_words(number))

    def _said(self) -> str:
        spoken = (word for at, word in self.script.words if self._sent_from_ms <= at.middle_ms < self.now_ms)
        return " ".join(spoken)

    def _guess_words(self, utterance: int) -> None:
        if utterance != self._utterance or not self._is_sending:
            return
        guess = self._said()
        if any(at.starts_ms <= self.now_ms - INTERIM_EVERY_MS < at.ends_ms for at in self.script.mistaken):
            guess = f"{guess} {self.lot.choice(['the', 'mistaken'])}".strip()
        if guess != self._guess:
            self._guess = guess
            sign = self.lot.choice([None, *TurnSign]) if self.follows_turns else None
            self._deliver(told.Words(guess, is_final=False, sign=sign), self.lot.uniform(10, 120))
        self._at(self.now_ms + INTERIM_EVERY_MS, lambda: self._guess_words(utterance))

    def _finalize(self) -> None:
        is_late = self.is_slow and self.lot.random() < 0.4
        lag_ms = self.lot.uniform(500, 6_000) if is_late else self.lot.uniform(30, 200)
        text = self._said() if self._is_sending else ""
        if self._is_sending:
            self._sent_from_ms = self.now_ms
        self._is_sending = False
        self._deliver(told.Words(text, is_final=True), lag_ms)

    def _deliver(self, words: told.Words, lag_ms: float) -> None:
        self._last_delivery_ms = max(self.now_ms + lag_ms, self._last_delivery_ms)
        self._at(self._last_delivery_ms, lambda: self._tell(words))

    # --- the replies ----------------------------------------------------------------------------
    def _start_reply(self, number: int) -> None:
        self._reply, self._reply_left_ms = number, self.lot.uniform(1_000, 9_000)
        news: told.ReplyNews = told.ReplyReady(number)
        if self.lot.random() < 0.05:
            news = told.ReplyFailed(number)
        self._at(self.now_ms + self.lot.uniform(100, 1_500), lambda: self._report(number, news))

    def _report(self, number: int, news: told.ReplyNews) -> None:
        if self._reply == number:
            if isinstance(news, told.ReplyFailed):
                self._reply = None
            self._tell(news)

    def _play(self) -> None:
        self._silence_is_over()
        self._playing_since_ms = self.now_ms
        self._progress(self._reply, self.now_ms)

    def _progress(self, number: int | None, since_ms: float) -> None:
        is_playing = self._paused_at_ms is None and self._playing_since_ms == since_ms
        if number is None or self._reply != number or not is_playing:
            return
        left_ms = self._reply_left_ms - (self.now_ms - since_ms)
        if left_ms <= 0:
            self._reply = None
            self._tell(told.ReplyDone(number))
            return
        step_ms = min(left_ms, PROGRESS_EVERY_MS)
        self._at(self.now_ms + step_ms + 1e-6, lambda: self._progress(number, since_ms))
        self._tell(told.ReplyProgress(number, self.now_ms + step_ms))

    def _silence_is_over(self) -> None:
        """How long the agent has kept silent in the midst of its words after the caller's last sound."""
        if self._paused_at_ms is not None:
            sounds = [*self.script.voiced, *(at for at, _ in self.script.words)]
            last_ms = max(
                (min(at.ends_ms, self.now_ms) for at in sounds if at.starts_ms <= self.now_ms), default=0.0
            )
            self.silences_ms.append(self.now_ms - max(self._paused_at_ms, last_ms))
        self._paused_at_ms = None
