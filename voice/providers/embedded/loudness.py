"""Makes the built-in voices equally loud, and keeps every sample inside what 16 bits can hold."""

from __future__ import annotations

import numpy as np

# Above this part of full scale a sample is bent instead of cut.
KNEE = 0.8


class Loudness:
    """A fixed gain with a soft knee, without memory: samples may come in any cut."""

    def __init__(self, gain_db: float) -> None:
        self._gain = 10 ** (gain_db / 20) / 32768

    def apply(self, pcm: bytes) -> bytes:
        """16-bit little-endian samples in, as many out."""
        samples = np.frombuffer(pcm, "<i2").astype(np.float32) * self._gain
        size = np.abs(samples)
        loud = size > KNEE
        if loud.any():
            bent = KNEE + (1 - KNEE) * np.tanh((size[loud] - KNEE) / (1 - KNEE)) * 0.98
            samples[loud] = np.sign(samples[loud]) * bent
        return (samples * 32767).astype("<i2").tobytes()
