"""The words between a socket and a session: ClientEvent comes in, SessionEvent goes out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from voice.core.audio import AudioFormat
from voice.core.errors import EndReason, RefusalCode
from voice.core.spec import Role
from voice.core.tools import ToolAnswered, ToolAsked, ToolRecord
from voice.core.turn_times import TurnLatency, TurnTimeline
from voice.core.usage import UsageLine

# The keys of a telephone. A to D are rare, but have tones of their own.
KEYS = frozenset("0123456789*#ABCD")


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
class Dtmf:
    """The caller pressed a key of the telephone: one of `KEYS`."""

    digit: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """The caller ended the call on purpose."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """The client sent something that its protocol does not know; the edge counts strikes."""

    code: RefusalCode
    message: str


ClientEvent = AudioIn | TextIn | Heard | InterruptIn | Dtmf | HangUp | ToolAnswered | Malformed


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
    # On the way here: what never came, and the pieces that came twice or too late.
    audio_in_lost_ms: float = 0.0
    audio_in_repeated: int = 0
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
class HandedOver:
    """The caller has heard that they are put through: `SessionEnded` follows, and somebody has to ring there.

    `to`: a number in E.164 or a SIP address. `ring_s`: how long it may ring before the caller comes back.
    """

    name: str
    to: str
    ring_s: int


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
    | HandedOver
    | SessionEnded
)
