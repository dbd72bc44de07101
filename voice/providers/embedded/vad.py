"""Says how likely a sound is speech: the Silero network behind an energy gate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from voice.core.errors import ProviderError
from voice.providers.embedded.silero import FRAME_SAMPLES, SileroCaller, SileroNetwork

PROVIDER = "embedded"
FULL_SCALE = 32_768.0
# Below -60 dBFS nothing is speech that a transcriber could use: a silent line costs no run of the network.
GATE_RMS = 32.0
# The network hears this many quiet frames before the gate closes, so that it sees speech fade.
GATE_HANG_FRAMES = 12


class SileroStream:
    """One caller's voice activity; 32 ms frames."""

    def __init__(self, network: SileroNetwork, rate_hz: int) -> None:
        self._caller = SileroCaller(network)
        self._rate_hz = rate_hz
        self._frame_samples = network.frame_samples
        self._rest = b""
        self._quiet_frames = GATE_HANG_FRAMES

    @property
    def frame_ms(self) -> float:
        return self._frame_samples * 1000 / self._rate_hz

    def feed(self, pcm: bytes) -> Sequence[float]:
        """16-bit PCM of any size, odd bytes included; a probability (0 to 1) for each frame completed."""
        data = self._rest + pcm
        size = 2 * self._frame_samples
        whole = len(data) - len(data) % size
        self._rest = data[whole:]
        return [self._frame(data[start : start + size]) for start in range(0, whole, size)]

    def _frame(self, pcm: bytes) -> float:
        caller = self._caller
        caller.shift()
        frame = caller.frame
        np.multiply(np.frombuffer(pcm, "<i2"), np.float32(1 / FULL_SCALE), out=frame, casting="unsafe")
        power = float(frame @ frame) / self._frame_samples
        self._quiet_frames = 0 if power >= (GATE_RMS / FULL_SCALE) ** 2 else self._quiet_frames + 1
        if self._quiet_frames > GATE_HANG_FRAMES:
            if self._quiet_frames == GATE_HANG_FRAMES + 1:
                # What the network remembers of speech long past would mislead it when sound comes back.
                caller.forget()
            return 0.0
        return caller.probability()


class SileroVoiceActivity:
    """Streams at 16 or 8 kHz over one network for each rate."""

    def __init__(self) -> None:
        """Loads the weights, some milliseconds. Raises ProviderError when they are missing."""
        try:
            self._networks = {rate_hz: SileroNetwork(rate_hz) for rate_hz in FRAME_SAMPLES}
        except (OSError, KeyError) as error:
            message = f"the weights of voice activity cannot be read ({type(error).__name__})"
            raise ProviderError(PROVIDER, message, retryable=False) from error

    def open(self, rate_hz: int) -> SileroStream:
        """Raises ValueError for a rate unknown to the network."""
        if rate_hz not in self._networks:
            raise ValueError(f"voice activity at {rate_hz} Hz; it knows {sorted(self._networks)}")
        return SileroStream(self._networks[rate_hz], rate_hz)
