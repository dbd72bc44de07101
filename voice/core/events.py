"""The words between a socket and a session: ClientEvent comes in, SessionEvent goes out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from voice.core.audio import AudioFormat
from voice.core.errors import EndReason, RefusalCode
from voice.core.spec import Role
from voice.core.tools import ToolAnswered, ToolAsked, ToolRecord
from voice.core.usage import UsageLine


# --- in ---------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class AudioIn:
    """The caller's sound in the session's `audio_in` format, any whole number of samples."""

    audio: bytes


@dataclass(frozen=True, slots=True)
class TextIn:
    """The caller typed instead of speaking; ends a turn by itself."""

    text: str


@dataclass(frozen=True, slots=True)
class Heard:
    """The client says how much of all audio sent on this connection it has played out."""

    position_ms: float


@dataclass(frozen=True, slots=True)
class InterruptIn:
    """The caller pressed a stop button."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """The caller ended the call on purpose."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """The client sent something that its protocol does not know; the edge counts strikes."""

    code: RefusalCode
    message: str


ClientEvent = AudioIn | TextIn | Heard | InterruptIn | HangUp | ToolAnswered | Malformed


# --- out --------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class WordTime:
    """A word of a spoken text: where it stands in the text and when it sounds.

    `start_ms`, `end_ms` count from the start of the piece it belongs to; `end_char` is exclusive.
    """

    text: str
    start_ms: float
    end_ms: float
    start_char: int = 0
    end_char: int = 0


@dataclass(frozen=True, slots=True)
class TurnLatency:
    """Milliseconds; None where the step did not happen in this turn.

    `endpointing_ms`  caller's last sound to the decision that the turn has ended
    `transcript_ms`   caller's last sound to the final transcript
    `first_token_ms`  model asked to its first token
    `first_sentence_ms` model asked to the first speakable piece
    `first_audio_ms`  voice asked to its first audio
    `first_audio_sent_ms` voice's first audio, once it may sound, to the frame handed to the socket
    `own_ms`          what was neither waiting for the caller nor for a provider
    `voice_to_voice_ms` caller's last sound to the first audio sent
    """

    endpointing_ms: float | None = None
    transcript_ms: float | None = None
    first_token_ms: float | None = None
    first_sentence_ms: float | None = None
    first_audio_ms: float | None = None
    first_audio_sent_ms: float | None = None
    own_ms: float | None = None
    voice_to_voice_ms: float | None = None


@dataclass(frozen=True, slots=True)
class TurnTimeline:
    """When the steps of the agent's turn were, in ms from the start of the call; None where one was not.

    `last_speech_ms`    the caller's last sound
    `transcript_ms`     the final transcript
    `decided_ms`        the caller's turn was taken for ended
    `model_asked_ms`    before `decided_ms` where the reply was a draft
    `first_token_ms`    the model's first word
    `first_sentence_ms` the first speakable piece
    `model_done_ms`     the model's last word
    `voice_asked_ms`    the first piece was given to the voice
    `first_audio_ms`    its first sound
    `voice_done_ms`     its last
    `playable_ms`       there was enough sound to begin
    `released_ms`       the reply might sound
    `first_sent_ms`     the first sound was handed to the socket
    """

    last_speech_ms: float | None = None
    transcript_ms: float | None = None
    decided_ms: float | None = None
    model_asked_ms: float | None = None
    first_token_ms: float | None = None
    first_sentence_ms: float | None = None
    model_done_ms: float | None = None
    voice_asked_ms: float | None = None
    first_audio_ms: float | None = None
    voice_done_ms: float | None = None
    playable_ms: float | None = None
    released_ms: float | None = None
    first_sent_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Connected:
    """The session is live; sent once, before anything else."""

    call_id: str
    session_id: str
    agent_name: str
    audio_out: AudioFormat
    resumed: bool


@dataclass(frozen=True, slots=True)
class TranscriptOut:
    """What one side is saying (interim) or has said (final)."""

    role: Role
    text: str
    is_final: bool
    turn_index: int


@dataclass(frozen=True, slots=True)
class AudioOut:
    """Audio for the caller in the session's `audio_out` format.

    For MP3 one event is one complete file (a sentence); for streams it is a frame. `sound`: what a file was
    made of, as PCM at the format's rate; empty for streams.
    """

    audio: bytes
    duration_ms: float
    turn_index: int
    sound: bytes = b""


@dataclass(frozen=True, slots=True)
class AudioStop:
    """The caller has interrupted: everything not yet played is to be dropped.

    `played_ms`: what the caller is taken to have heard of all audio sent on this connection.
    """

    turn_index: int
    played_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class AudioEnd:
    """The agent's utterance has been heard to its end."""

    turn_index: int


@dataclass(frozen=True, slots=True)
class ErrorOut:
    """Something the client should know; the call goes on unless SessionEnded follows."""

    code: str
    message: str


class PortName(StrEnum):
    """What a provider does for a call."""

    TRANSCRIBER = "transcriber"
    MODEL = "model"
    VOICE = "voice"


@dataclass(frozen=True, slots=True)
class ProviderSwitched:
    """A provider failed in the call, and another one does its work. `error`: the kind of failure."""

    port: PortName
    failed: str
    instead: str
    error: str


@dataclass(frozen=True, slots=True)
class HistorySummarised:
    """The model is told `summary` instead of the first `messages_before` messages of the conversation.

    Messages count from the session's history on, without a summary that it began with.
    """

    summary: str
    messages_before: int


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """One utterance by one side. Sent again with the same index when more of it is known.

    Times count from the start of the call. `heard_text` is what the caller can have heard of `text`.
    `understood` is False where the model said that it could make nothing of the caller's words.
    `is_filler`: a few words said only so that the caller does not wait in silence.
    """

    index: int
    role: Role
    text: str
    heard_text: str
    interrupted: bool
    started_at_ms: float
    ended_at_ms: float | None
    is_complete: bool
    words: tuple[WordTime, ...] = ()
    alternatives: tuple[str, ...] = ()
    latency: TurnLatency | None = None
    understood: bool = True
    timeline: TurnTimeline | None = None
    is_filler: bool = False
    tool: ToolRecord | None = None


@dataclass(frozen=True, slots=True)
class SessionCounters:
    """What was dropped, met a bound or was done for nothing during a call."""

    audio_in_dropped_ms: float = 0.0
    events_dropped: int = 0
    false_interruptions: int = 0
    interruptions: int = 0
    drafts_kept: int = 0
    drafts_dropped: int = 0
    # What was written for nobody in those that were dropped, and what of it was made into sound.
    drafted_in_vain_characters: int = 0
    spoken_in_vain_characters: int = 0
    # How often another provider took over from one that had failed.
    provider_switches: int = 0


@dataclass(frozen=True, slots=True)
class UsageSoFar:
    """What the call has used until now, now and then: a process may die without an end."""

    usage: tuple[UsageLine, ...]


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """The last event of a session, exactly once."""

    reason: EndReason
    counters: SessionCounters
    duration_ms: float
    usage: tuple[UsageLine, ...] = ()


SessionEvent = (
    Connected
    | TranscriptOut
    | AudioOut
    | AudioStop
    | AudioEnd
    | ErrorOut
    | ToolAsked
    | ProviderSwitched
    | HistorySummarised
    | TurnRecord
    | UsageSoFar
    | SessionEnded
)
