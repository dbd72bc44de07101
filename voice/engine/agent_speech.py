"""What the agent is saying or about to say, as the turn machine sees it."""

from __future__ import annotations

from dataclasses import dataclass

from voice.core.errors import EndReason
from voice.core.events import HandedOver
from voice.engine import turn_actions as act
from voice.engine.caller_turn import CallerTurn
from voice.engine.lines import Line
from voice.engine.order import Order


@dataclass(slots=True)
class Speech:
    id: int
    kind: act.Utterance
    line: Line | None
    asked_ms: float
    # Neither voice nor text of the caller may stop it.
    is_protected: bool = False
    # The call is over when this has been heard.
    ends_call: EndReason | None = None
    handover: HandedOver | None = None
    # And from its first sound on nobody may stop it.
    is_last_word: bool = False
    # Whoever told the agent to say it learns what became of it.
    order: Order | None = None
    is_ready: bool = False
    heard_by_ms: float = 0.0
    # What has sounded last was a filler, or words before a tool: the caller still waits.
    is_answer_owed: bool = False
    # The turn that it answers, once it has begun to sound and more words of the caller are another one.
    question: CallerTurn | None = None
    # A tool has been called for it; each has a limit of its own, by which this one still lives.
    uses_tools: bool = False
    works_until_ms: float = 0.0
    fillers: int = 0
    filled_at_ms: float | None = None

    def sounds(self, now_ms: float) -> None:
        """It begins, or goes on."""
        self.heard_by_ms = now_ms
        self.is_protected |= self.is_last_word

    def parts_after(self, reason: EndReason, handover: HandedOver | None, *, is_sounding: bool) -> None:
        """Who speaks over what has begun to sound of the last words changes nothing.

        Nor does it, sounding or not, where the caller is put through.
        """
        self.ends_call, self.handover, self.is_last_word = reason, handover, True
        self.is_protected |= is_sounding or handover is not None
