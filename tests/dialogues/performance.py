"""Plays a dialogue against a real session in virtual time, and keeps what was said, heard and when."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.dialogues.dialogue import Act, Dialogue, Event, Fault
from tests.dialogues.listener import Listener
from tests.dialogues.marked_voice import MarkedVoice
from tests.dialogues.microphone import FRAME_MS, Microphone
from tests.dialogues.scripted_ear import HeardWord, ScriptedEar
from tests.dialogues.sound import Sound, at_level, noise, spoken
from tests.dialogues.sticky_detector import StickyActivity
from tests.fakes.model import FakeModel
from voice.core.audio import PCM_8000, PCM_16000
from voice.core.clock import now_ms
from voice.core.errors import EndCode, EndedBy, EndReason
from voice.core.events import (
    AudioEnd,
    AudioIn,
    AudioOut,
    AudioStop,
    HangUp,
    Heard,
    InterruptIn,
    SessionEnded,
    TextIn,
    TurnRecord,
)
from voice.core.ports import Ports, VoiceActivity
from voice.core.spec import AgentSpec, Channel, LimitsSpec, Message, Role, SessionSpec, TurnTakingSpec
from voice.engine.kept_speech import KeptSpeech
from voice.engine.session import Session

# Nothing has happened for so long: the dialogue is over.
QUIET_MS = 4_000.0
# What an act waits for comes within this, or the dialogue has gone astray.
LONGEST_WAIT_MS = 60_000.0
ACKNOWLEDGED_EVERY_MS = 100.0
BACKGROUND_S = 30.0
OVER = EndReason(EndCode.CLIENT_HANGUP, EndedBy.CALLER, "the dialogue is over")
HANG_UP = "hang up"
STOP = "stop"


@dataclass
class Done:
    """An act as it came about; instants of its sound, from its first to its last audible sample."""

    act: Act
    starts_ms: float
    ends_ms: float


@dataclass
class Performance:
    dialogue: Dialogue
    listener: Listener
    acts: list[Done] = field(default_factory=list)
    records: dict[int, TurnRecord] = field(default_factory=dict)
    audio_ends_ms: list[float] = field(default_factory=list)
    requests: Sequence[Sequence[object]] = ()
    began_ms: float = 0.0
    ended_ms: float = 0.0
    end: SessionEnded | None = None
    # Acts whose moment never came.
    missed: int = 0

    @property
    def turns(self) -> list[TurnRecord]:
        return [record for _, record in sorted(self.records.items())]


class Stage:
    """One dialogue, from the first frame of the microphone to the end of the call."""

    def __init__(self, dialogue: Dialogue, voice_activity: VoiceActivity) -> None:
        self._dialogue = dialogue
        line = dialogue.line
        self._ear = ScriptedEar(dialogue.transcriber)
        self._voice = voice = MarkedVoice()
        self._model = FakeModel(self._answer)
        self._detector = StickyActivity(voice_activity)
        self._client_is_silent = False
        for fault in dialogue.faults:
            self._break(fault)
        ports = Ports(self._ear, self._model, voice, self._detector)
        self._session = Session(self._spec(), ports, kept=KeptSpeech())
        background = noise(line.background, BACKGROUND_S, 1) if line.background else None
        beneath = at_level(background, -line.below_db).samples if background else None
        self._microphone = Microphone(beneath, is_phone=line.is_phone)
        self._performance = Performance(dialogue, Listener(voice, line.lag_ms))
        self._last_event_ms = 0.0

    def _answer(self, messages: Sequence[Message]) -> str:
        """The reply to the caller's first turn, second turn … however often it is asked for."""
        turns = sum(message.role is Role.USER for message in messages)
        return self._dialogue.replies[min(turns, len(self._dialogue.replies)) - 1]

    def _spec(self) -> SessionSpec:
        agent = self._dialogue.agent
        taking = TurnTakingSpec(
            interruption_sensitivity=agent.sensitivity,
            silence_ms=agent.silence_ms,
            greeting_interruptible=agent.greeting_interruptible,
            drafts=agent.drafts,
            **{
                name: tuple(value) if isinstance(value, list) else value
                for name, value in agent.turn_taking.items()
            },
        )
        return SessionSpec(
            call_id="c" * 24,
            organisation_id="o" * 24,
            session_id="s" * 24,
            agent=AgentSpec(
                id="a" * 24,
                version=1,
                name="Ada",
                language=agent.language,
                greeting=agent.greeting,
                turn_taking=taking,
                limits=LimitsSpec(
                    agent.reminder_s, 2 if agent.reminder_s else 0, agent.hang_up_s, agent.max_call_s
                ),
            ),
            channel=Channel.PHONE if self._dialogue.line.is_phone else Channel.BROWSER,
            audio_in=PCM_8000 if self._dialogue.line.is_phone else PCM_16000,
            audio_out=PCM_16000,
        )

    async def perform(self) -> Performance:
        performance = self._performance
        await self._session.start()
        performance.began_ms = self._last_event_ms = now_ms()
        reading = asyncio.create_task(self._read())
        recording = asyncio.create_task(self._record())
        speaking = asyncio.create_task(self._play_acts())
        await asyncio.wait((speaking, reading), return_when=asyncio.FIRST_COMPLETED)
        while not reading.done() and (left_ms := self._last_event_ms + QUIET_MS - now_ms()) > 0:
            await asyncio.wait((reading,), timeout=left_ms / 1000)
        performance.ended_ms = now_ms()
        await self._session.end(OVER)
        await reading
        for task in (recording, speaking):
            task.cancel()
        await asyncio.gather(recording, speaking, return_exceptions=True)
        performance.requests = self._model.requests
        return performance

    # --- what comes out --------------------------------------------------------------------------
    async def _read(self) -> None:
        performance, listener = self._performance, self._performance.listener
        async for event in self._session.events():
            self._last_event_ms = now_ms()
            match event:
                case AudioOut():
                    listener.receives(event)
                case AudioStop():
                    listener.is_told_to_stop(event)
                case AudioEnd():
                    performance.audio_ends_ms.append(now_ms())
                case TurnRecord():
                    performance.records[event.index] = event
                case SessionEnded():
                    performance.end = event

    # --- what goes in ----------------------------------------------------------------------------
    async def _record(self) -> None:
        frames = 0
        began_ms = now_ms()
        while True:
            frames += 1
            ends_ms = began_ms + frames * FRAME_MS
            await asyncio.sleep((ends_ms - now_ms()) / 1000)
            self._session.feed(AudioIn(self._microphone.frame(ends_ms)))
            says_so = self._dialogue.line.lag_ms and not self._client_is_silent
            if says_so and frames % (ACKNOWLEDGED_EVERY_MS / FRAME_MS) == 0:
                self._session.feed(Heard(self._performance.listener.played_ms))

    async def _play_acts(self) -> None:
        since_ms = now_ms()
        for number, act in enumerate(self._dialogue.acts):
            event_ms = await self._when(act.event, since_ms)
            if event_ms is None:
                self._performance.missed += 1
                continue
            await asyncio.sleep(max(0.0, event_ms + act.delay_ms - now_ms()) / 1000)
            since_ms = now_ms()
            ends_ms = self._do(act, number)
            self._performance.acts.append(Done(act, since_ms, ends_ms))
            self._last_event_ms = max(self._last_event_ms, ends_ms)

    async def _when(self, event: Event, since_ms: float) -> float | None:
        """When it happened, after `since_ms`: it is waited for. None if it does not happen."""
        if event is Event.CALL_STARTS:
            return self._performance.began_ms
        if event is Event.THAT:
            return self._performance.acts[-1].ends_ms if self._performance.acts else None
        deadline_ms = now_ms() + LONGEST_WAIT_MS
        while now_ms() < deadline_ms and self._performance.end is None:
            happened = [at for at in self._happened_ms(event) if at >= since_ms]
            if happened:
                return happened[0]
            await asyncio.sleep(FRAME_MS / 1000)
        return None

    def _happened_ms(self, event: Event) -> list[float]:
        listener = self._performance.listener
        match event:
            case Event.AGENT_STARTS:
                return [at for at, _ in listener.starts_ms()]
            case Event.AGENT_STOPS:
                return [at for at, _ in listener.stops_ms]
            case _:
                return self._performance.audio_ends_ms

    def _do(self, act: Act, number: int) -> float:
        """Returns when its last sound is over."""
        if act.types:
            self._session.feed(TextIn(act.types))
        elif act.presses == STOP:
            self._session.feed(InterruptIn())
        elif act.presses == HANG_UP:
            self._session.feed(HangUp())
        elif act.fault is not None:
            self._break(act.fault)
        elif act.makes:
            return self._make(act, number)
        elif act.says:
            return self._say(act)
        return now_ms() + act.waits_s * 1000

    def _break(self, fault: Fault) -> None:
        match fault:
            case Fault.TRANSCRIBER_SILENT:
                self._ear.is_silent = True
            case Fault.VOICE_SILENT:
                self._voice.is_silent = True
            case Fault.MODEL_SILENT:
                self._model.stalls_after = 0
            case Fault.CLIENT_SILENT:
                self._client_is_silent = True
            case Fault.DETECTOR_OPEN:
                self._detector.sticks_at = 1.0
            case Fault.DETECTOR_SHUT:
                self._detector.sticks_at = 0.0

    def _make(self, act: Act, number: int) -> float:
        sound = at_level(noise(act.makes, act.lasts_s, number + len(self._dialogue.name)), act.level_db)
        starts_ms = now_ms()
        self._microphone.picks_up(sound, starts_ms)
        ends_ms = starts_ms + sound.duration_ms
        if act.guessed_as or act.heard_as:
            self._ear.words.append(
                HeardWord(act.heard_as, act.guessed_as or act.heard_as, starts_ms, ends_ms, self._late(act))
            )
        return ends_ms

    def _say(self, act: Act) -> float:
        at_ms = now_ms()
        guesses = act.guessed_as.split() if act.guessed_as else []
        for piece in act.pieces:
            at_ms += piece.pause_before_s * 1000
            sound = at_level(spoken(piece.text, self._dialogue.line.voice), act.level_db)
            self._microphone.picks_up(sound, at_ms)
            for word, (starts_ms, ends_ms) in _placed(piece.heard_as.split(), sound):
                guess = guesses.pop(0) if guesses else word
                self._ear.words.append(
                    HeardWord(word, guess, at_ms + starts_ms, at_ms + ends_ms, self._late(act))
                )
            at_ms += sound.duration_ms
        return at_ms

    @staticmethod
    def _late(act: Act) -> float | None:
        return act.final_ms or None


def _placed(words: list[str], sound: Sound) -> list[tuple[str, tuple[float, float]]]:
    """Each word where it is spoken; where the words are not those that were spoken, by their share."""
    if len(words) == len(sound.words):
        return list(zip(words, sound.words, strict=True))
    each_ms = sound.duration_ms / max(1, len(words))
    return [(word, (at * each_ms, (at + 1) * each_ms)) for at, word in enumerate(words)]
