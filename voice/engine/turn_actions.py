"""What the turn machine asks for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from voice.core.errors import EndReason
from voice.core.events import HandedOver
from voice.engine.lines import Line
from voice.engine.order import Order, OrderOutcome


class Utterance(StrEnum):
    CONSENT = "consent"
    GREETING = "greeting"
    REPLY = "reply"
    LINE = "line"


@dataclass(frozen=True, slots=True)
class BeginSpeech:
    """Tell the transcriber that the caller has begun to speak."""


@dataclass(frozen=True, slots=True)
class Finalize:
    """Ask the transcriber for its final word."""


@dataclass(frozen=True, slots=True)
class ShowCaller:
    """What the caller is saying, for the client's eyes. `turn` is the turn's number in the call."""

    turn: int
    text: str


@dataclass(frozen=True, slots=True)
class TakeBackCaller:
    """Nothing has been said after all: what was shown since the turn was last committed is void."""

    turn: int


@dataclass(frozen=True, slots=True)
class CommitTurn:
    """The caller's turn is over. Comes again with a longer text when the caller went on before the reply."""

    turn: int
    text: str
    alternatives: tuple[str, ...]
    started_ms: float
    # None for a typed turn, which has no sound to measure from.
    last_speech_ms: float | None
    final_at_ms: float | None
    decided_ms: float


@dataclass(frozen=True, slots=True)
class AmendTurn:
    """The final transcript of a committed turn came late and reads otherwise."""

    turn: int
    text: str
    alternatives: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StartReply:
    """Begin to prepare an utterance. Nothing of it may sound before `ReleaseReply`."""

    reply_id: int
    utterance: Utterance
    line: Line | None = None
    # What to say where it is neither a line nor the greeting nor the model's to write.
    text: str = ""


@dataclass(frozen=True, slots=True)
class StartDraft:
    """Begin to prepare the reply to words that may not be all; nothing of it is anybody's business yet.

    `is_longer`: they continue a turn that was committed before.
    """

    reply_id: int
    text: str
    alternatives: tuple[str, ...]
    is_longer: bool


@dataclass(frozen=True, slots=True)
class AdoptDraft:
    """Those words were all: what was prepared is the reply."""

    reply_id: int


@dataclass(frozen=True, slots=True)
class DropDraft:
    reply_id: int


@dataclass(frozen=True, slots=True)
class ReleaseReply:
    reply_id: int


@dataclass(frozen=True, slots=True)
class PauseReply:
    """Fall silent at once, but remember where."""

    reply_id: int


@dataclass(frozen=True, slots=True)
class ResumeReply:
    """It was nothing: go on from what was heard."""

    reply_id: int


@dataclass(frozen=True, slots=True)
class CutReply:
    """The utterance ends with what has been heard of it. `by_caller`: because the caller spoke or asked."""

    reply_id: int
    by_caller: bool


@dataclass(frozen=True, slots=True)
class DropReply:
    """Forget an utterance of which nothing has sounded."""

    reply_id: int


@dataclass(frozen=True, slots=True)
class SettleOrder:
    """Tell whoever gave the order what became of it."""

    order: Order
    outcome: OrderOutcome


@dataclass(frozen=True, slots=True)
class SayFiller:
    """The caller has waited for long: a few words, before what the reply will say."""

    reply_id: int


@dataclass(frozen=True, slots=True)
class EndCall:
    reason: EndReason
    handover: HandedOver | None = None


TurnAction = (
    BeginSpeech
    | Finalize
    | ShowCaller
    | TakeBackCaller
    | CommitTurn
    | AmendTurn
    | StartReply
    | StartDraft
    | AdoptDraft
    | DropDraft
    | ReleaseReply
    | PauseReply
    | ResumeReply
    | CutReply
    | DropReply
    | SettleOrder
    | SayFiller
    | EndCall
)
