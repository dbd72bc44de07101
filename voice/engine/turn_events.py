"""What the turn machine is told."""

from __future__ import annotations

from dataclasses import dataclass

from voice.core.errors import EndReason
from voice.core.events import HandedOver
from voice.core.ports import TurnSign
from voice.core.spec import FailedTransfer
from voice.engine.order import Order
from voice.engine.voice_detector import VoiceChange


@dataclass(frozen=True, slots=True)
class Began:
    """The session is live.

    The agent speaks first with a greeting, which the line about the recording goes before; or where the
    caller comes back from whom they were put through to. To a machine it says its message and nothing else.
    `doubt_ms`: for how long it may stay open what has answered a call of the agent's; longer, while that
    speaks on.
    """

    has_greeting: bool
    has_consent: bool = False
    back_from: FailedTransfer | None = None
    voicemail: str = ""
    doubt_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Words:
    """What the transcriber makes of the caller since its last final text."""

    text: str
    is_final: bool
    alternatives: tuple[str, ...] = ()
    sign: TurnSign | None = None


@dataclass(frozen=True, slots=True)
class Typed:
    """The caller wrote instead of speaking."""

    text: str


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """The caller pressed a key of the telephone; `is_hurried`: too soon after others to end a message."""

    key: str
    is_hurried: bool = False


@dataclass(frozen=True, slots=True)
class StopPressed:
    """The caller wants the agent to be quiet."""


@dataclass(frozen=True, slots=True)
class CallerHungUp:
    """The caller ended the call on purpose."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """Somebody outside the call has the agent say something."""

    order: Order


@dataclass(frozen=True, slots=True)
class PersonAnswered:
    """It is no machine that has answered the agent's call, or nobody knows."""


@dataclass(frozen=True, slots=True)
class EarLost:
    """The transcriber is gone and could not be had again."""


@dataclass(frozen=True, slots=True)
class EarReplaced:
    """Another transcriber listens now: it owes no final text for what the lost one was asked for."""


@dataclass(frozen=True, slots=True)
class ReplyReady:
    """The first audio is there. It waits for `ReleaseReply`, since the caller may just have gone on."""

    reply_id: int


@dataclass(frozen=True, slots=True)
class ReplyProgress:
    """More is being played; all of it will have been heard at `heard_by_ms`.

    `is_answer`: not a filler, nor words before a tool.
    """

    reply_id: int
    heard_by_ms: float
    is_answer: bool = True


@dataclass(frozen=True, slots=True)
class ReplyDone:
    """Everything that was to be said has been heard."""

    reply_id: int
    is_question: bool = False


@dataclass(frozen=True, slots=True)
class ReplyFailed:
    """Nothing could be played."""

    reply_id: int


@dataclass(frozen=True, slots=True)
class ReplyWorks:
    """Tools are carried out for it. It ends or goes on by `until_ms`."""

    reply_id: int
    until_ms: float


@dataclass(frozen=True, slots=True)
class ReplyParts:
    """Its last words are the call's. With `handover`, the caller is put through to somebody after them."""

    reply_id: int
    reason: EndReason
    handover: HandedOver | None = None


@dataclass(frozen=True, slots=True)
class ReplyGuarded:
    """From here on nothing may stop it, or something may again: it presses keys."""

    reply_id: int
    is_on: bool


# What a reply tells about itself.
ReplyNews = ReplyReady | ReplyProgress | ReplyWorks | ReplyGuarded | ReplyParts | ReplyDone | ReplyFailed


@dataclass(frozen=True, slots=True)
class ResultCame:
    """Of a tool whose reply was cut before it could use it."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Nothing but time has passed."""


TurnEvent = (
    Began
    | VoiceChange
    | Words
    | Typed
    | KeyPressed
    | StopPressed
    | CallerHungUp
    | Ordered
    | PersonAnswered
    | EarLost
    | EarReplaced
    | ReplyNews
    | ResultCame
    | Tick
)
