"""16-bit mono PCM as an array of samples."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]


def samples_of(pcm: bytes) -> Samples:
    """A view of little-endian 16-bit PCM. Raises ValueError for an odd number of bytes."""
    return np.frombuffer(pcm, dtype="<i2")
