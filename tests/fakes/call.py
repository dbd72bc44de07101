"""A whole call over scripted ports: a caller who speaks into the session, and everything that came out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, TypeVar

from tests.fakes.model import FakeModel
from tests.fakes.speech import FakeSpeech
from tests.fakes.tools import FakeTools
from tests.fakes.transcriber import FakeTranscriber, FakeTranscriberStream
from tests.fakes.voice_activity import EnergyVoiceActivity
from voice.core.audio import PCM_16000, AudioFormat
from voice.core.clock import now_ms
from voice.core.errors import EndCode, EndedBy, EndReason
from voice.core.events import (
    AudioIn,
    AudioOut,
    AudioStop,
    ClientEvent,
    SessionEnded,
    SessionEvent,
    TranscriptOut,
    TurnRecord,
)
from voice.core.ports import Ports, Spare
from voice.core.spec import (
    AgentSpec,
    Channel,
    FillersSpec,
    LimitsSpec,
    Role,
    SessionSpec,
    TurnTakingSpec,
)
from voice.core.tools import ToolKind, ToolSpec
from voice.engine.kept_speech import KeptSpeech
from voice.engine.session import Session

FRAME_MS = 20
INTERIM_EVERY_MS = 160
LOUD = b"\xb8\x0b"
SILENT = b"\x00\x00"
QUIET_LIMITS = LimitsSpec(reminder_s=0, reminders=0, hang_up_s=0, max_call_s=7200)
TEST_OVER = EndReason(EndCode.CLIENT_HANGUP, EndedBy.CALLER, "the test is over")

E = TypeVar("E", bound=Any)


def make_spec(
    *,
    greeting: str = "",
    sensitivity: float = 1.0,
    silence_ms: int = 600,
    greeting_interruptible: bool = True,
    drafts: bool = True,
    limits: LimitsSpec = QUIET_LIMITS,
    audio_out: AudioFormat = PCM_16000,
    tools: tuple[ToolSpec, ...] = (),
    fillers: bool = False,
    **changes: Any,
) -> SessionSpec:
    agent = AgentSpec(
        id="a" * 24,
        version=1,
        name="Ada",
        greeting=greeting,
        turn_taking=TurnTakingSpec(sensitivity, silence_ms, greeting_interruptible, drafts=drafts),
        limits=limits,
        tools=tools,
        fillers=FillersSpec(enabled=fillers),
    )
    spec = SessionSpec(
        call_id="c" * 24,
        organisation_id="o" * 24,
        session_id="s" * 24,
        agent=agent,
        channel=Channel.BROWSER,
        audio_in=PCM_16000,
        audio_out=audio_out,
    )
    return replace(spec, **changes)


@dataclass
class FakeCall:
    """`async with FakeCall(...) as call`: time passes only in `says`, `coughs`, `waits` (microphone on)."""

    spec: SessionSpec = field(default_factory=make_spec)
    model: FakeModel = field(default_factory=FakeModel)
    speech: FakeSpeech = field(default_factory=FakeSpeech)
    transcriber: FakeTranscriber = field(default_factory=FakeTranscriber)
    # None: the client is asked, as in a real call.
    tools: FakeTools | None = None
    spare_models: Sequence[FakeModel] = ()
    spare_voices: Sequence[FakeSpeech] = ()
    spare_transcribers: Sequence[FakeTranscriber] = ()
    # What came out and when; sound without its bytes, so that long calls can be kept whole.
    log: list[tuple[float, SessionEvent]] = field(default_factory=list)
    keeps_audio: bool = False
    kept: KeptSpeech = field(default_factory=KeptSpeech)
    # Of the organisation's own keys, by provider.
    key_ids: dict[str, str] = field(default_factory=dict)
    # Instead of the fakes above.
    ports: Ports | None = None
    fed_since_ms: float | None = None

    def __post_init__(self) -> None:
        self.voice_activity = EnergyVoiceActivity()
        self.session = Session(self.spec, self.ports or self._fakes(), kept=self.kept)
        self._reader: asyncio.Task[None] | None = None
        self._next_frame_ms = 0.0

    def _fakes(self) -> Ports:
        agent = self.spec.agent
        return Ports(
            self.transcriber,
            self.model,
            self.speech,
            self.voice_activity,
            tool_runners={ToolKind.CLIENT: self.tools} if self.tools else {},
            key_ids=self.key_ids,
            spare_transcribers=tuple(
                Spare(replace(agent.transcriber, provider=f"spare{n}"), port)
                for n, port in enumerate(self.spare_transcribers, 1)
            ),
            spare_models=tuple(
                Spare(replace(agent.model, provider=f"spare{n}"), port)
                for n, port in enumerate(self.spare_models, 1)
            ),
            spare_voices=tuple(
                Spare(replace(agent.voice, provider=f"spare{n}"), port)
                for n, port in enumerate(self.spare_voices, 1)
            ),
        )

    async def __aenter__(self) -> FakeCall:
        await self.session.start(self.fed_since_ms)
        self._reader = asyncio.create_task(self._read())
        self._next_frame_ms = now_ms()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.session.end(TEST_OVER)
        if self._reader is not None:
            await self._reader

    async def _read(self) -> None:
        async for event in self.session.events():
            if isinstance(event, AudioOut) and not self.keeps_audio:
                event = replace(event, audio=b"", sound=b"")
            self.log.append((now_ms(), event))

    @property
    def ear(self) -> FakeTranscriberStream:
        """The transcriber that listens now."""
        opened = [each.stream for each in (self.transcriber, *self.spare_transcribers) if each.streams]
        return next((stream for stream in opened if not stream.is_closed), opened[-1])

    # --- what the caller does -------------------------------------------------------------------
    def feed(self, event: ClientEvent) -> None:
        self.session.feed(event)

    async def sounds(self, duration_ms: float, sample: bytes) -> None:
        for _ in range(round(duration_ms / FRAME_MS)):
            self._next_frame_ms += FRAME_MS
            await asyncio.sleep(max(0.0, self._next_frame_ms - now_ms()) / 1000)
            self.feed(AudioIn(sample * (16 * FRAME_MS)))

    async def waits(self, duration_ms: float) -> None:
        await self.sounds(duration_ms, SILENT)

    async def coughs(self, duration_ms: float = 200) -> None:
        await self.sounds(duration_ms, LOUD)

    async def says(
        self, text: str, *, ms_per_word: int = 320, alternatives: tuple[str, ...] = (), interim: bool = True
    ) -> None:
        """Speak; each word is recognised when it has been said. Ends with the last sound."""
        words = text.split()
        for count in range(1, len(words) + 1):
            await self.sounds(ms_per_word, LOUD)
            self.ear.hear(" ".join(words[:count]), alternatives, interim=interim)

    async def until(self, happened: Callable[[], object], limit_ms: float = 60_000) -> None:
        """Stay silent until it has happened."""
        deadline = now_ms() + limit_ms
        while not happened():
            assert now_ms() < deadline, f"did not happen within {limit_ms} ms"
            await self.waits(FRAME_MS)

    # --- what came out --------------------------------------------------------------------------
    def all(self, kind: type[E]) -> list[E]:
        return [event for _, event in self.log if isinstance(event, kind)]

    def times(self, kind: type[E]) -> list[float]:
        return [at for at, event in self.log if isinstance(event, kind)]

    def audio_ms(self) -> float:
        return sum(event.duration_ms for event in self.all(AudioOut))

    def longest_gap_ms(self, since_ms: float) -> float:
        """Of the silences from `since_ms` on, until the agent has said all it says."""
        longest_ms, silent_since_ms = 0.0, since_ms
        for at_ms, event in self.log:
            if isinstance(event, AudioOut) and at_ms >= since_ms:
                longest_ms = max(longest_ms, at_ms - silent_since_ms)
                silent_since_ms = max(silent_since_ms, at_ms) + event.duration_ms
        return longest_ms

    def transcripts(self, role: Role, *, is_final: bool = True) -> list[str]:
        return [e.text for e in self.all(TranscriptOut) if e.role is role and e.is_final is is_final]

    def caller_lines(self) -> list[str]:
        """What a page shows of the caller in the end, a line a turn; an empty guess takes its line away."""
        told = self.all(TranscriptOut)
        lines = {event.turn_index: event.text for event in told if event.role is Role.USER}
        return [text for text in lines.values() if text]

    def turns(self) -> list[TurnRecord]:
        """The last word on each turn."""
        return [turn for _, turn in sorted({turn.index: turn for turn in self.all(TurnRecord)}.items())]

    def agent_turns(self) -> list[TurnRecord]:
        return [turn for turn in self.turns() if turn.role is Role.AGENT]

    def caller_turns(self) -> list[TurnRecord]:
        return [turn for turn in self.turns() if turn.role is Role.USER]

    def tool_turns(self) -> list[TurnRecord]:
        return [turn for turn in self.turns() if turn.role is Role.TOOL]

    @property
    def stops(self) -> int:
        return len(self.all(AudioStop))

    @property
    def ended(self) -> SessionEnded | None:
        found: Sequence[SessionEnded] = self.all(SessionEnded)
        return found[0] if found else None
