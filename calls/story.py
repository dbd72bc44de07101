"""One call as its page tells it: utterances with their waterfalls, and between them what else happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from calls.models import Turn
from calls.switches import Switch
from calls.tool_labels import tool_label
from calls.waterfall import Happening, Waterfall, waterfall


@dataclass(frozen=True, slots=True)
class Passage:
    """Either an utterance, with its waterfall if it answered somebody, or a provider that took over."""

    at_ms: float
    turn: Turn | None = None
    waterfall: Waterfall | None = None
    switch: Switch | None = None


def story(turns: Sequence[Turn], switches: Sequence[Switch]) -> list[Passage]:
    """In the order of the call. `turns` are in order; a switch comes before what began after it."""
    happened = [Happening(switch.at_ms, "switch", switch.sentence) for switch in switches]
    happened += [
        Happening(turn.started_at_ms, "tool", f"Tool asked: {tool_label(turn.tool['name'])}")
        for turn in turns
        if turn.tool
    ]
    happened.sort(key=lambda each: each.at_ms)
    told: list[Passage] = []
    waiting = sorted(switches, key=lambda switch: switch.at_ms)
    for turn in turns:
        while waiting and waiting[0].at_ms <= turn.started_at_ms:
            told.append(_passage(waiting.pop(0)))
        told.append(Passage(turn.started_at_ms, turn=turn, waterfall=waterfall(turn.timeline, happened)))
    return told + [_passage(switch) for switch in waiting]


def _passage(switch: Switch) -> Passage:
    return Passage(switch.at_ms, switch=switch)
