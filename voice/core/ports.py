"""What a session asks of the outside: hear, think, speak. Providers implement these, the engine uses them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from voice.core.audio import AudioFormat
from voice.core.events import WordTime
from voice.core.spec import AgentSpec, Message, ModelSpec, SessionSpec, TranscriberSpec, VoiceSpec
from voice.core.tools import ToolCall, ToolKind, ToolSpec
from voice.core.usage import TokenUsage, VoiceUsage


# --- speech to text ---------------------------------------------------------------------------
class TurnSign(StrEnum):
    """What a transcriber that follows the caller's turns itself takes this one for; most of them do not."""

    BEGUN = "begun"
    # Its words stay as they are, unless RESUMED comes.
    LIKELY_OVER = "likely_over"
    RESUMED = "resumed"
    # Its words are as good as final ones.
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Transcript:
    """What the caller said since the last final one.

    `alternatives` holds other readings, best first, without the text itself; only on final ones. `sign` is
    told once, with the words that it is about.
    """

    text: str
    is_final: bool
    alternatives: tuple[str, ...] = ()
    sign: TurnSign | None = None


class TranscriberStream(Protocol):
    """One caller's ear. Raises ProviderError out of the iteration when the provider is lost."""

    @property
    def dropped_ms(self) -> float:
        """Sound that was sent and never listened to."""
        ...

    def send(self, audio: bytes) -> None:
        """Continuous caller audio. Never blocks: a provider that lags drops the oldest and counts it."""
        ...

    def begin_speech(self) -> None:
        """Local voice activity began (its onset lies in the audio sent within the last 500 ms)."""
        ...

    def finalize(self) -> None:
        """The caller has paused: deliver one final transcript soon (empty if nothing was said).

        One for every call and in order: the place in that order says what a late one is about.
        """
        ...

    def __aiter__(self) -> AsyncIterator[Transcript]: ...

    async def aclose(self) -> None: ...


class Transcriber(Protocol):
    @property
    def finalize_after_ms(self) -> int:
        """How long a pause must be before `finalize` is worth its price with this provider."""
        ...

    @property
    def guesses_well(self) -> bool:
        """Whether what it says before a final transcript is mostly what that will say."""
        ...

    async def open(self, agent: AgentSpec, audio: AudioFormat) -> TranscriberStream:
        """Raises CapacityError when no place is left, ProviderError when it cannot be had."""
        ...


# --- language model ---------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the reply as it is written. `understood` False: the model made nothing of the words.

    A model that charges for tokens says so with its first piece and, when it has counted them, with the last.
    """

    text: str
    understood: bool = True
    tokens: TokenUsage | None = None


ModelOutput = TextDelta | ToolCall


class LanguageModel(Protocol):
    @property
    def silence_limit_ms(self) -> float:
        """How long it may say nothing before somebody who can stand in is asked instead."""
        ...

    async def warm(self, agent: AgentSpec) -> None:
        """A call of this agent begins: do what its first question would wait for. Raises nothing."""
        ...

    def reply(self, agent: AgentSpec, messages: Sequence[Message]) -> AsyncIterator[ModelOutput]:
        """Stream the reply to the last message. Closing the iterator stops the work at the provider.

        It may end in calls of the agent's tools; then the engine asks again with what came of them.
        """
        ...

    def summarise(self, agent: AgentSpec, messages: Sequence[Message]) -> AsyncIterator[TextDelta]:
        """Stream notes on these messages for whoever goes on with them; a summary may be the first of them.

        Without a text where the provider makes none. As with a reply, closing it stops the work.
        """
        ...


# --- tools ------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class ToolRequest:
    """One call to carry out: `arguments` fit the tool's schema. Whose call it is, only `session` says."""

    session: SessionSpec
    tool: ToolSpec
    call_id: str
    arguments: Mapping[str, Any]


class ToolRunner(Protocol):
    """Carries out the tools of one kind."""

    async def run(self, request: ToolRequest) -> str:
        """What came of it, as the model is told. Raises ToolError. Cancelled when its time is over."""
        ...


# --- text to speech ---------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class SpeechChunk:
    """Audio of one piece in the order it sounds, with the words known so far (times from its start).

    `usage` is the engine's own note of which voice was given how much.
    """

    audio: bytes
    words: tuple[WordTime, ...] = ()
    usage: VoiceUsage | None = None


class SpeechStream(Protocol):
    """One call's mouth, opened before it is needed."""

    @property
    def audio(self) -> AudioFormat:
        """What `speak` yields; may differ from what was asked for, then the engine converts."""
        ...

    def speak(self, text: str) -> AsyncIterator[SpeechChunk]:
        """Speak one piece (a sentence or clause). Closing the iterator stops the work at the provider."""
        ...

    async def aclose(self) -> None: ...


class TextToSpeech(Protocol):
    async def open(self, voice: VoiceSpec, language: str, audio: AudioFormat) -> SpeechStream:
        """Raises ProviderError when the voice cannot be had."""
        ...


# --- voice activity ---------------------------------------------------------------------------
class VoiceActivityStream(Protocol):
    @property
    def frame_ms(self) -> float: ...

    def feed(self, sound: bytes) -> Sequence[float]:
        """As it was opened for; one speech probability (0 to 1) for each frame completed."""
        ...


class VoiceActivity(Protocol):
    def open(self, audio: AudioFormat) -> VoiceActivityStream:
        """16-bit PCM or μ-law. Raises ValueError for what it cannot judge."""
        ...


# --- end of turn ------------------------------------------------------------------------------
class Completeness(StrEnum):
    """Whether what was said so far can be all of it."""

    FINISHED = "finished"
    OPEN = "open"
    UNFINISHED = "unfinished"


class EndOfTurn(Protocol):
    def judge(self, text: str, language: str) -> Completeness:
        """Of the caller's turn so far. Runs on the event loop: well under a millisecond."""
        ...


# --- all together -----------------------------------------------------------------------------
Choice = TypeVar("Choice")
Port = TypeVar("Port")


@dataclass(frozen=True, slots=True)
class Spare(Generic[Choice, Port]):
    """What stands in when the agent's own choice fails. `choice` is what `port` is asked for then."""

    choice: Choice
    port: Port


@dataclass(frozen=True, slots=True)
class Ports:
    """Spares in the order in which they are tried."""

    transcriber: Transcriber
    model: LanguageModel
    speech: TextToSpeech
    voice_activity: VoiceActivity
    # None: the engine's own rules.
    end_of_turn: EndOfTurn | None = None
    spare_transcribers: tuple[Spare[TranscriberSpec, Transcriber], ...] = ()
    spare_models: tuple[Spare[ModelSpec, LanguageModel], ...] = ()
    spare_voices: tuple[Spare[VoiceSpec, TextToSpeech], ...] = ()
    # What the engine cannot carry out by itself.
    tool_runners: Mapping[ToolKind, ToolRunner] = field(default_factory=dict)
    # By provider: the id of the organisation's own key that it is asked with; none for this installation's.
    # An id stands for one key for ever.
    key_ids: Mapping[str, str] = field(default_factory=dict)

    @property
    def providers(self) -> tuple[object, ...]:
        """Everybody who may be asked to hear, think or speak."""
        ears = (each.port for each in self.spare_transcribers)
        models = (each.port for each in self.spare_models)
        voices = (each.port for each in self.spare_voices)
        return (self.transcriber, self.model, self.speech, *ears, *models, *voices)
