"""Sounds whose every property is known, and what can be measured of a sound."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from voice.audio.pcm import samples_of


def tone(hz: float, rate_hz: int, seconds: float, amplitude: float = 10_000) -> bytes:
    """A sine of 16-bit PCM."""
    at = np.arange(round(rate_hz * seconds)) / rate_hz
    return np.rint(amplitude * np.sin(2 * np.pi * hz * at)).astype("<i2").tobytes()


def level_db(pcm: bytes) -> float:
    """Root mean square below full scale."""
    samples = samples_of(pcm).astype(np.float64)
    return 20 * math.log10(max(float(np.sqrt(np.mean(samples**2))), 1e-3) / 32768)


def spectrum(pcm: bytes, rate_hz: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Frequencies in Hz and their strength in dB below the strongest."""
    samples = samples_of(pcm).astype(np.float64)
    strength = np.abs(np.fft.rfft(samples * np.blackman(len(samples)))) + 1e-9
    return np.fft.rfftfreq(len(samples), 1 / rate_hz), 20 * np.log10(strength / strength.max())
