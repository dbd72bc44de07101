"""Deepgram's voice over HTTP, spoken to over a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest

from tests.providers.vendors.conftest import KEY, access_to
from tests.simulators.deepgram import DeepgramSimulator
from tests.simulators.server import Fault
from voice.core.audio import PCM_24000
from voice.core.errors import CredentialsError, RateLimitError, RequestError, UnreachableError
from voice.core.spec import VoiceSpec
from voice.providers.deepgram.speech import DeepgramSpeech, DeepgramSpeechStream

VOICE = VoiceSpec("deepgram", "aura-2-thalia-en", speed=1.2)


@pytest.fixture
async def speech(deepgram: DeepgramSimulator) -> AsyncIterator[DeepgramSpeech]:
    speech = DeepgramSpeech(access_to(deepgram))
    yield speech
    await speech.aclose()


@pytest.fixture
async def stream(speech: DeepgramSpeech) -> DeepgramSpeechStream:
    return await speech.open(VOICE, "en-US", PCM_24000)


async def said(stream: DeepgramSpeechStream, text: str) -> bytes:
    return b"".join([chunk.audio async for chunk in stream.speak(text)])


async def test_a_piece_sounds_at_the_rate_and_speed_that_were_asked_for(
    deepgram: DeepgramSimulator, stream: DeepgramSpeechStream
) -> None:
    audio = await said(stream, "Hello there.")
    assert np.sqrt(np.mean(np.frombuffer(audio, "<i2").astype(float) ** 2)) > 1000
    request = deepgram.requests[-1]
    assert request.body == {"text": "Hello there."}
    assert request.query["model"] == "aura-2-thalia-en"
    assert (request.query["encoding"], request.query["sample_rate"]) == ("linear16", "24000")
    assert (request.query["container"], float(request.query["speed"])) == ("none", 1.2)


async def test_the_first_sound_does_not_wait_for_the_rest(stream: DeepgramSpeechStream) -> None:
    piece = stream.speak("A sentence that takes a while to say.")
    first = await anext(piece)
    await piece.aclose()
    assert 0 < PCM_24000.duration_ms(len(first.audio)) <= 100


async def test_cutting_a_piece_off_stops_the_vendors_work(
    deepgram: DeepgramSimulator, stream: DeepgramSpeechStream
) -> None:
    piece = stream.speak("A sentence that takes a while to say, and is not heard to its end. " * 5)
    await anext(piece)
    await piece.aclose()
    async with asyncio.timeout(2):
        await deepgram.requests[-1].abortion.wait()


async def test_one_connection_serves_piece_after_piece_and_is_there_before_the_first(
    deepgram: DeepgramSimulator, stream: DeepgramSpeechStream
) -> None:
    assert deepgram.open_connections == 1
    for text in ("One.", "Two.", "Three."):
        await said(stream, text)
    assert len(deepgram.connections) == 1


async def test_a_piece_that_had_not_begun_to_sound_is_tried_again_and_one_that_had_is_not(
    deepgram: DeepgramSimulator, stream: DeepgramSpeechStream
) -> None:
    deepgram.faults.append(Fault(cut_after=0))
    assert await said(stream, "Hello.")
    deepgram.faults.append(Fault(cut_after=5))
    with pytest.raises(UnreachableError):
        await said(stream, "This breaks off.")


@pytest.mark.parametrize(
    ("status", "expected"),
    [(401, CredentialsError), (429, RateLimitError), (400, RequestError), (503, UnreachableError)],
)
async def test_what_goes_wrong_has_a_name_and_shows_no_key(
    deepgram: DeepgramSimulator, stream: DeepgramSpeechStream, status: int, expected: type[Exception]
) -> None:
    body = {"err_code": "SOME_CODE", "err_msg": f"Not with {KEY}."}
    deepgram.faults.extend([Fault(status=status, body=body), Fault(status=status, body=body)])
    with pytest.raises(expected) as caught:
        await said(stream, "Hello.")
    assert "SOME_CODE" in str(caught.value) and "Not with" in str(caught.value)
    assert KEY not in str(caught.value)
    assert caught.value.__suppress_context__


async def test_nobody_there_has_a_name(deepgram: DeepgramSimulator, stream: DeepgramSpeechStream) -> None:
    await deepgram.stop()
    with pytest.raises(UnreachableError):
        await said(stream, "Hello.")


@pytest.mark.real_time
async def test_another_event_loop_has_connections_of_its_own(deepgram: DeepgramSimulator) -> None:
    speech = DeepgramSpeech(access_to(deepgram))
    assert await said(await speech.open(VOICE, "en-US", PCM_24000), "Here.")

    async def elsewhere() -> bytes:
        audio = await said(await speech.open(VOICE, "en-US", PCM_24000), "There.")
        await speech.aclose()
        return audio

    assert await asyncio.to_thread(asyncio.run, elsewhere())
    assert await said(await speech.open(VOICE, "en-US", PCM_24000), "Here again.")
    await speech.aclose()
