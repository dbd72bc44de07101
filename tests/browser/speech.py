"""Spoken WAV files for Chromium's pretended microphone, made with flite."""

from __future__ import annotations

import subprocess
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np

RATE_HZ = 48_000


def _spoken(text: str, voice: str, folder: Path) -> np.ndarray:
    """Samples at 48 kHz, 16 bit. flite's voices speak at 16 kHz: three times as many, on a straight line."""
    path = folder / "utterance.wav"
    subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(path)], check=True, timeout=20)
    with wave.open(str(path)) as wav:
        assert wav.getnchannels() == 1 and wav.getsampwidth() == 2
        rate_hz, data = wav.getframerate(), wav.readframes(wav.getnframes())
    samples = np.frombuffer(data, dtype="<i2").astype(float)
    at = np.arange(int(len(samples) * RATE_HZ / rate_hz)) * rate_hz / RATE_HZ
    return np.interp(at, np.arange(len(samples)), samples)


def spoken_wav(path: Path, script: Sequence[str | float], voice: str = "rms") -> Path:
    """Writes what the caller says: a text is spoken, a number is that many seconds of silence."""
    parts = [
        np.zeros(int(part * RATE_HZ)) if isinstance(part, int | float) else _spoken(part, voice, path.parent)
        for part in script
    ]
    samples = np.clip(np.concatenate(parts), -32768, 32767).astype("<i2")
    assert np.any(samples), "the microphone would be silent"
    with wave.open(str(path), "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(RATE_HZ)
        wav.writeframes(samples.tobytes())
    return path
