"""Audio formats: how samples are packed, and the arithmetic between bytes and time."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Encoding(StrEnum):
    PCM_S16LE = "pcm_s16le"
    MULAW = "mulaw"
    MP3 = "mp3"


_SAMPLE_BYTES = {Encoding.PCM_S16LE: 2, Encoding.MULAW: 1}


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """One mono stream's encoding and sample rate."""

    encoding: Encoding
    rate_hz: int
    # 0 for MP3. Kept, since every piece of a caller's sound is measured several times.
    _bytes_per_s: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_bytes_per_s", _SAMPLE_BYTES.get(self.encoding, 0) * self.rate_hz)

    @property
    def bytes_per_sample(self) -> int:
        """Raises ValueError for MP3, whose bytes have no fixed length in time."""
        if self.encoding not in _SAMPLE_BYTES:
            raise ValueError("MP3 has no fixed number of bytes a sample")
        return _SAMPLE_BYTES[self.encoding]

    def duration_ms(self, size_bytes: int) -> float:
        """Raises ValueError for MP3."""
        if not self._bytes_per_s:
            raise ValueError("MP3 has no fixed length in time")
        return size_bytes * 1000 / self._bytes_per_s

    def size_bytes(self, duration_ms: float) -> int:
        """The whole samples that fit into the duration, in bytes."""
        return int(duration_ms * self.rate_hz / 1000) * self.bytes_per_sample


PCM_8000 = AudioFormat(Encoding.PCM_S16LE, 8_000)
PCM_16000 = AudioFormat(Encoding.PCM_S16LE, 16_000)
PCM_24000 = AudioFormat(Encoding.PCM_S16LE, 24_000)
MULAW_8000 = AudioFormat(Encoding.MULAW, 8_000)
MP3_24000 = AudioFormat(Encoding.MP3, 24_000)
