"""What every transcriber of a vendor keeps to, spoken to over a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import numpy as np
import pytest

from tests.providers.vendors.conftest import KEY, access_to
from tests.simulators.deepgram import DeepgramSimulator
from tests.simulators.server import Fault
from voice.core.audio import MP3_24000, PCM_16000
from voice.core.errors import CredentialsError, NonsenseError, RateLimitError, RequestError, UnreachableError
from voice.core.ports import Transcript
from voice.core.spec import AgentSpec, TranscriberSpec
from voice.providers.deepgram import connection as deepgram_stream
from voice.providers.deepgram.connection import DeepgramConnection
from voice.providers.deepgram.transcriber import DeepgramTranscriber

LIMIT_S = 5.0


def speech(duration_ms: float) -> bytes:
    time_s = np.arange(int(16 * duration_ms)) / 16_000
    return (5000 * np.sin(2 * np.pi * 200 * time_s)).astype("<i2").tobytes()


def silence(duration_ms: float) -> bytes:
    return bytes(PCM_16000.size_bytes(duration_ms))


@pytest.fixture(params=["nova-3", "flux-general-en"])
def agent(request: pytest.FixtureRequest, agent: AgentSpec) -> AgentSpec:
    """Of both generations of the protocol."""
    return replace(agent, transcriber=replace(agent.transcriber, model=request.param))


@pytest.fixture
async def stream(deepgram: DeepgramSimulator, agent: AgentSpec) -> AsyncIterator[DeepgramConnection]:
    stream = await DeepgramTranscriber(access_to(deepgram)).open(agent, PCM_16000)
    yield stream
    await stream.aclose()


async def final(stream: DeepgramConnection) -> Transcript:
    async with asyncio.timeout(LIMIT_S):
        async for transcript in stream:
            if transcript.is_final:
                return transcript
    raise AssertionError("the stream ended")


def say(stream: DeepgramConnection, *parts: bytes) -> None:
    for part in parts:
        for start in range(0, len(part), 640):
            stream.send(part[start : start + 640])


async def test_a_pause_that_is_asked_about_gives_one_final_transcript(
    deepgram: DeepgramSimulator, stream: DeepgramConnection
) -> None:
    deepgram.script.append("I would like to book a table.")
    say(stream, speech(1500), silence(200))
    stream.finalize()
    assert await final(stream) == Transcript("I would like to book a table.", is_final=True)


async def test_what_is_being_said_is_told_while_it_is_said(
    deepgram: DeepgramSimulator, stream: DeepgramConnection
) -> None:
    deepgram.script.append("I would like to book a table.")
    said = []
    for _ in range(15):
        say(stream, speech(100))
        await asyncio.sleep(0.01)
        while stream._results:
            said.append(await anext(stream))
    assert not any(transcript.is_final for transcript in said)
    assert [transcript.text for transcript in said][-1].startswith("I would like to")
    assert len({transcript.text for transcript in said}) >= 3


async def test_what_the_vendor_has_settled_by_itself_is_part_of_the_final_and_told_once(
    deepgram: DeepgramSimulator, stream: DeepgramConnection
) -> None:
    deepgram.script.extend(["My number is", "four two."])
    say(stream, speech(900), silence(400), speech(600), silence(200))
    stream.finalize()
    assert (await final(stream)).text == "My number is four two."
    deepgram.script.append("Thanks.")
    say(stream, speech(500), silence(200))
    stream.finalize()
    assert (await final(stream)).text == "Thanks."


async def test_each_request_is_answered_once_and_in_order(
    deepgram: DeepgramSimulator, stream: DeepgramConnection
) -> None:
    deepgram.final_ms = 100
    deepgram.script.extend(["One.", "Two.", "Three."])
    for _ in range(3):
        say(stream, speech(400), silence(100))
        stream.finalize()
    assert [(await final(stream)).text for _ in range(3)] == ["One.", "Two.", "Three."]


@pytest.mark.parametrize("answers", [True, False])
async def test_a_request_after_nothing_was_said_gets_an_empty_final(
    deepgram: DeepgramSimulator, stream: DeepgramConnection, answers: bool
) -> None:
    deepgram.answers_empty_finalize = answers
    say(stream, silence(500))
    stream.finalize()
    assert (await final(stream)).text == ""


async def test_an_answer_that_does_not_come_is_made_of_the_guess_and_not_told_again_when_it_does(
    deepgram: DeepgramSimulator, stream: DeepgramConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deepgram_stream, "PATIENCE_S", 0.1)
    deepgram.final_ms = 400
    deepgram.word_ms = 100
    deepgram.script.extend(["Book a table", "for two."])
    say(stream, speech(300), silence(160))
    async with asyncio.timeout(LIMIT_S):
        while (await anext(stream)).text != "Book a table":
            pass
    stream.finalize()
    assert (await final(stream)).text == "Book a table"
    await asyncio.sleep(0.5)  # its own answer comes, and is no news
    monkeypatch.undo()
    say(stream, speech(300), silence(160))
    stream.finalize()
    assert (await final(stream)).text == "for two."


async def test_silence_for_a_while_does_not_lose_the_connection(
    deepgram: DeepgramSimulator, agent: AgentSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deepgram_stream, "KEEP_ALIVE_S", 0.1)
    deepgram.idle_s = 0.3
    stream = await DeepgramTranscriber(access_to(deepgram)).open(agent, PCM_16000)
    await asyncio.sleep(0.8)
    deepgram.script.append("Still here.")
    say(stream, speech(500), silence(200))
    stream.finalize()
    assert (await final(stream)).text == "Still here."
    kinds = {order["type"] for order in deepgram.requests[-1].messages}
    assert ("KeepAlive" in kinds) is (agent.transcriber.model == "nova-3")  # the other one is sent silence
    await stream.aclose()
    assert deepgram.requests[-1].messages[-1]["type"] == "CloseStream"


async def test_the_vendor_is_told_what_to_listen_for(
    deepgram: DeepgramSimulator, stream: DeepgramConnection, agent: AgentSpec
) -> None:
    request = deepgram.requests[-1]
    assert request.query["model"] == agent.transcriber.model
    assert request.query["encoding"] == "linear16"
    assert request.query["sample_rate"] == "16000"
    if agent.transcriber.model == "nova-3":
        assert request.query["no_delay"] == "true"
        assert request.query["language"] == "en-US"
    assert request.headers["authorization"] == f"Token {KEY}"


async def test_a_lost_connection_ends_the_listening_with_a_name(
    deepgram: DeepgramSimulator, agent: AgentSpec
) -> None:
    deepgram.faults.append(Fault(cut_after=1))
    deepgram.script.append("I would like to book a table.")
    stream = await DeepgramTranscriber(access_to(deepgram)).open(agent, PCM_16000)
    say(stream, speech(1500))
    with pytest.raises(UnreachableError):
        await final(stream)
    await stream.aclose()


async def test_garbage_has_a_name(deepgram: DeepgramSimulator, agent: AgentSpec) -> None:
    deepgram.faults.append(Fault(garbage=True))
    deepgram.script.append("Hello.")
    stream = await DeepgramTranscriber(access_to(deepgram)).open(agent, PCM_16000)
    say(stream, speech(500), silence(200))
    stream.finalize()
    with pytest.raises(NonsenseError):
        await final(stream)
    await stream.aclose()


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault(status=401), CredentialsError),
        (Fault(status=429), RateLimitError),
        (Fault(status=400), RequestError),
        (Fault(status=503), UnreachableError),
    ],
    ids=["401", "429", "400", "503"],
)
async def test_a_refused_connection_has_a_name_and_shows_no_key(
    deepgram: DeepgramSimulator, agent: AgentSpec, fault: Fault, expected: type[Exception]
) -> None:
    deepgram.faults.append(fault)
    with pytest.raises(expected) as caught:
        await DeepgramTranscriber(access_to(deepgram)).open(agent, PCM_16000)
    assert "Invalid credentials." in str(caught.value)  # the vendor's own words
    assert caught.value.__suppress_context__
    assert KEY not in str(caught.value)


async def test_a_complaint_is_logged_by_its_kind_and_not_in_words_that_may_be_the_callers(
    deepgram: DeepgramSimulator, agent: AgentSpec, caplog: pytest.LogCaptureFixture
) -> None:
    stream = await DeepgramTranscriber(access_to(deepgram)).open(agent, PCM_16000)
    about = {"code": f"BAD {KEY}", "variant": f"BAD {KEY}", "description": "The caller said: my name is Ada"}
    try:
        if agent.transcriber.model == "nova-3":
            stream.read({"type": "Error", **about})
        else:
            with pytest.raises(UnreachableError) as caught:
                stream.read({"type": "Error", **about})
            assert KEY not in str(caught.value)
    finally:
        await stream.aclose()
    assert "deepgram complains: BAD [key]" in caplog.text
    assert "Ada" not in caplog.text and KEY not in caplog.text


async def test_nobody_there_has_a_name(deepgram: DeepgramSimulator, agent: AgentSpec) -> None:
    await deepgram.stop()
    with pytest.raises(UnreachableError):
        await DeepgramTranscriber(access_to(deepgram)).open(agent, PCM_16000)


async def test_what_it_cannot_hear_is_refused_before_anybody_is_called(
    deepgram: DeepgramSimulator, agent: AgentSpec
) -> None:
    with pytest.raises(RequestError):
        await DeepgramTranscriber(access_to(deepgram)).open(agent, MP3_24000)
    assert not deepgram.requests


async def test_a_vendor_that_reads_no_more_costs_no_memory_and_no_waiting(
    deepgram: DeepgramSimulator, agent: AgentSpec
) -> None:
    deepgram.faults.append(Fault(stalls=True))
    stream = await DeepgramTranscriber(access_to(deepgram)).open(agent, PCM_16000)
    for _ in range(5_000):  # more than the system's own buffers hold
        stream.send(silence(100))
    assert stream.dropped_ms >= 50_000
    async with asyncio.timeout(3):
        await stream.aclose()


@pytest.mark.parametrize(
    "message",
    [
        "no JSON",
        "[" * 100_000,
        '["Results"]',
        '{"type": "Results"}',
        '{"type": "Results", "channel": "words", "start": 0, "duration": 1}',
        '{"type": "Results", "channel": {"alternatives": ["words"]}, "start": 0, "duration": 1}',
        '{"type": "Results", "channel": {"alternatives": [{"transcript": "w"}]}, "start": {}, "duration": 1}',
        '{"type": "Results", "channel": {"alternatives": [{"transcript": "w", "words": ["w"]}]}, "start": 0,'
        ' "duration": 1}',
    ],
)
async def test_a_message_that_is_none_of_the_protocol_is_one_error_and_no_silence(
    deepgram: DeepgramSimulator, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    nova = AgentSpec(id="a1", version=1, name="Mia", transcriber=TranscriberSpec("deepgram", "nova-3"))
    stream = await DeepgramTranscriber(access_to(deepgram)).open(nova, PCM_16000)

    async def receive() -> str:
        return message

    try:
        monkeypatch.setattr(stream._socket._websocket, "recv", receive)
        say(stream, speech(100), silence(100))  # what it is waiting for comes first
        with pytest.raises(NonsenseError):
            await final(stream)
    finally:
        await stream.aclose()


async def test_what_flux_ends_a_connection_with_has_a_name(deepgram: DeepgramSimulator) -> None:
    flux = AgentSpec(
        id="a1", version=1, name="Mia", transcriber=TranscriberSpec("deepgram", "flux-general-en")
    )
    stream = await DeepgramTranscriber(access_to(deepgram)).open(flux, PCM_16000)
    await stream._socket._send({"type": "KeepAlive"})
    with pytest.raises(UnreachableError, match="UNPARSABLE_CLIENT_MESSAGE"):
        await final(stream)
    await stream.aclose()


async def test_requests_that_get_no_answer_are_given_up_one_after_the_other(
    deepgram: DeepgramSimulator, stream: DeepgramConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deepgram_stream, "PATIENCE_S", 0.3)
    monkeypatch.setattr(deepgram_stream, "EMPTY_PATIENCE_S", 0.1)
    deepgram.final_ms = 60_000
    deepgram.word_ms = 100
    deepgram.script.append("Book a table.")
    say(stream, speech(300), silence(100))
    async with asyncio.timeout(LIMIT_S):
        while (await anext(stream)).text != "Book a table.":
            pass
    stream.finalize()
    stream._utterance._guess = ""  # from here on nothing is expected: the next one has less patience
    stream.finalize()
    assert [(await final(stream)).is_final for _ in range(2)] == [True, True]
    await asyncio.sleep(0.4)
    assert not stream._deadlines and stream._timer is None
