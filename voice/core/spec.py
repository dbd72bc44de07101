"""Everything a session needs to know, frozen before it starts: after this it needs no database."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from voice.core.audio import AudioFormat
from voice.core.tools import ToolCall, ToolSpec


class Role(StrEnum):
    USER = "user"
    AGENT = "agent"
    TOOL = "tool"


class Channel(StrEnum):
    BROWSER = "browser"
    PHONE = "phone"
    SDK = "sdk"
    VOICE_API = "voice_api"


class FailedTransfer(StrEnum):
    """Why a caller comes back from whom they were put through to, in words for the model."""

    BUSY = "the line there is busy"
    NOBODY_ANSWERED = "nobody answered"
    UNREACHABLE = "the number could not be reached"


@dataclass(frozen=True, slots=True)
class Message:
    """One line of a conversation as the language model is told it.

    `alternatives` are other readings of what the caller said, best first, for models that can use them.
    `is_unfinished`: the agent's words of this very reply, which another model is to go on with.
    `is_summary`: nobody's words, but notes on what was said before all other messages.
    With the role TOOL, `call` is what the model asked for, and `text` what came of it: a call cannot be told
    without a result.
    """

    role: Role
    text: str
    interrupted: bool = False
    alternatives: tuple[str, ...] = ()
    is_unfinished: bool = False
    is_summary: bool = False
    call: ToolCall | None = None


@dataclass(frozen=True, slots=True)
class KnowledgeEntry:
    """Something the agent may look up. Plain text has an empty question."""

    question: str
    answer: str


# Who stands in when the choice fails: the next best that can be had, nobody, or "provider/name".
AUTOMATIC = ""
NO_FALLBACK = "none"
DEFAULT_HISTORY_TOKENS = 6_000


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """`history_tokens`: how much of the conversation it is told word for word, by our estimate."""

    provider: str = "embedded"
    name: str = "answerer"
    temperature: float = 0.4
    max_tokens: int = 300
    fallback: str = AUTOMATIC
    history_tokens: int = DEFAULT_HISTORY_TOKENS


@dataclass(frozen=True, slots=True)
class VoiceSpec:
    provider: str = "embedded"
    id: str = "rms"
    speed: float = 1.0
    style: str = ""
    accent: str = ""
    fallback: str = AUTOMATIC


@dataclass(frozen=True, slots=True)
class TranscriberSpec:
    provider: str = "embedded"
    model: str = "pocketsphinx"
    key_terms: tuple[str, ...] = ()
    fallback: str = AUTOMATIC


@dataclass(frozen=True, slots=True)
class TurnTakingSpec:
    """`interruption_sensitivity` 0 never yields to the caller, 1 at once.

    `silence_ms` ends a turn; `finished_silence_ms` after a sentence that is complete, `unfinished_silence_ms`
    in the middle of one. `drafts`: the reply is prepared while it is not certain yet that the turn is over.
    Of transcribers that follow turns themselves: how sure they must be that one is over (`end_confidence`,
    0.5 to 0.9), and that the reply may be prepared (`early_end_confidence`, 0.3 to 0.9, never above it).
    `interruption_words`: the fewest over the agent's speech that interrupt it; `stop_phrases` always do and
    `acknowledgements` never, the agent's own beside those of its language. `resume_ms`: how long after the
    end of a cough it goes on. `transcript_wait_ms`: when a guess has to do for a final transcript.
    """

    interruption_sensitivity: float = 0.7
    silence_ms: int = 600
    greeting_interruptible: bool = True
    finished_silence_ms: int = 350
    unfinished_silence_ms: int = 1500
    drafts: bool = True
    end_confidence: float = 0.7
    early_end_confidence: float = 0.5
    interruption_words: int = 1
    stop_phrases: tuple[str, ...] = ()
    acknowledgements: tuple[str, ...] = ()
    resume_ms: int = 210
    transcript_wait_ms: int = 700


@dataclass(frozen=True, slots=True)
class KeypadSpec:
    """What becomes of the telephone keys that the caller presses.

    `collects`: they make one message, which ends with `terminator`, after `pause_ms` without another key, or
    with the last of `most_digits`; otherwise each key is a message at once. "" is no terminator.
    """

    collects: bool = True
    terminator: str = "#"
    pause_ms: int = 2500
    most_digits: int = 20


@dataclass(frozen=True, slots=True)
class LimitsSpec:
    """Seconds; 0 switches a limit off, except `max_call_s`."""

    reminder_s: int = 10
    reminders: int = 2
    hang_up_s: int = 30
    max_call_s: int = 1800


@dataclass(frozen=True, slots=True)
class Pronunciation:
    """A word or phrase that is spoken otherwise than it is written."""

    written: str
    spoken: str
    case_sensitive: bool = False


@dataclass(frozen=True, slots=True)
class FillersSpec:
    """A few words when the caller would wait in silence: `after_ms` of it while a tool runs."""

    enabled: bool = True
    after_ms: int = 1000


@dataclass(frozen=True, slots=True)
class TransferTarget:
    """Whom a caller may be put through to. `to`: a number in E.164 or a SIP address.

    `line` is said first; where it is empty, the agent's own words or a line of its language.
    """

    name: str
    to: str
    line: str = ""


@dataclass(frozen=True, slots=True)
class TransferSpec:
    """`ring_s`: how long it may ring there before the caller comes back."""

    targets: tuple[TransferTarget, ...] = ()
    ring_s: int = 20


@dataclass(frozen=True, slots=True)
class RecordingSpec:
    """`consent_line` is said before anything else in a recorded call; where it is empty, nothing is."""

    is_on: bool = False
    consent_line: str = ""


@dataclass(frozen=True, slots=True)
class AgentSpec:
    """`variables`: what stands in the texts where a call gives nothing else, by name.

    In a session the texts are filled already; `greeting_varies` says that this one is for this call alone.
    """

    id: str
    version: int
    name: str
    language: str = "en-US"
    greeting: str = ""
    system_prompt: str = ""
    persona: str = ""
    greeting_varies: bool = False
    time_zone: str = "UTC"
    variables: tuple[tuple[str, str], ...] = ()
    knowledge: tuple[KnowledgeEntry, ...] = ()
    pronunciations: tuple[Pronunciation, ...] = ()
    model: ModelSpec = field(default_factory=ModelSpec)
    voice: VoiceSpec = field(default_factory=VoiceSpec)
    transcriber: TranscriberSpec = field(default_factory=TranscriberSpec)
    turn_taking: TurnTakingSpec = field(default_factory=TurnTakingSpec)
    keypad: KeypadSpec = field(default_factory=KeypadSpec)
    limits: LimitsSpec = field(default_factory=LimitsSpec)
    tools: tuple[ToolSpec, ...] = ()
    transfer: TransferSpec = field(default_factory=TransferSpec)
    # For machines that answer a call of the agent's.
    voicemail_message: str = ""
    fillers: FillersSpec = field(default_factory=FillersSpec)
    recording: RecordingSpec = field(default_factory=RecordingSpec)


@dataclass(frozen=True, slots=True)
class SessionSpec:
    """`session_id` is the key a client resumes with (historyKey); `history` is what was said before.

    `failed_transfer`: the caller comes back from whom they were put through to, and the agent says why before
    anything else. `voicemail_message`: a machine has answered; the agent says this to it, and the call is
    over. `doubt_ms`: for how long it may stay open whether a machine has answered, and longer while it speaks
    on; nothing that is heard until then is replied to.
    """

    call_id: str
    organisation_id: str
    session_id: str
    agent: AgentSpec
    channel: Channel
    audio_in: AudioFormat
    audio_out: AudioFormat
    history: tuple[Message, ...] = ()
    resumed: bool = False
    failed_transfer: FailedTransfer | None = None
    voicemail_message: str = ""
    doubt_ms: float = 0.0
