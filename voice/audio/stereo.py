"""Two voices in one file: the left ear hears one, the right ear the other."""

from __future__ import annotations

import numpy as np

from voice.audio.pcm import samples_of


def interleaved(left: bytes, right: bytes) -> bytes:
    """16-bit PCM of two channels; the shorter one ends in silence."""
    count = max(len(left), len(right)) // 2
    both = np.zeros((count, 2), "<i2")
    for channel, pcm in enumerate((left, right)):
        samples = samples_of(pcm)
        both[: len(samples), channel] = samples
    return both.tobytes()
