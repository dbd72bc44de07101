"""What simulated voices sound like."""

from __future__ import annotations

import random

import numpy as np

# What no voice sounds like.
GARBAGE = random.Random(7).randbytes(4_000)


def linear(audio: bytes, encoding: str) -> np.ndarray:
    """16-bit samples as numbers, of Deepgram's "linear16" or of "mulaw" (ITU-T G.711)."""
    if encoding != "mulaw":
        return np.frombuffer(audio, "<i2").astype(float)
    codes = ~np.frombuffer(audio, np.uint8)
    exponent, mantissa = (codes >> 4 & 7).astype(int), (codes & 15).astype(int)
    magnitude = (((mantissa << 3) + 132) << exponent) - 132
    return np.where(codes & 128, -magnitude, magnitude).astype(float)


def tone(chars: str, each_ms: float, rate_hz: int) -> bytes:
    """A hum where there are letters and silence where there are none: 16-bit PCM."""
    each = round(rate_hz * each_ms / 1000)
    time_s = np.arange(each * len(chars)) / rate_hz
    hum = sum(np.sin(2 * np.pi * 140 * k * time_s) / k for k in (1, 2, 3, 5))
    loud = np.repeat([0.0 if char.isspace() else 1.0 for char in chars], each)
    return (3000 * hum * loud).astype("<i2").tobytes()
