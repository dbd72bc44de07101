"""Voice activity that takes anything loud for speech."""

from __future__ import annotations

from collections.abc import Sequence

from voice.audio.mulaw import pcm_of_mulaw
from voice.core.audio import AudioFormat, Encoding

FRAME_MS = 32.0
LOUD = 500


class EnergyActivityStream:
    def __init__(self, audio: AudioFormat) -> None:
        self._is_mulaw = audio.encoding is Encoding.MULAW
        self._frame_bytes = int(audio.rate_hz * FRAME_MS / 1000) * 2
        self._waiting = b""

    @property
    def frame_ms(self) -> float:
        return FRAME_MS

    def feed(self, sound: bytes) -> Sequence[float]:
        sound, size = self._waiting + (pcm_of_mulaw(sound) if self._is_mulaw else sound), self._frame_bytes
        whole = len(sound) - len(sound) % size
        self._waiting = sound[whole:]
        return [1.0 if _peak(sound[at : at + size]) > LOUD else 0.0 for at in range(0, whole, size)]


def _peak(frame: bytes) -> int:
    # A few samples tell loud from silent, and half-hour tests look at a hundred thousand frames.
    return max(
        abs(int.from_bytes(frame[at : at + 2], "little", signed=True)) for at in range(0, len(frame), 62)
    )


class EnergyVoiceActivity:
    def __init__(self) -> None:
        self.open_error: Exception | None = None

    def open(self, audio: AudioFormat) -> EnergyActivityStream:
        if self.open_error is not None:
            raise self.open_error
        return EnergyActivityStream(audio)
