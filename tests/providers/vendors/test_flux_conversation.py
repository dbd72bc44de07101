"""A conversation that Flux listens to, from the caller's sound to the reply, in real time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes.call import LOUD, FakeCall, make_spec
from tests.fakes.model import FakeModel
from tests.providers.vendors.conftest import access_to
from tests.simulators.deepgram import FLUX_END_MS, DeepgramSimulator
from voice.core.events import AudioEnd
from voice.core.spec import SessionSpec, TranscriberSpec
from voice.providers.deepgram.transcriber import DeepgramTranscriber

# The simulator works in frames of 10 ms and the caller speaks in frames of 20; a busy machine adds some.
TOLERANCE_MS = 90.0


def spec() -> SessionSpec:
    found = make_spec()
    ear = TranscriberSpec("deepgram", "flux-general-en")
    return replace(found, agent=replace(found.agent, transcriber=ear))


async def test_a_turn_ends_when_flux_says_so_and_the_reply_is_prepared_before(
    deepgram: DeepgramSimulator,
) -> None:
    deepgram.script.append("when do you open on saturday")
    model = FakeModel("At ten.", first_token_ms=100)
    transcriber = DeepgramTranscriber(access_to(deepgram))
    async with FakeCall(spec(), model=model, transcriber=transcriber) as call:  # type: ignore[arg-type]
        await call.sounds(1_800, LOUD)
        await call.until(lambda: call.all(AudioEnd), limit_ms=5_000)
    took = call.agent_turns()[0].latency
    assert took is not None
    assert took.endpointing_ms == pytest.approx(FLUX_END_MS, abs=TOLERANCE_MS)
    assert [turn.text for turn in call.caller_turns()] == ["when do you open on saturday"]
    assert len(model.requests) == 1 and call.ended.counters.drafts_kept == 1
    told = [order["type"] for order in deepgram.requests[-1].messages]
    assert "ForceEndTurn" not in told  # it was asked when it had said so itself


async def test_a_caller_who_pauses_and_goes_on_is_answered_once_and_to_all_of_it(
    deepgram: DeepgramSimulator,
) -> None:
    deepgram.script.extend(["when do you open", "on a sunday in may"])
    model = FakeModel("To the first half.", "To all of it.", first_token_ms=20)
    transcriber = DeepgramTranscriber(access_to(deepgram))
    async with FakeCall(spec(), model=model, transcriber=transcriber) as call:  # type: ignore[arg-type]
        await call.sounds(1_200, LOUD)
        await call.waits(140)
        await call.sounds(1_500, LOUD)
        await call.until(lambda: call.all(AudioEnd), limit_ms=5_000)
    assert [turn.text for turn in call.caller_turns()] == ["when do you open on a sunday in may"]
    assert [turn.text for turn in call.agent_turns()] == ["To all of it."]
    assert call.ended.counters.drafts_dropped == 1
