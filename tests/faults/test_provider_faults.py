"""Each way in which a provider can fail in a call, over real sockets: what is heard, recorded and charged."""

from __future__ import annotations

import pytest

from tests.faults.held_call import GREETING, hold
from tests.faults.scenarios import SCENARIOS, Scenario
from tests.faults.vendors import ANSWER, QUESTION
from voice.core.events import ProviderSwitched, SessionEnded
from voice.core.spec import Role
from voice.core.usage import Meter
from voice.engine.lines import Line, line

# Half the words, doubled or lost, would be more than this. Machines that are busy stretch it.
GAP_MS = 4_000.0
RECORDED = {line(each, "en-US") for each in (Line.APOLOGY, Line.CANNOT_HEAR)}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.name)
async def test_a_fault_costs_a_pause_at_most(scenario: Scenario) -> None:
    held = await hold(scenario)
    call = held.call
    assert len(call.all(SessionEnded)) == 1 and call.ended is not None
    usage = {(each.meter, each.provider): each for each in call.ended.usage}
    if scenario.ends is not None:
        assert call.ended.reason.code is scenario.ends
        assert call.transcripts(Role.AGENT)[-1] in RECORDED
        assert call.agent_turns()[-1].heard_text in RECORDED
        assert not any(each.used for each in call.ended.usage if each.meter is Meter.MODEL_INPUT_TOKENS)
        return
    assert call.transcripts(Role.USER) == [QUESTION]
    assert [turn.heard_text for turn in call.agent_turns()] == [GREETING, ANSWER]
    assert not any(turn.interrupted for turn in call.agent_turns())
    switches = {switch.port: switch.instead for switch in call.all(ProviderSwitched)}
    assert switches == scenario.switched
    for unused in scenario.unused:
        assert unused not in usage or not usage[unused].used
    spoken = sum(each.used for each in call.ended.usage if each.meter is Meter.VOICE_CHARACTERS)
    # Digits and clock times may be spelt out for a voice.
    assert 0.8 * len(GREETING + ANSWER) <= spoken <= 1.3 * len(GREETING + ANSWER)
    assert held.gap_ms < GAP_MS
