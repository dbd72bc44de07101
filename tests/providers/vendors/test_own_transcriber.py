"""Transcription by a server of one's own, which hears files: utterance by utterance, over a real socket."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace

import numpy as np
import pytest

from tests.providers.vendors.conftest import KEY, access_to
from tests.simulators.openai import FIRST_HZ, STEP_HZ, OpenAISimulator
from tests.simulators.server import Fault
from voice.core.audio import MP3_24000, PCM_16000
from voice.core.errors import (
    CredentialsError,
    NonsenseError,
    RateLimitError,
    RequestError,
    UnreachableError,
)
from voice.core.ports import Transcript
from voice.core.spec import AgentSpec, TranscriberSpec
from voice.providers import answer_size
from voice.providers.openai_compatible import stream as own_stream
from voice.providers.openai_compatible import transcriber as own_transcriber
from voice.providers.openai_compatible.stream import UtteranceStream
from voice.providers.openai_compatible.transcriber import OpenAICompatibleTranscriber

LIMIT_S = 5.0


def said(line: int, duration_ms: float) -> bytes:
    """Sound that says a line of the script."""
    time_s = np.arange(int(16 * duration_ms)) / 16_000
    return (5000 * np.sin(2 * np.pi * (FIRST_HZ + line * STEP_HZ) * time_s)).astype("<i2").tobytes()


def silence(duration_ms: float) -> bytes:
    return bytes(PCM_16000.size_bytes(duration_ms))


@pytest.fixture
def agent(agent: AgentSpec) -> AgentSpec:
    return replace(
        agent,
        transcriber=TranscriberSpec("openai_compatible", "whisper-small", ("Bright Dental", "Invisalign")),
    )


@pytest.fixture
async def server() -> AsyncIterator[OpenAISimulator]:
    async with OpenAISimulator() as server:
        server.script = ["I would like to book a table.", "For two, please.", "Thanks."]
        yield server


@pytest.fixture
async def ear(server: OpenAISimulator) -> AsyncIterator[OpenAICompatibleTranscriber]:
    ear = OpenAICompatibleTranscriber(access_to(server))
    yield ear
    await ear.aclose()


@pytest.fixture
async def stream(ear: OpenAICompatibleTranscriber, agent: AgentSpec) -> AsyncIterator[UtteranceStream]:
    stream = await ear.open(agent, PCM_16000)
    yield stream
    await stream.aclose()


def send(stream: UtteranceStream, *parts: bytes) -> None:
    for part in parts:
        for start in range(0, len(part), 640):
            stream.send(part[start : start + 640])


def say(stream: UtteranceStream, line: int, duration_ms: float = 2100) -> None:
    """As the engine tells of it: the voice is noticed when it has begun, and asked for in the pause."""
    sound = said(line, duration_ms)
    send(stream, silence(600), sound[:6400])
    stream.begin_speech()
    send(stream, sound[6400:], silence(200))
    stream.finalize()


async def final(stream: UtteranceStream) -> Transcript:
    async with asyncio.timeout(LIMIT_S):
        async for transcript in stream:
            if transcript.is_final:
                return transcript
    raise AssertionError("the stream ended")


def heard(server: OpenAISimulator) -> list[dict[str, str]]:
    return [request.body for request in server.requests if request.path.endswith("transcriptions")]


async def test_an_utterance_is_heard_from_its_onset_and_answered_once(
    server: OpenAISimulator, stream: UtteranceStream
) -> None:
    say(stream, 0)
    assert await final(stream) == Transcript("I would like to book a table.", is_final=True)
    asked = heard(server)[-1]
    assert asked["model"] == "whisper-small"
    assert asked["language"] == "en"
    assert asked["prompt"] == "Bright Dental, Invisalign"


async def test_what_is_being_said_is_guessed_at_and_the_final_waits_for_no_guess(
    server: OpenAISimulator, stream: UtteranceStream
) -> None:
    sound = said(0, 3000)
    stream.begin_speech()
    send(stream, sound[: PCM_16000.size_bytes(1100)])
    async with asyncio.timeout(LIMIT_S):
        assert await anext(stream) == Transcript("I would like to", is_final=False)
    server.hearing_ms = 10_000
    send(stream, sound[PCM_16000.size_bytes(1100) :])
    await asyncio.sleep(0.05)
    assert len(heard(server)) == 2
    server.hearing_ms = 0
    stream.finalize()
    assert (await final(stream)).text == "I would like to book a table."
    async with asyncio.timeout(2):  # the guess was taken back at the server too
        await server.requests[-2].abortion.wait()


async def test_requests_are_answered_in_order_and_each_with_its_own_utterance(
    server: OpenAISimulator, stream: UtteranceStream
) -> None:
    server.hearing_ms = 50
    for line in range(3):
        say(stream, line)
    assert [(await final(stream)).text for _ in range(3)] == [
        "I would like to book a table.",
        "For two, please.",
        "Thanks.",
    ]


async def test_a_pause_without_a_voice_is_answered_at_once_and_costs_nothing(
    server: OpenAISimulator, stream: UtteranceStream
) -> None:
    send(stream, silence(2000))
    stream.finalize()
    assert await final(stream) == Transcript("", is_final=True)
    assert not heard(server)


async def test_what_a_model_hears_in_silence_is_no_word(
    server: OpenAISimulator, stream: UtteranceStream
) -> None:
    stream.begin_speech()  # a door, say
    send(stream, silence(800))
    stream.finalize()
    assert (await final(stream)).text == ""
    assert len(heard(server)) == 1


async def test_a_server_that_tells_no_doubts_is_asked_plainly_from_then_on(
    server: OpenAISimulator, stream: UtteranceStream
) -> None:
    server.is_verbose = False
    for _ in range(2):
        say(stream, 2, 900)
        assert (await final(stream)).text == "Thanks."
    assert [asked["response_format"] for asked in heard(server)] == ["verbose_json", "json", "json"]


async def test_a_server_without_a_list_of_models_is_used_all_the_same(
    server: OpenAISimulator, ear: OpenAICompatibleTranscriber, agent: AgentSpec
) -> None:
    server.has_model_list = False
    stream = await ear.open(agent, PCM_16000)
    say(stream, 2, 900)
    assert (await final(stream)).text == "Thanks."
    await stream.aclose()


async def test_one_connection_serves_call_after_call(
    server: OpenAISimulator, ear: OpenAICompatibleTranscriber, agent: AgentSpec
) -> None:
    for _ in range(2):
        stream = await ear.open(agent, PCM_16000)
        say(stream, 2, 900)
        await final(stream)
        await stream.aclose()
    assert len(server.connections) == 1


async def test_a_server_that_is_too_slow_costs_no_memory_and_every_request_keeps_its_answer(
    server: OpenAISimulator, stream: UtteranceStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_stream, "MOST_WAITING", 2)
    server.hearing_ms = 100
    for line in (0, 1, 2):
        say(stream, line)
    texts = [(await final(stream)).text for _ in range(3)]
    assert texts == ["I would like to book a table.", "", "Thanks."]
    assert stream.dropped_ms > 2000


async def test_an_utterance_without_an_end_costs_no_memory(stream: UtteranceStream) -> None:
    stream._may_guess = False
    stream.begin_speech()
    for _ in range(60):
        send(stream, said(0, 1000))
    assert stream.dropped_ms == pytest.approx(30_000, abs=100)


REFUSALS: list[tuple[Fault, type[Exception]]] = [
    (Fault(status=401), CredentialsError),
    (Fault(status=429, headers={"retry-after": "7"}), RateLimitError),
    (Fault(status=404), RequestError),
    (Fault(status=503), UnreachableError),
    (Fault(cut_after=1), UnreachableError),
    (Fault(garbage=True), NonsenseError),
]


@pytest.mark.parametrize(("fault", "expected"), REFUSALS, ids=["401", "429", "404", "503", "cut", "garbage"])
async def test_what_goes_wrong_ends_the_listening_with_a_name(
    server: OpenAISimulator, stream: UtteranceStream, fault: Fault, expected: type[Exception]
) -> None:
    server.faults.append(fault)
    say(stream, 2, 900)
    with pytest.raises(expected) as caught:
        await final(stream)
    assert KEY not in str(caught.value)


async def test_an_answer_without_an_end_costs_no_memory(
    server: OpenAISimulator, stream: UtteranceStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer_size, "LARGEST_ANSWER_BYTES", 200_000)
    server.faults.append(Fault(endless=True))
    say(stream, 2, 900)
    with pytest.raises(NonsenseError, match="too large"):
        await final(stream)
    await asyncio.sleep(0.05)


async def test_a_server_that_stalls_is_given_up(
    server: OpenAISimulator, stream: UtteranceStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_transcriber, "ANSWER_LIMIT_S", 0.2)
    server.faults.append(Fault(stalls=True))
    say(stream, 2, 900)
    with pytest.raises(UnreachableError, match="in time"):
        await final(stream)


async def test_a_guess_that_fails_is_the_last_and_loses_nothing_and_the_log_repeats_no_words(
    server: OpenAISimulator, stream: UtteranceStream, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    server.faults.append(Fault(status=429, body={"error": {"message": "Too long: I am Ada Lovelace"}}))
    sound = said(0, 3000)
    stream.begin_speech()
    send(stream, sound[: PCM_16000.size_bytes(1100)])
    await asyncio.sleep(0.1)
    send(stream, sound[PCM_16000.size_bytes(1100) :])
    stream.finalize()
    assert (await final(stream)).text == "I would like to book a table."
    assert len(heard(server)) == 2
    assert "no more guesses" in caplog.text and "Ada" not in caplog.text


async def test_half_a_character_is_left_out_of_what_is_heard(
    server: OpenAISimulator, stream: UtteranceStream
) -> None:
    """No model could be told it, for as long as the call lasts."""
    server.script = ["A table \ud83d please."]
    say(stream, 0, 900)
    assert (await final(stream)).text == "A table please."


async def test_a_wrong_key_or_nobody_there_is_found_when_the_call_begins(
    server: OpenAISimulator, agent: AgentSpec
) -> None:
    for key, expected in (("bad", CredentialsError), (KEY, UnreachableError)):
        ear = OpenAICompatibleTranscriber(access_to(server, key))
        if key == KEY:
            await server.stop()
        with pytest.raises(expected):
            await ear.open(agent, PCM_16000)
        await ear.aclose()


async def test_what_it_cannot_hear_is_refused_before_anybody_is_called(
    server: OpenAISimulator, ear: OpenAICompatibleTranscriber, agent: AgentSpec
) -> None:
    with pytest.raises(RequestError):
        await ear.open(agent, MP3_24000)
    assert not server.requests
