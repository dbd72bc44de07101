"""The built-in voices speak, equally loud, unclipped, with word times, and outlive their worker's deaths."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator

import numpy as np
import psutil
import pytest
import pytest_asyncio

from voice.core.audio import PCM_16000
from voice.core.errors import ProviderError
from voice.core.events import WordTime
from voice.core.spec import VoiceSpec
from voice.providers import catalog
from voice.providers.embedded import voice_client
from voice.providers.embedded.flite import MISSING_MESSAGE
from voice.providers.embedded.voice import EmbeddedVoice
from voice.providers.embedded.voice_client import VoiceClient
from voice.providers.embedded.voice_frame import FrameKind

pytestmark = pytest.mark.speech
SENTENCE = "Hello, thanks for calling Sunrise Dental. A check-up costs $5.50, how can I help you today?"
LONG = "The clinic is open from nine in the morning until six in the evening on weekdays, and on Saturdays. "
VOICES = [voice.id for voice in catalog.FIRST.voices if voice.provider == "embedded"]


@pytest_asyncio.fixture
async def voice() -> AsyncIterator[EmbeddedVoice]:
    own = EmbeddedVoice(VoiceClient())
    yield own
    await own.aclose()


async def speak(voice: EmbeddedVoice, text: str, **spec: object) -> tuple[np.ndarray, list[WordTime]]:
    stream = await voice.open(VoiceSpec(**spec), "en-US", PCM_16000)
    audio, words = b"", []
    async for chunk in stream.speak(text):
        audio += chunk.audio
        words += chunk.words
    await stream.aclose()
    return np.frombuffer(audio, "<i2").astype(np.float64) / 32768, words


def loudness_db(samples: np.ndarray) -> float:
    """K-weighted (ITU-R BS.1770) level of the loud blocks, in LUFS."""
    spectrum, z = np.fft.rfft(samples), np.exp(-2j * np.pi * np.fft.rfftfreq(len(samples), 1 / 16000) / 48000)
    shelf = (1.53512485958697 - 2.69169618940638 * z + 1.19839281085285 * z**2) / (
        1 - 1.69065929318241 * z + 0.73248077421585 * z**2
    )
    high_pass = (1 - 2 * z + z**2) / (1 - 1.99004745483398 * z + 0.99007225036621 * z**2)
    weighted = np.fft.irfft(spectrum * shelf * high_pass, len(samples))
    blocks = np.array([np.mean(weighted[at : at + 6400] ** 2) for at in range(0, len(weighted) - 6400, 1600)])
    loud = blocks[blocks > blocks.mean() / 10]
    return float(-0.691 + 10 * np.log10(loud.mean()))


async def test_every_voice_is_equally_loud_and_none_clips(voice: EmbeddedVoice):
    levels = {}
    for voice_id in VOICES:
        samples, _ = await speak(voice, SENTENCE, id=voice_id)
        assert len(samples) > 16000 * 3
        assert np.abs(samples).max() < 0.99
        levels[voice_id] = loudness_db(samples)
    sys.stdout.write(f"LUFS: { {voice_id: round(level, 1) for voice_id, level in levels.items()} }\n")
    assert max(levels.values()) - min(levels.values()) < 3.0


@pytest.mark.parametrize("voice_id", VOICES)
async def test_word_times_follow_the_text_and_the_sound(voice: EmbeddedVoice, voice_id: str):
    samples, words = await speak(voice, SENTENCE, id=voice_id)
    assert [word.text for word in words] == SENTENCE.split()
    assert all(SENTENCE[word.start_char : word.end_char] == word.text for word in words)
    times = [time_ms for word in words for time_ms in (word.start_ms, word.end_ms)]
    assert times == sorted(times)
    assert times[0] >= 0
    assert times[-1] <= len(samples) / 16
    # The first word sounds at once, and where words are said there is more sound than where there are none.
    assert times[0] < 40
    spoken = np.zeros(len(samples), bool)
    for word in words:
        spoken[int(word.start_ms * 16) : int(word.end_ms * 16)] = True
    assert np.mean(samples[spoken] ** 2) > 20 * np.mean(samples[~spoken] ** 2)


async def test_speed_and_style_change_the_pace(voice: EmbeddedVoice):
    normal = len((await speak(voice, SENTENCE))[0])
    assert len((await speak(voice, SENTENCE, speed=2.0))[0]) == pytest.approx(normal / 2, rel=0.1)
    assert len((await speak(voice, SENTENCE, speed=0.5))[0]) == pytest.approx(normal * 2, rel=0.1)
    assert len((await speak(voice, SENTENCE, speed=9.0))[0]) == pytest.approx(normal / 2, rel=0.1)
    assert len((await speak(voice, SENTENCE, style="calm"))[0]) > normal * 1.05
    assert len((await speak(voice, SENTENCE, style="lively"))[0]) < normal * 0.96
    assert len((await speak(voice, SENTENCE, style="something of a vendor's"))[0]) == normal


async def test_a_long_text_is_one_stream_with_rising_times(voice: EmbeddedVoice):
    text = LONG * 3
    samples, words = await speak(voice, text, id="kal16")
    assert [word.text for word in words] == text.split()
    times = [time_ms for word in words for time_ms in (word.start_ms, word.end_ms)]
    assert times == sorted(times)
    assert times[-1] <= len(samples) / 16


@pytest.mark.parametrize("text", ["", "   ", "🙂", "—", "...", "日本語"])
async def test_what_nobody_can_say_is_silence_and_no_error(voice: EmbeddedVoice, text: str):
    samples, words = await speak(voice, text)
    assert len(samples) == 0
    assert words == []


async def test_an_unknown_voice_is_refused(voice: EmbeddedVoice):
    with pytest.raises(ProviderError) as caught:
        await voice.open(VoiceSpec(id="nobody"), "en-US", PCM_16000)
    assert not caught.value.retryable


async def test_the_first_sound_of_a_short_sentence_comes_soon(voice: EmbeddedVoice):
    stream = await voice.open(VoiceSpec(), "en-US", PCM_16000)
    waits_ms = []
    for _ in range(20):
        asked = time.perf_counter()
        chunks = stream.speak("Hello there!")
        await anext(chunks)
        waits_ms.append((time.perf_counter() - asked) * 1000)
        await chunks.aclose()
    p50, p95 = np.percentile(waits_ms, [50, 95])
    sys.stdout.write(f"first audio of a short sentence: p50 {p50:.1f} ms, p95 {p95:.1f} ms\n")
    # 5 to 20 ms on an idle core. The best of them: others use this machine too.
    assert min(waits_ms) < 100


async def test_a_closed_iterator_stops_the_synthesis_and_others_go_on(voice: EmbeddedVoice):
    stream = await voice.open(VoiceSpec(), "en-US", PCM_16000)
    await speak(voice, "Okay.")  # whatever is done only once is done
    process = psutil.Process(voice._client.pid)

    async def spent_s(text: str, *, is_heard_out: bool) -> float:
        """What the worker computed until it could speak for the next one."""
        before_s = sum(process.cpu_times()[:2])
        chunks = stream.speak(text)
        async for _ in chunks:
            if not is_heard_out:
                break
        await chunks.aclose()
        samples, _ = await speak(voice, "Okay.")
        assert len(samples) > 0
        await asyncio.sleep(1.0)
        return float(sum(process.cpu_times()[:2]) - before_s)

    whole_s = await spent_s(LONG * 10, is_heard_out=True)
    cut_s = await spent_s(LONG * 10, is_heard_out=False)
    assert cut_s < whole_s / 3, "the worker goes on with what nobody hears"


async def test_a_short_word_does_not_wait_for_the_long_ones_of_others(voice: EmbeddedVoice):
    stream = await voice.open(VoiceSpec(), "en-US", PCM_16000)

    async def times(text: str) -> tuple[float, float]:
        """Seconds to the first sound and to the last."""
        asked, first = time.perf_counter(), 0.0
        async for _ in stream.speak(text):
            first = first or time.perf_counter() - asked
        return first, time.perf_counter() - asked

    long_ones = [asyncio.create_task(times(LONG * 2)) for _ in range(4)]
    await asyncio.sleep(0.1)
    first_s, _ = await times("Okay.")
    last_s = max(last for _, last in await asyncio.gather(*long_ones))
    sys.stdout.write(f"first sound beside four long texts of {last_s:.2f} s: {first_s * 1000:.0f} ms\n")
    assert first_s < last_s / 4


async def test_interleaved_utterances_do_not_mix(voice: EmbeddedVoice):
    alone = {text: await speak(voice, text, id="kal16") for text in ("One is enough.", SENTENCE, LONG)}
    together = await asyncio.gather(*(speak(voice, text, id="kal16") for text in list(alone) * 3))
    for text, (samples, words) in zip(list(alone) * 3, together, strict=True):
        assert words == alone[text][1]
        assert len(samples) == len(alone[text][0])


async def test_a_worker_that_dies_is_replaced_and_only_what_it_was_saying_is_lost(voice: EmbeddedVoice):
    stream = await voice.open(VoiceSpec(), "en-US", PCM_16000)
    chunks = stream.speak(LONG * 4)
    await anext(chunks)
    first_pid = voice._client.pid
    os.kill(first_pid, signal.SIGKILL)
    with pytest.raises(ProviderError) as caught:
        async for _ in chunks:
            pass
    assert caught.value.retryable
    assert len((await speak(voice, "Still here."))[0]) > 0
    assert voice._client.pid != first_pid
    os.kill(voice._client.pid, signal.SIGKILL)
    samples = b"".join([chunk.audio async for chunk in stream.speak("A piece not yet begun is tried again.")])
    assert len(samples) > 16000


async def test_a_worker_that_hangs_is_given_up(voice: EmbeddedVoice, monkeypatch: pytest.MonkeyPatch):
    await voice.open(VoiceSpec(), "en-US", PCM_16000)
    monkeypatch.setattr(voice_client, "FRAME_TIMEOUT_S", 0.2)
    hanging = voice._client.pid
    os.kill(hanging, signal.SIGSTOP)
    with pytest.raises(ProviderError) as caught:
        async for _ in voice._client.ask(FrameKind.PHONES, ["hello"]):
            pass
    assert caught.value.retryable
    assert not psutil.pid_exists(hanging)


async def test_a_worker_that_its_listener_gave_up_is_no_longer_asked(
    voice: EmbeddedVoice, monkeypatch: pytest.MonkeyPatch
):
    """The engine waits for less time than this client: the next sentence must not hang as well."""
    monkeypatch.setattr(voice_client, "HUNG_S", 0.2)
    stream = await voice.open(VoiceSpec(), "en-US", PCM_16000)
    hanging = voice._client.pid
    os.kill(hanging, signal.SIGSTOP)
    chunks = stream.speak("Nobody says this.")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await anext(chunks)
    await chunks.aclose()
    assert not psutil.pid_exists(hanging)
    assert len((await speak(voice, "The next is spoken."))[0]) > 0


async def test_a_worker_that_is_merely_left_early_goes_on(
    voice: EmbeddedVoice, monkeypatch: pytest.MonkeyPatch
):
    await voice.open(VoiceSpec(), "en-US", PCM_16000)
    worker = voice._client.pid
    frames = voice._client.ask(FrameKind.PHONES, ["hello"])
    async with asyncio.timeout(5):
        await anext(frames)
    await frames.aclose()
    assert voice._client.pid == worker


async def test_closing_ends_the_worker_process(voice: EmbeddedVoice):
    await voice.warm()
    process = psutil.Process(voice._client.pid)
    sys.stdout.write(f"worker with one voice: {process.memory_info().rss / 1e6:.0f} MB\n")
    assert process.memory_info().rss < 80e6
    await voice.aclose()
    assert not process.is_running()


async def test_the_worker_gets_no_secret_of_ours(voice: EmbeddedVoice, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SECRET_KEY", "canary")
    await voice.warm()
    assert "canary" not in str(psutil.Process(voice._client.pid).environ())


async def test_without_flite_one_sentence_names_the_package(
    voice: EmbeddedVoice, monkeypatch: pytest.MonkeyPatch, tmp_path
):
    # A worker whose loader finds nothing, as on a machine without the package.
    package = tmp_path / "absent"
    package.mkdir()
    (package / "__init__.py").write_text(
        "import ctypes\n"
        "def absent(*arguments, **options): raise OSError('libflite.so.1: cannot open shared object file')\n"
        "ctypes.CDLL = absent\n"
    )
    (package / "__main__.py").write_text(
        "import absent\nfrom voice.providers.embedded.voice_host import main\nmain()\n"
    )
    root = voice_client.ROOT
    (tmp_path / "voice").symlink_to(root / "voice")
    monkeypatch.setattr(voice_client, "ROOT", tmp_path)
    monkeypatch.setattr(voice_client, "MODULE", "absent")
    with pytest.raises(ProviderError) as caught:
        await voice.open(VoiceSpec(), "en-US", PCM_16000)
    assert MISSING_MESSAGE in str(caught.value)
    assert not caught.value.retryable


def test_two_event_loops_one_after_the_other_share_the_worker():
    own = EmbeddedVoice(VoiceClient())

    async def once() -> int:
        assert len((await speak(own, "Okay."))[0]) > 0
        return own._client.pid

    try:
        assert asyncio.run(once()) == asyncio.run(once())
    finally:
        asyncio.run(own.aclose())
