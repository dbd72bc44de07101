"""Whole calls by lot: whatever the caller does and however late the text, no word is lost or doubled."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.engine.whole_call import WholeCall
from tests.fakes.caller_script import MURMUR
from voice.core.spec import TurnTakingSpec
from voice.engine.agent_state import AgentState

BATCHES = 8
CALLS_A_BATCH = 100
# Beside a final transcript that comes in time, and the detector's own 160 ms.
LONGEST_SILENCE_MS = TurnTakingSpec().resume_ms + 450.0


@pytest.fixture(scope="module", params=range(BATCHES))
def calls(request: pytest.FixtureRequest) -> dict[int, WholeCall]:
    """A batch of them, held, by seed."""
    seeds = range(request.param * CALLS_A_BATCH, (request.param + 1) * CALLS_A_BATCH)
    made = {seed: WholeCall(seed) for seed in seeds}
    for call in made.values():
        call.hold()
    return made


def test_every_word_that_was_heard_stands_in_one_turn(calls: dict[int, WholeCall]) -> None:
    turns = 0
    for seed, call in calls.items():
        told = Counter(
            word for text in call.turns.values() for word in text.split() if word.startswith("word")
        )
        heard = {word for word in call.heard if word != MURMUR}
        assert heard <= set(told), f"lost in call {seed}"
        assert max(told.values(), default=1) == 1, f"told twice in call {seed}"
        turns += len(call.turns)
    assert turns > CALLS_A_BATCH, "the calls are conversations"


def test_the_agent_never_stays_silent_in_the_midst_of_its_words(calls: dict[int, WholeCall]) -> None:
    silences_ms: list[float] = []
    for seed, call in calls.items():
        assert call.machine.floor.agent is not AgentState.YIELDED, f"silent at the end of call {seed}"
        if not call.is_slow:
            assert max(call.silences_ms, default=0.0) <= LONGEST_SILENCE_MS, f"silent in call {seed}"
            silences_ms += call.silences_ms
    assert len(silences_ms) > 10, "the agent was made to yield"
