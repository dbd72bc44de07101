"""Audio formats: how samples are packed, and the arithmetic between bytes and time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Encoding(StrEnum):
    PCM_S16LE = "pcm_s16le"
    MULAW = "mulaw"
    MP3 = "mp3"


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """One mono stream's encoding and sample rate."""

    encoding: Encoding
    rate_hz: int

    @property
    def bytes_per_sample(self) -> int:
        """Raises ValueError for MP3, whose bytes have no fixed length in time."""
        if self.encoding is Encoding.PCM_S16LE:
            return 2
        if self.encoding is Encoding.MULAW:
            return 1
        raise ValueError("MP3 has no fixed number of bytes a sample")

    def duration_ms(self, size_bytes: int) -> float:
        return size_bytes * 1000 / (self.bytes_per_sample * self.rate_hz)

    def size_bytes(self, duration_ms: float) -> int:
        """The whole samples that fit into the duration, in bytes."""
        return int(duration_ms * self.rate_hz / 1000) * self.bytes_per_sample


PCM_8000 = AudioFormat(Encoding.PCM_S16LE, 8_000)
PCM_16000 = AudioFormat(Encoding.PCM_S16LE, 16_000)
PCM_24000 = AudioFormat(Encoding.PCM_S16LE, 24_000)
MULAW_8000 = AudioFormat(Encoding.MULAW, 8_000)
MP3_24000 = AudioFormat(Encoding.MP3, 24_000)
