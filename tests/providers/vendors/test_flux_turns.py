"""Flux tells when a turn begins, may be over, goes on and is over: each is told on, with its words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.providers.vendors.conftest import access_to
from tests.providers.vendors.test_transcribers import LIMIT_S, final, say, silence, speech
from tests.simulators.deepgram import DeepgramSimulator
from voice.core.audio import PCM_16000
from voice.core.ports import Transcript, TurnSign
from voice.core.spec import AgentSpec
from voice.providers.deepgram.connection import PATIENCE_S, DeepgramConnection
from voice.providers.deepgram.transcriber import DeepgramTranscriber


@pytest.fixture
def agent(agent: AgentSpec) -> AgentSpec:
    return replace(agent, transcriber=replace(agent.transcriber, model="flux-general-en"))


@pytest.fixture
async def stream(deepgram: DeepgramSimulator, agent: AgentSpec) -> AsyncIterator[DeepgramConnection]:
    stream = await DeepgramTranscriber(access_to(deepgram)).open(agent, PCM_16000)
    yield stream
    await stream.aclose()


async def signs(stream: DeepgramConnection, until: TurnSign) -> list[tuple[TurnSign, str]]:
    """As a listener in time sees them; the sound of the others is not waited for."""
    found: list[tuple[TurnSign, str]] = []
    async with asyncio.timeout(LIMIT_S):
        async for transcript in stream:
            if transcript.sign is not None:
                found.append((transcript.sign, transcript.text))
            if transcript.sign is until:
                return found
    raise AssertionError("the stream ended")


async def test_a_turn_that_pauses_and_goes_on_is_told_step_by_step(
    deepgram: DeepgramSimulator, stream: DeepgramConnection
) -> None:
    deepgram.script.extend(["I would like", "to book a table."])
    listening = asyncio.create_task(signs(stream, TurnSign.OVER))
    for part in (speech(900), silence(150), speech(1200), silence(400)):
        for start in range(0, len(part), 640):
            say(stream, part[start : start + 640])
            await asyncio.sleep(0.001)
    assert await listening == [
        (TurnSign.BEGUN, "I"),
        (TurnSign.LIKELY_OVER, "I would like"),
        (TurnSign.RESUMED, "I would like"),
        (TurnSign.LIKELY_OVER, "I would like to book a table."),
        (TurnSign.OVER, "I would like to book a table."),
    ]


async def test_a_sign_is_not_lost_to_a_listener_who_is_late(
    deepgram: DeepgramSimulator, stream: DeepgramConnection
) -> None:
    deepgram.script.append("Hello there.")
    say(stream, speech(600), silence(400))
    await asyncio.sleep(0.2)
    async with asyncio.timeout(LIMIT_S):
        assert await anext(stream) == Transcript("Hello there.", is_final=False, sign=TurnSign.OVER)


async def test_what_is_over_is_final_as_soon_as_that_is_asked_for(
    deepgram: DeepgramSimulator, stream: DeepgramConnection
) -> None:
    deepgram.script.extend(["Hello there.", "Are you open?"])
    stream.begin_speech()
    say(stream, speech(600), silence(500))
    await signs(stream, TurnSign.OVER)
    stream.finalize()
    assert await asyncio.wait_for(anext(stream), 0.05) == Transcript("Hello there.", is_final=True)
    say(stream, silence(300))
    stream.begin_speech()
    say(stream, speech(600), silence(100))
    stream.finalize()
    assert (await final(stream)).text == "Are you open?"


async def test_a_request_that_comes_just_too_late_is_answered_by_the_end_of_the_turn(
    deepgram: DeepgramSimulator, stream: DeepgramConnection
) -> None:
    deepgram.final_ms = 150
    deepgram.script.append("Hello there.")
    say(stream, speech(600), silence(300))
    await asyncio.sleep(0.1)  # it is over there, and not yet known here
    stream.finalize()
    started = asyncio.get_running_loop().time()
    told = await final(stream)
    assert told == Transcript("Hello there.", is_final=True, sign=TurnSign.OVER)
    assert asyncio.get_running_loop().time() - started < PATIENCE_S / 2


async def test_an_end_that_was_asked_for_says_nothing_about_the_turn(
    deepgram: DeepgramSimulator, stream: DeepgramConnection
) -> None:
    deepgram.script.append("My number is")
    say(stream, speech(900), silence(100))
    stream.finalize()
    assert (await final(stream)).sign is None


@pytest.mark.parametrize(
    ("drafts", "early", "told"), [(True, 0.9, "0.6"), (True, 0.4, "0.4"), (False, 0.4, None)]
)
async def test_how_sure_it_must_be_is_the_agents_to_say(
    deepgram: DeepgramSimulator, agent: AgentSpec, drafts: bool, early: float, told: str | None
) -> None:
    turns = replace(agent.turn_taking, end_confidence=0.6, early_end_confidence=early, drafts=drafts)
    agent = replace(agent, turn_taking=turns)
    stream = await DeepgramTranscriber(access_to(deepgram)).open(agent, PCM_16000)
    await stream.aclose()
    assert deepgram.requests[-1].query["eot_threshold"] == "0.6"
    assert deepgram.requests[-1].query.get("eager_eot_threshold") == told
