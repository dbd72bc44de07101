"""ElevenLabs' voices both ways, over its socket and over HTTP, and what is special about each."""

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
from voice.core.errors import (
    CredentialsError,
    NonsenseError,
    QuotaError,
    RateLimitError,
    RequestError,
    UnreachableError,
)
from voice.core.events import WordTime
from voice.core.spec import VoiceSpec
from voice.providers.elevenlabs import lines as elevenlabs_lines
from voice.providers.elevenlabs import socket as elevenlabs_socket
from voice.providers.elevenlabs.speech import ElevenLabsSpeech, ElevenLabsSpeechStream

VOICE = VoiceSpec("elevenlabs", "v1")
TEXT = "Hello, Dr. Brown. It's £4 today!"
LONG_TEXT = "A long sentence that the caller does not want to hear to its end, though it has one."


@pytest.fixture(params=["socket", "http"])
def over_http(request: pytest.FixtureRequest) -> bool:
    found: str = request.param
    return found == "http"


@pytest.fixture
async def speech(elevenlabs: ElevenLabsSimulator, over_http: bool) -> AsyncIterator[ElevenLabsSpeech]:
    """Both ways."""
    speech = ElevenLabsSpeech(replace(access_to(elevenlabs), over_http=over_http))
    yield speech
    await speech.aclose()


@pytest.fixture
async def stream(speech: ElevenLabsSpeech) -> AsyncIterator[ElevenLabsSpeechStream]:
    stream = await speech.open(VOICE, "en-US", PCM_24000)
    yield stream
    await stream.aclose()


@pytest.fixture
async def socket(elevenlabs: ElevenLabsSimulator) -> AsyncIterator[ElevenLabsSpeechStream]:
    speech = ElevenLabsSpeech(access_to(elevenlabs))
    stream = await speech.open(VOICE, "en-US", PCM_24000)
    yield stream
    await stream.aclose()
    await speech.aclose()


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
    assert len(elevenlabs.connections) == 1


async def test_a_piece_that_is_cut_off_leaves_nothing_for_the_next(
    elevenlabs: ElevenLabsSimulator, stream: ElevenLabsSpeechStream
) -> None:
    elevenlabs.times_real_time = 5
    piece = stream.speak(LONG_TEXT)
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
    assert len(elevenlabs.connections) == 2


async def test_a_piece_that_had_not_begun_to_sound_is_tried_again(
    elevenlabs: ElevenLabsSimulator, speech: ElevenLabsSpeech
) -> None:
    elevenlabs.faults.append(Fault(cut_after=0))
    stream = await speech.open(VOICE, "en-US", PCM_24000)
    audio, words = await said(stream, "Hello there.")
    assert audio
    assert [word.text for word in words] == ["Hello", "there."]
    await stream.aclose()


async def test_a_piece_that_breaks_off_is_not_begun_again(
    elevenlabs: ElevenLabsSimulator, speech: ElevenLabsSpeech
) -> None:
    elevenlabs.faults.append(Fault(cut_after=1))
    stream = await speech.open(VOICE, "en-US", PCM_24000)
    heard = b""
    with pytest.raises(UnreachableError):
        async for chunk in stream.speak("This takes several messages to say, and there will be only one."):
            heard += chunk.audio
    assert heard
    await stream.aclose()


async def test_cutting_pieces_off_stops_the_vendors_work_in_the_end(
    elevenlabs: ElevenLabsSimulator, stream: ElevenLabsSpeechStream
) -> None:
    """The socket finishes what was flushed; with the third that nobody listens to, it is closed."""
    elevenlabs.times_real_time = 2
    for _ in range(3):
        piece = stream.speak(LONG_TEXT * 3)
        await anext(piece)
        await piece.aclose()
    spoken_to = [request for request in elevenlabs.requests if request.messages or request.body]
    async with asyncio.timeout(2):
        await spoken_to[0].abortion.wait()


async def test_however_fast_a_caller_interrupts_there_is_room_for_the_next_piece(
    elevenlabs: ElevenLabsSimulator, stream: ElevenLabsSpeechStream
) -> None:
    elevenlabs.times_real_time = 2
    for _ in range(12):
        piece = stream.speak(LONG_TEXT)
        await anext(piece)
        await piece.aclose()
    _, words = await said(stream, "Yes?")
    assert [word.text for word in words] == ["Yes?"]


async def test_the_socket_that_replaces_another_is_there_before_it_is_needed(
    elevenlabs: ElevenLabsSimulator, socket: ElevenLabsSpeechStream
) -> None:
    elevenlabs.times_real_time = 2
    for _ in range(3):
        piece = socket.speak(LONG_TEXT)
        await anext(piece)
        await piece.aclose()
    await asyncio.sleep(0.2)
    assert len(elevenlabs.requests) == 2
    await said(socket, "Yes?")
    assert len(elevenlabs.requests) == 2


async def test_a_piece_on_a_connection_that_is_replaced_is_heard_to_its_end(
    elevenlabs: ElevenLabsSimulator, socket: ElevenLabsSpeechStream
) -> None:
    elevenlabs.times_real_time = 8
    heard = asyncio.create_task(said(socket, LONG_TEXT))
    await asyncio.sleep(0.05)
    for _ in range(4):
        piece = socket.speak(LONG_TEXT)
        await anext(piece)
        await piece.aclose()
    _, words = await heard
    assert [word.text for word in words] == LONG_TEXT.split()


async def test_a_socket_that_answers_nothing_three_times_is_given_up(
    elevenlabs: ElevenLabsSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elevenlabs_socket, "SILENT_S", 0.05)
    elevenlabs.faults.append(Fault(stalls=True))
    stream = await ElevenLabsSpeech(access_to(elevenlabs)).open(VOICE, "en-US", PCM_24000)
    for _ in range(3):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await said(stream, "Is anybody there?")
    audio, _ = await said(stream, "Hello.")
    assert audio
    await stream.aclose()


async def test_a_socket_is_kept_while_nothing_is_said(
    elevenlabs: ElevenLabsSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elevenlabs_socket, "KEEP_ALIVE_S", 0.3)
    monkeypatch.setattr(elevenlabs_socket, "INACTIVITY_S", 1)
    stream = await ElevenLabsSpeech(access_to(elevenlabs)).open(VOICE, "en-US", PCM_24000)
    await asyncio.sleep(1.5)
    await said(stream, "Still here.")
    assert len(elevenlabs.requests) == 1
    await stream.aclose()


async def test_where_no_socket_can_be_had_the_voice_comes_over_http(elevenlabs: ElevenLabsSimulator) -> None:
    elevenlabs.has_sockets = False
    speech = ElevenLabsSpeech(access_to(elevenlabs))
    for _ in range(2):
        stream = await speech.open(VOICE, "en-US", PCM_24000)
        _, words = await said(stream, TEXT)
        assert [word.text for word in words] == TEXT.split()
        await stream.aclose()
    tries = [request for request in elevenlabs.requests if request.path.endswith("multi-stream-input")]
    assert len(tries) == 1  # the next call does not try it again so soon
    await speech.aclose()


async def test_both_ways_tell_the_same_sound_and_the_same_times(elevenlabs: ElevenLabsSimulator) -> None:
    heard = []
    for over_http in (False, True):
        speech = ElevenLabsSpeech(replace(access_to(elevenlabs), over_http=over_http))
        stream = await speech.open(VOICE, "en-US", PCM_24000)
        audio, words = await said(stream, TEXT)
        lasted = [(word.text, word.start_char, round(word.end_ms - word.start_ms, -1)) for word in words]
        heard.append((stream.audio.duration_ms(len(audio)), lasted))
        await stream.aclose()
        await speech.aclose()
    assert heard[0][1] == heard[1][1]
    # The socket is sent a space before and after the text.
    assert heard[0][0] == pytest.approx(heard[1][0] + 2 * elevenlabs.each_ms, abs=1)


async def test_garbage_has_a_name(elevenlabs: ElevenLabsSimulator, speech: ElevenLabsSpeech) -> None:
    elevenlabs.faults.extend([Fault(garbage=True), Fault(garbage=True)])
    stream = await speech.open(VOICE, "en-US", PCM_24000)
    with pytest.raises(NonsenseError):
        await said(stream, "Hello.")
    await stream.aclose()


async def test_a_line_without_an_end_costs_no_memory(
    elevenlabs: ElevenLabsSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elevenlabs_lines, "LONGEST_LINE_BYTES", 200_000)
    elevenlabs.faults.extend([Fault(endless=True), Fault(endless=True)])
    speech = ElevenLabsSpeech(replace(access_to(elevenlabs), over_http=True))
    stream = await speech.open(VOICE, "en-US", PCM_24000)
    with pytest.raises(NonsenseError, match="does not end"):
        await said(stream, "Hello.")
    await stream.aclose()
    await speech.aclose()
    await asyncio.sleep(0.05)  # the loop itself finishes the client's inner iterators


REFUSALS: list[tuple[Fault, type[Exception]]] = [
    (Fault(status=401, body={"detail": {"status": "invalid_api_key", "message": KEY}}), CredentialsError),
    (Fault(status=401, body={"detail": {"status": "quota_exceeded"}}), QuotaError),
    (Fault(status=429, body={"detail": {"code": "system_busy"}}), RateLimitError),
    (Fault(status=422, body={"detail": [{"type": "missing", "msg": "Field required"}]}), RequestError),
    (Fault(status=503, body={"detail": "down"}), UnreachableError),
]


@pytest.mark.parametrize(("fault", "expected"), REFUSALS[:-1], ids=["401", "quota", "429", "422"])
async def test_a_refused_connection_has_a_name(
    elevenlabs: ElevenLabsSimulator, fault: Fault, expected: type[Exception]
) -> None:
    elevenlabs.faults.append(fault)
    with pytest.raises(expected) as caught:
        await ElevenLabsSpeech(access_to(elevenlabs)).open(VOICE, "en-US", PCM_24000)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(("fault", "expected"), REFUSALS, ids=["401", "quota", "429", "422", "503"])
async def test_a_refused_piece_has_a_name(
    elevenlabs: ElevenLabsSimulator, fault: Fault, expected: type[Exception]
) -> None:
    elevenlabs.faults.extend([fault, fault])
    speech = ElevenLabsSpeech(replace(access_to(elevenlabs), over_http=True))
    stream = await speech.open(VOICE, "en-US", PCM_24000)
    with pytest.raises(expected) as caught:
        await said(stream, "Hello.")
    assert KEY not in str(caught.value)
    assert caught.value.__cause__ is None
    await speech.aclose()


async def test_a_wrong_key_or_voice_has_a_name(elevenlabs: ElevenLabsSimulator, over_http: bool) -> None:
    """Over the socket that is told only after the upgrade."""
    nobody = replace(VOICE, id="x1")
    for key, voice, expected in (("bad", VOICE, CredentialsError), (KEY, nobody, RequestError)):
        speech = ElevenLabsSpeech(replace(access_to(elevenlabs, key), over_http=over_http))
        stream = await speech.open(voice, "en-US", PCM_24000)
        with pytest.raises(expected):
            await said(stream, "Hello.")
        await stream.aclose()
        await speech.aclose()


async def test_nobody_there_has_a_name(elevenlabs: ElevenLabsSimulator, speech: ElevenLabsSpeech) -> None:
    await elevenlabs.stop()
    with pytest.raises(UnreachableError):
        await speech.open(VOICE, "en-US", PCM_24000)


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
