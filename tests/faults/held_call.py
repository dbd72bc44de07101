"""Holds a call in which something goes wrong, and measures what its caller hears."""

from __future__ import annotations

from dataclasses import dataclass

from tests.fakes import FakeCall
from tests.fakes.call import LOUD
from tests.faults.scenarios import Scenario
from tests.faults.vendors import call_with, vendors
from voice.core.clock import now_ms
from voice.core.events import AudioEnd

GREETING = "Good morning."
# Where the call ends by itself, that takes three replies that fail.
MOST_QUESTIONS = 4
PATIENCE_MS = 20_000


@dataclass(frozen=True)
class Held:
    """`gap_ms`: the longest silence after the caller's last sound, until the agent had said all."""

    call: FakeCall
    gap_ms: float


async def hold(scenario: Scenario) -> Held:
    gap_ms = 0.0
    async with vendors() as made:
        scenario.arrange(made)
        async with call_with(made, greeting=GREETING) as call:
            began_ms = now_ms()
            await call.until(lambda: call.all(AudioEnd) or call.ended, PATIENCE_MS)
            gap_ms = call.longest_gap_ms(began_ms)
            for _ in range(MOST_QUESTIONS if scenario.ends else 1):
                if call.ended:
                    break
                gap_ms = max(gap_ms, await _ask(call, scenario.speaks_ms))
            if scenario.ends:
                await call.until(lambda: call.ended, PATIENCE_MS)
        return Held(call, gap_ms)


async def _ask(call: FakeCall, speaks_ms: int) -> float:
    await call.sounds(speaks_ms, LOUD)
    asked_ms, said = now_ms(), len(call.all(AudioEnd))
    await call.until(lambda: len(call.all(AudioEnd)) > said or call.ended, PATIENCE_MS)
    return call.longest_gap_ms(asked_ms)
