"""A soft beginning for sound that is taken up in the middle of a wave: without it one hears a click."""

from __future__ import annotations

import numpy as np

from voice.audio.pcm import samples_of

# Too short to be heard as anything, long enough for the step to be no click.
FADE_MS = 5.0


def faded_in(pcm: bytes, rate_hz: int) -> bytes:
    """16-bit PCM, with its first 5 ms rising from silence. Raises ValueError for an odd number of bytes."""
    samples = samples_of(pcm).astype(np.float32)
    count = min(len(samples), round(rate_hz * FADE_MS / 1000))
    samples[:count] *= np.linspace(0.0, 1.0, count, endpoint=False, dtype=np.float32)
    faded: bytes = samples.astype("<i2").tobytes()
    return faded
