"""What a caller says, spoken by flite's command: clean, or with noise over it."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import numpy as np

from voice.audio.mulaw import mulaw_of_pcm
from voice.audio.resample import resampled
from voice.audio.wav import read_wav
from voice.core.audio import MULAW_8000

RATE_HZ = 16_000
AUDIBLE = 0.02
# Enough of a second for any recogniser to notice that speech has ended, and for a microphone's own hiss.
SILENCE_MS = 400


def spoken(text: str, voice: str) -> bytes:
    """16 kHz PCM from its first to its last audible sample, so that both ends are true."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speech.wav"
        subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(path)], check=True, timeout=30)
        pcm, rate_hz = read_wav(path)
    samples = np.frombuffer(resampled(pcm, rate_hz, RATE_HZ), "<i2")
    loud = np.flatnonzero(np.abs(samples) > AUDIBLE * 32768)
    return samples[loud[0] : loud[-1] + 1].tobytes()


def silence(duration_ms: float) -> bytes:
    return bytes(2 * int(duration_ms * RATE_HZ / 1000))


def telephoned(pcm: bytes) -> bytes:
    """As it comes out of a telephone: μ-law of 8 kHz."""
    return mulaw_of_pcm(resampled(pcm, RATE_HZ, MULAW_8000.rate_hz))


def pink_noise(count: int, seed: int) -> np.ndarray:
    """Noise with as much power in each octave, like a room's; mean square 1, the same for a seed."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    frequencies = np.fft.rfftfreq(count, 1 / RATE_HZ)
    shaped = np.fft.irfft(spectrum / np.sqrt(np.maximum(frequencies, 20.0)), count)
    scaled: np.ndarray = shaped / np.sqrt(np.mean(shaped**2))
    return scaled


def with_noise(pcm: bytes, *, below_db: float, seed: int) -> bytes:
    """Pink noise over all of it, so much below the mean power of what is not silent in it."""
    samples = np.frombuffer(pcm, "<i2").astype(np.float64)
    speech = samples[np.abs(samples) > 0]
    level = np.sqrt(np.mean(speech**2)) * 10 ** (-below_db / 20)
    noisy = samples + level * pink_noise(len(samples), seed)
    return np.clip(np.rint(noisy), -32768, 32767).astype("<i2").tobytes()
