"""Says how likely a sound is speech: the Silero network behind an energy gate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from voice.audio.mulaw import floats_of_mulaw
from voice.core.audio import AudioFormat, Encoding
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

    def __init__(self, network: SileroNetwork, audio: AudioFormat) -> None:
        """`audio`: 16-bit PCM or μ-law at the network's rate."""
        self._caller = SileroCaller(network)
        self._frame = self._caller.frame
        self._is_mulaw = audio.encoding is Encoding.MULAW
        self._frame_bytes = network.frame_samples * audio.bytes_per_sample
        self._gate_energy = network.frame_samples * (GATE_RMS / FULL_SCALE) ** 2
        self._rest = b""
        self._quiet_frames = GATE_HANG_FRAMES
        self.frame_ms = audio.duration_ms(self._frame_bytes)

    def feed(self, sound: bytes) -> Sequence[float]:
        """Of any size, odd bytes included; a probability (0 to 1) for each frame completed."""
        sound, size = self._rest + sound, self._frame_bytes
        found, at = [], 0
        while len(sound) - at >= size:
            found.append(self._judge(sound[at : at + size]))
            at += size
        self._rest = sound[at:]
        return found

    def _judge(self, sound: bytes) -> float:
        caller, frame = self._caller, self._frame
        caller.shift()
        if self._is_mulaw:
            floats_of_mulaw(sound, frame)
        else:
            np.multiply(np.frombuffer(sound, "<i2"), np.float32(1 / FULL_SCALE), out=frame, casting="unsafe")
        self._quiet_frames = 0 if frame @ frame >= self._gate_energy else self._quiet_frames + 1
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

    def open(self, audio: AudioFormat) -> SileroStream:
        """Raises ValueError for MP3 and for a rate unknown to the network."""
        network = self._networks.get(audio.rate_hz)
        if network is None:
            raise ValueError(f"voice activity at {audio.rate_hz} Hz; it knows {sorted(self._networks)}")
        return SileroStream(network, audio)
