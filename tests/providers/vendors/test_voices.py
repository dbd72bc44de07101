"""What every voice of a vendor keeps to, spoken to over a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import numpy as np
import pytest

from tests.providers.vendors.conftest import KEY, access_to
from tests.simulators.elevenlabs import ElevenLabsSimulator
from tests.simulators.server import Fault
from voice.core.audio import PCM_16000, PCM_24000, AudioFormat, Encoding
from voice.core.errors import CredentialsError, NonsenseError, RateLimitError, RequestError, UnreachableError
from voice.core.events import WordTime
from voice.core.spec import VoiceSpec
from voice.providers.elevenlabs.speech import ElevenLabsSpeech, ElevenLabsSpeechStream

VOICE = VoiceSpec("elevenlabs", "v1")
TEXT = "Hello, Dr. Brown. It's £4 today!"


@pytest.fixture
async def stream(elevenlabs: ElevenLabsSimulator) -> AsyncIterator[ElevenLabsSpeechStream]:
    stream = await ElevenLabsSpeech(access_to(elevenlabs)).open(VOICE, "en-US", PCM_24000)
    yield stream
    await stream.aclose()


async def said(stream: ElevenLabsSpeechStream, text: str) -> tuple[bytes, list[WordTime]]:
    chunks = [chunk async for chunk in stream.speak(text)]
    return b"".join(chunk.audio for chunk in chunks), [word for chunk in chunks for word in chunk.words]


async def test_a_piece_sounds_and_each_word_has_its_place_in_text_and_time(
    stream: ElevenLabsSpeechStream,
) -> None:
    audio, words = await said(stream, TEXT)
    samples = np.frombuffer(audio, "<i2").astype(float)
    assert np.sqrt(np.mean(samples**2)) > 1000
    assert [word.text for word in words] == TEXT.split()
    assert all(TEXT[word.start_char : word.end_char] == word.text for word in words)
    assert all(one.end_ms <= other.start_ms for one, other in zip(words, words[1:], strict=False))
    assert words[-1].end_ms <= stream.audio.duration_ms(len(audio)) + 1


async def test_words_are_told_while_the_piece_is_still_made(stream: ElevenLabsSpeechStream) -> None:
    chunks = [chunk async for chunk in stream.speak("One two three four five six seven eight.")]
    assert len([chunk for chunk in chunks if chunk.words]) > 3


async def test_pieces_follow_each_other_on_one_connection(
    elevenlabs: ElevenLabsSimulator, stream: ElevenLabsSpeechStream
) -> None:
    for text in ("First.", "Second."):
        _, words = await said(stream, text)
        assert [word.text for word in words] == [text]
    assert len(elevenlabs.requests) == 1


async def test_a_piece_that_is_cut_off_leaves_nothing_for_the_next(
    elevenlabs: ElevenLabsSimulator, stream: ElevenLabsSpeechStream
) -> None:
    elevenlabs.times_real_time = 5
    piece = stream.speak("A long sentence that the caller does not want to hear to its end.")
    await anext(piece)
    await piece.aclose()
    _, words = await said(stream, "Yes?")
    assert [word.text for word in words] == ["Yes?"]


async def test_a_connection_that_was_lost_in_a_pause_is_made_again(
    elevenlabs: ElevenLabsSimulator, stream: ElevenLabsSpeechStream
) -> None:
    await said(stream, "First.")
    await elevenlabs.stop()
    await elevenlabs.start()
    audio, _ = await said(stream, "Second.")
    assert audio
    assert len(elevenlabs.requests) == 2


async def test_a_piece_that_had_not_begun_to_sound_is_tried_again(
    elevenlabs: ElevenLabsSimulator,
) -> None:
    elevenlabs.faults.append(Fault(cut_after=0))
    stream = await ElevenLabsSpeech(access_to(elevenlabs)).open(VOICE, "en-US", PCM_24000)
    audio, words = await said(stream, "Hello there.")
    assert audio
    assert [word.text for word in words] == ["Hello", "there."]
    await stream.aclose()


async def test_a_piece_that_breaks_off_is_not_begun_again(elevenlabs: ElevenLabsSimulator) -> None:
    elevenlabs.faults.append(Fault(cut_after=1))
    stream = await ElevenLabsSpeech(access_to(elevenlabs)).open(VOICE, "en-US", PCM_24000)
    heard = b""
    with pytest.raises(UnreachableError):
        async for chunk in stream.speak("This takes several messages to say, and there will be only one."):
            heard += chunk.audio
    assert heard
    await stream.aclose()


async def test_garbage_has_a_name(elevenlabs: ElevenLabsSimulator) -> None:
    elevenlabs.faults.extend([Fault(garbage=True), Fault(garbage=True)])
    stream = await ElevenLabsSpeech(access_to(elevenlabs)).open(VOICE, "en-US", PCM_24000)
    with pytest.raises(NonsenseError):
        await said(stream, "Hello.")
    await stream.aclose()


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault(status=401, body={"detail": {"status": "invalid_api_key", "message": KEY}}), CredentialsError),
        (Fault(status=429, body={"detail": {"code": "system_busy"}}), RateLimitError),
        (Fault(status=422, body={"detail": [{"type": "missing", "msg": "Field required"}]}), RequestError),
        (Fault(status=503, body={"detail": "down"}), UnreachableError),
    ],
    ids=["401", "429", "422", "503"],
)
async def test_a_refused_connection_has_a_name(
    elevenlabs: ElevenLabsSimulator, fault: Fault, expected: type[Exception]
) -> None:
    elevenlabs.faults.append(fault)
    with pytest.raises(expected) as caught:
        await ElevenLabsSpeech(access_to(elevenlabs)).open(VOICE, "en-US", PCM_24000)
    assert KEY not in str(caught.value)


async def test_a_wrong_key_or_voice_that_only_the_socket_tells_of_has_a_name(
    elevenlabs: ElevenLabsSimulator,
) -> None:
    stream = await ElevenLabsSpeech(access_to(elevenlabs, "bad")).open(VOICE, "en-US", PCM_24000)
    with pytest.raises(CredentialsError):
        await said(stream, "Hello.")
    await stream.aclose()
    nobody = replace(VOICE, id="x1")
    stream = await ElevenLabsSpeech(access_to(elevenlabs)).open(nobody, "en-US", PCM_24000)
    with pytest.raises(RequestError):
        await said(stream, "Hello.")
    await stream.aclose()


async def test_nobody_there_has_a_name(elevenlabs: ElevenLabsSimulator) -> None:
    await elevenlabs.stop()
    with pytest.raises(UnreachableError):
        await ElevenLabsSpeech(access_to(elevenlabs)).open(VOICE, "en-US", PCM_24000)


@pytest.mark.parametrize(
    ("rate_hz", "spoken_hz"), [(8_000, 8_000), (16_000, 16_000), (24_000, 24_000), (48_000, 24_000)]
)
async def test_it_speaks_at_the_rate_that_is_wanted_where_it_can(
    elevenlabs: ElevenLabsSimulator, rate_hz: int, spoken_hz: int
) -> None:
    wanted = AudioFormat(Encoding.PCM_S16LE, rate_hz)
    stream = await ElevenLabsSpeech(access_to(elevenlabs)).open(VOICE, "en-US", wanted)
    assert stream.audio.rate_hz == spoken_hz
    assert elevenlabs.requests[-1].query["output_format"] == f"pcm_{spoken_hz}"
    await stream.aclose()


async def test_closing_takes_no_time_even_if_the_vendor_hangs(elevenlabs: ElevenLabsSimulator) -> None:
    elevenlabs.faults.append(Fault(stalls=True))
    stream = await ElevenLabsSpeech(access_to(elevenlabs)).open(VOICE, "en-US", PCM_16000)
    async with asyncio.timeout(3):
        await stream.aclose()
