"""Silero's network for voice activity, in NumPy: a frame takes less than half of what ONNX's runtime needs.

Its way: a short Fourier transform as a convolution, four convolutions, one LSTM cell, one output. The
published network (Silero VAD 5, MIT licence) and this one agree to a millionth, which is a test.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

Floats = npt.NDArray[np.float32]

# Made by script/silero-weights.
WEIGHTS: Final = Path(__file__).with_name("silero.npz")
# The network's own figures, by sample rate: samples a frame, and samples before it that it wants to see.
FRAME_SAMPLES: Final = {16_000: 512, 8_000: 256}
CONTEXT_SAMPLES: Final = {16_000: 64, 8_000: 32}
# Pieces of the transform in a frame, and of what the second convolution makes of them.
STEPS, HALF_STEPS = 4, 2
KERNEL = 3
CELLS = 128


class SileroNetwork:
    """One rate's weights. What belongs to a caller lies in `SileroCaller`, so any thread may use it."""

    def __init__(self, rate_hz: int) -> None:
        """Raises KeyError for a rate unknown to the network, OSError when its file is not there."""
        self.frame_samples = FRAME_SAMPLES[rate_hz]
        self.context_samples = CONTEXT_SAMPLES[rate_hz]
        with np.load(WEIGHTS) as file:
            prefix = f"{rate_hz}."
            read = {name.removeprefix(prefix): file[name] for name in file.files if name.startswith(prefix)}
        # (samples, real and imaginary parts of each band)
        self.transform: Floats = np.ascontiguousarray(read["transform"].T)
        self.bands = self.transform.shape[1] // 2
        # (kernel × channels in, channels out)
        self.kernels: list[Floats] = [_kernel(read[f"kernel{n}"]) for n in range(4)]
        self.biases: list[Floats] = [read[f"bias{n}"] for n in range(4)]
        # Of both inputs at once: gates in, forget, cell, out. A sigmoid is a hyperbolic tangent of the half.
        halves = np.full(4 * CELLS, 0.5, np.float32)
        halves[2 * CELLS : 3 * CELLS] = 1.0
        self.gates: Floats = np.ascontiguousarray((read["gates"] * halves[:, np.newaxis]).T)
        self.gate_bias: Floats = read["gate_bias"] * halves
        self.output: Floats = read["output"]
        self.output_bias = float(read["output_bias"][0])


class SileroCaller:
    """What the network remembers of one caller, and the arrays that it works in."""

    def __init__(self, network: SileroNetwork) -> None:
        self._network = network
        context, samples = network.context_samples, network.frame_samples
        width = network.transform.shape[0]
        hop, bands = width // 2, network.bands
        # Context, frame, and the frame's end mirrored.
        self._sound = np.zeros(context + samples + hop // 2, np.float32)
        self._frame = self._sound[context : context + samples]
        self._mirrored = self._sound[context + samples - 2 : context + samples - 2 - hop // 2 : -1]
        self._pieces = sliding_window_view(self._sound, width)[::hop]
        # Each convolution's input between rows of zeros, and the same as overlapping rows of its kernel.
        self._spectrum, self._spectra = _padded(STEPS, bands, stride=1)
        self._first, self._firsts = _padded(STEPS, CELLS, stride=2)
        self._second, self._seconds = _padded(HALF_STEPS, CELLS // 2, stride=2)
        self._third, self._thirds = _padded(1, CELLS // 2, stride=1)
        # What the cell is fed: the last convolution, and what it gave out itself before.
        self._fed = np.zeros(2 * CELLS, np.float32)
        self._cell = np.zeros(CELLS, np.float32)

    @property
    def frame(self) -> Floats:
        """To be filled with the next frame, -1 to 1, before `probability` is asked for."""
        return self._frame

    def forget(self) -> None:
        self._fed[:] = 0.0
        self._cell[:] = 0.0

    def shift(self) -> None:
        """The frame becomes what came before the next one."""
        context = self._network.context_samples
        self._sound[:context] = self._frame[-context:]

    def probability(self) -> float:
        """That there is speech in the frame: 0 to 1."""
        network = self._network
        self._sound[-len(self._mirrored) :] = self._mirrored
        transformed = self._pieces @ network.transform
        np.square(transformed, out=transformed)
        power = transformed[:, : network.bands]
        power += transformed[:, network.bands :]
        np.sqrt(power, out=self._spectrum)
        kernels, biases = network.kernels, network.biases
        np.maximum(self._spectra @ kernels[0] + biases[0], 0.0, out=self._first)
        np.maximum(self._firsts @ kernels[1] + biases[1], 0.0, out=self._second)
        np.maximum(self._seconds @ kernels[2] + biases[2], 0.0, out=self._third)
        np.maximum((self._thirds @ kernels[3] + biases[3])[0], 0.0, out=self._fed[:CELLS])
        gates = np.tanh(self._fed @ network.gates + network.gate_bias)
        taken, kept, news, told = gates.reshape(4, CELLS)
        # Three sigmoids of tanh(x/2): (1 + tanh) / 2.
        self._cell *= (kept + 1.0) * 0.5
        self._cell += (taken + 1.0) * (news * 0.5)
        given = self._fed[CELLS:]
        np.multiply((told + 1.0) * 0.5, np.tanh(self._cell), out=given)
        score = float(np.maximum(given, 0.0) @ network.output) + network.output_bias
        return float(0.5 + 0.5 * np.tanh(score / 2))


def _kernel(weights: Floats) -> Floats:
    """(out, in, kernel) as a matrix for rows that hold the kernel's steps one after the other."""
    return np.ascontiguousarray(weights.transpose(2, 1, 0).reshape(-1, weights.shape[0]))


def _padded(steps: int, channels: int, *, stride: int) -> tuple[Floats, Floats]:
    """Where the steps are written, and the rows that a kernel sees of them, every `stride` steps."""
    rows = np.zeros((steps + KERNEL - 1, channels), np.float32)
    seen = sliding_window_view(rows.reshape(-1), KERNEL * channels)[:: stride * channels]
    return rows[1 : 1 + steps], seen
