"""What the agent is saying or about to say, as the turn machine sees it."""

from __future__ import annotations

from dataclasses import dataclass

from voice.core.errors import EndReason
from voice.engine import turn_actions as act
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
    # Whoever told the agent to say it learns what became of it.
    order: Order | None = None
    is_ready: bool = False
    heard_by_ms: float = 0.0
