"""Voices of a server of one's own, spoken to over a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest

from tests.providers.vendors.conftest import KEY, access_to
from tests.simulators.openai import OpenAISimulator
from tests.simulators.server import Fault
from voice.core.audio import PCM_16000, PCM_24000
from voice.core.errors import (
    CredentialsError,
    NonsenseError,
    RateLimitError,
    RequestError,
    UnreachableError,
)
from voice.core.spec import VoiceSpec
from voice.providers import answer_size
from voice.providers.openai_compatible import client as own_client
from voice.providers.openai_compatible.speech import (
    OpenAICompatibleSpeech,
    OpenAICompatibleSpeechStream,
    model_and_voice,
)

VOICE = VoiceSpec("openai_compatible", "hexgrad/Kokoro-82M/af_heart", speed=1.2)
TEXT = "Hello there, how are you today?"


@pytest.fixture
async def server() -> AsyncIterator[OpenAISimulator]:
    async with OpenAISimulator() as server:
        yield server


@pytest.fixture
async def speech(server: OpenAISimulator) -> AsyncIterator[OpenAICompatibleSpeech]:
    speech = OpenAICompatibleSpeech(access_to(server))
    yield speech
    await speech.aclose()


@pytest.fixture
async def stream(speech: OpenAICompatibleSpeech) -> OpenAICompatibleSpeechStream:
    return await speech.open(VOICE, "en-US", PCM_16000)


async def said(stream: OpenAICompatibleSpeechStream, text: str) -> bytes:
    return b"".join([chunk.audio async for chunk in stream.speak(text)])


def level(audio: bytes) -> float:
    return float(np.sqrt(np.mean(np.frombuffer(audio, "<i2").astype(float) ** 2)))


async def test_a_piece_sounds_with_the_model_voice_and_speed_that_were_asked_for(
    server: OpenAISimulator, stream: OpenAICompatibleSpeechStream
) -> None:
    audio = await said(stream, TEXT)
    assert level(audio) > 1000
    assert stream.audio == PCM_24000
    assert server.requests[-1].body == {
        "model": "hexgrad/Kokoro-82M",
        "voice": "af_heart",
        "input": TEXT,
        "response_format": "pcm",
        "speed": 1.2,
    }


@pytest.mark.parametrize(("rate_hz", "channels"), [(24_000, 1), (22_050, 1), (44_100, 2), (16_000, 1)])
async def test_a_server_that_sends_a_wav_file_is_believed_what_its_head_says(
    server: OpenAISimulator, stream: OpenAICompatibleSpeechStream, rate_hz: int, channels: int
) -> None:
    plain = await said(stream, TEXT)
    server.has_wav_head, server.voice_rate_hz, server.voice_channels = True, rate_hz, channels
    audio = await said(stream, TEXT)
    assert len(audio) == pytest.approx(len(plain), rel=0.01)
    assert level(audio) == pytest.approx(level(plain), rel=0.05)
    assert not audio.startswith(b"RIFF")


async def test_the_first_sound_does_not_wait_for_the_rest_and_cutting_off_stops_the_work(
    server: OpenAISimulator, stream: OpenAICompatibleSpeechStream
) -> None:
    server.times_real_time = 2
    piece = stream.speak(TEXT * 5)
    first = await anext(piece)
    assert 0 < PCM_24000.duration_ms(len(first.audio)) <= 300
    await piece.aclose()
    async with asyncio.timeout(2):
        await server.requests[-1].abortion.wait()


async def test_one_connection_serves_piece_after_piece_and_is_there_before_the_first(
    server: OpenAISimulator, stream: OpenAICompatibleSpeechStream
) -> None:
    assert server.open_connections == 1
    for text in ("One.", "Two.", "Three."):
        await said(stream, text)
    assert len(server.connections) == 1


async def test_a_piece_that_had_not_begun_to_sound_is_tried_again_and_one_that_had_is_not(
    server: OpenAISimulator, stream: OpenAICompatibleSpeechStream
) -> None:
    server.faults.append(Fault(cut_after=0))
    assert await said(stream, "Hello.")
    server.faults.append(Fault(cut_after=3))
    server.times_real_time = 20
    with pytest.raises(UnreachableError):
        await said(stream, TEXT)
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("status", "expected"),
    [(401, CredentialsError), (429, RateLimitError), (400, RequestError), (503, UnreachableError)],
)
async def test_what_goes_wrong_has_a_name_and_shows_no_key(
    server: OpenAISimulator, stream: OpenAICompatibleSpeechStream, status: int, expected: type[Exception]
) -> None:
    told = {"error": {"code": "some_code", "message": f"Not with {KEY}."}}
    server.faults.extend([Fault(status=status, body=told)] * 2)
    with pytest.raises(expected) as caught:
        await said(stream, "Hello.")
    assert "some_code" in str(caught.value) and "Not with" in str(caught.value)
    assert KEY not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    "body",
    [b"ID3\x04" + bytes(500), b'{"error": "no such voice"}', b"<html>Hello</html>", b"RIFF\0\0\0\0JUNK"],
)
async def test_what_is_no_speech_is_not_heard(
    server: OpenAISimulator,
    stream: OpenAICompatibleSpeechStream,
    monkeypatch: pytest.MonkeyPatch,
    body: bytes,
) -> None:
    monkeypatch.setattr("tests.simulators.openai.GARBAGE", body)
    server.faults.append(Fault(garbage=True))
    with pytest.raises(NonsenseError):
        await said(stream, "Hello.")


async def test_noise_is_not_heard_to_its_end(
    server: OpenAISimulator, stream: OpenAICompatibleSpeechStream
) -> None:
    server.faults.append(Fault(garbage=True))
    with pytest.raises(NonsenseError, match="noise"):
        await said(stream, TEXT * 3)


async def test_sound_without_an_end_is_ended(
    server: OpenAISimulator, stream: OpenAICompatibleSpeechStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer_size, "LARGEST_ANSWER_BYTES", 300_000)
    server.faults.append(Fault(endless=True))
    with pytest.raises(NonsenseError):
        await said(stream, "Hello.")
    await asyncio.sleep(0.05)


async def test_a_server_that_stalls_is_given_up(
    server: OpenAISimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_client, "READ_LIMIT_S", 0.2)
    speech = OpenAICompatibleSpeech(access_to(server))
    stream = await speech.open(VOICE, "en-US", PCM_24000)
    server.faults.extend([Fault(stalls=True)] * 2)
    with pytest.raises(UnreachableError, match="in time"):
        await said(stream, "Hello.")
    await speech.aclose()


async def test_nobody_there_has_a_name(server: OpenAISimulator, stream: OpenAICompatibleSpeechStream) -> None:
    await server.stop()
    with pytest.raises(UnreachableError):
        await said(stream, "Hello.")


@pytest.mark.parametrize(
    ("voice_id", "expected"),
    [("kokoro/af_heart", ("kokoro", "af_heart")), ("a/b/c", ("a/b", "c")), ("alloy", ("tts-1", "alloy"))],
)
def test_a_voices_name_says_which_model_has_it(voice_id: str, expected: tuple[str, str]) -> None:
    assert model_and_voice(voice_id) == expected
