"""The Gaussians of PocketSphinx's US English model, and which of them frames of speech come from."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pocketsphinx

DIMENSIONS = 13
# Cepstra, their slopes, and the slopes of those.
STREAMS = 3
WIDTH = 3
FRAMES_AT_ONCE = 4_000
# Less has a Gaussian that nothing was ever heard of.
LEAST_VARIANCE = 1e-3
HEADER_END = b"endhdr\n"

Array = npt.NDArray[np.float64]


def features(cepstra: Array) -> Array:
    """As the model takes them: without their mean, with slopes; [frame, stream, dimension]."""
    centred = cepstra - cepstra.mean(0)
    padded = np.pad(centred, ((WIDTH, WIDTH), (0, 0)), mode="edge")

    def later(frames: int) -> Array:
        return padded[WIDTH + frames : WIDTH + frames + len(cepstra)]

    slopes = later(2) - later(-2)
    bends = (later(3) - later(-1)) - (later(1) - later(-3))
    return np.stack([centred, slopes, bends], 1)


def _parameters(path: Path) -> Array:
    """[codebook, stream, Gaussian, dimension]"""
    data = path.read_bytes()
    # Behind the header: a number that tells the byte order, three sizes, a length for each stream, a count.
    at = data.index(HEADER_END) + len(HEADER_END) + 4
    codebooks, streams, gaussians = struct.unpack_from("<3i", data, at)
    at += 12 + 4 * streams + 4
    count = codebooks * streams * gaussians * DIMENSIONS
    numbers = np.frombuffer(data, "<f4", count, at)
    return numbers.reshape(codebooks, streams, gaussians, DIMENSIONS).astype(np.float64)


class AcousticModel:
    def __init__(self) -> None:
        folder = Path(pocketsphinx.get_model_path("en-us/en-us"))
        self.means = _parameters(folder / "means")
        self._variances = _parameters(folder / "variances")

    def changes(self, stream: int, before: Array, after: Array) -> tuple[Array, Array, Array]:
        """For each Gaussian how many frames came from it, how far `after` lies from `before` in them, and how
        many times as large their variance has become."""
        means = self.means[:, stream].reshape(-1, DIMENSIONS)
        variances = self._variances[:, stream].reshape(-1, DIMENSIONS).copy()
        is_unused = (variances < LEAST_VARIANCE).any(1)
        variances[is_unused] = 1.0
        constants = (means**2 / variances + np.log(variances)).sum(1)
        constants[is_unused] = np.inf
        frames = np.zeros(len(means))
        sums = [np.zeros_like(means) for _ in range(4)]
        for start in range(0, len(before), FRAMES_AT_ONCE):
            was, became = before[start : start + FRAMES_AT_ONCE], after[start : start + FRAMES_AT_ONCE]
            likely = was @ (means / variances).T - 0.5 * (was**2 @ (1 / variances).T + constants)
            shares = np.exp(likely - likely.max(1, keepdims=True))
            shares /= shares.sum(1, keepdims=True)
            frames += shares.sum(0)
            for total, what in zip(sums, (was, was**2, became, became**2), strict=True):
                total += shares.T @ what
        was_mean, was_square, mean, square = (each / np.maximum(frames, 1e-6)[:, None] for each in sums)
        was_variance = np.maximum(was_square - was_mean**2, LEAST_VARIANCE)
        variance = np.maximum(square - mean**2, LEAST_VARIANCE)
        return frames, mean - was_mean, variance / was_variance
