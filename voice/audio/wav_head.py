"""The head of a WAV file that is still being written: where its sound begins and what it is."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from voice.audio.wav import WavError

PCM = 1
EXTENSIBLE = 0xFFFE
LONGEST_HEAD_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class WavHead:
    """Of 16-bit samples, which begin at `size_bytes`. How many there are, nobody knows yet."""

    rate_hz: int
    channels: int
    size_bytes: int


def wav_head(beginning: bytes) -> WavHead | None:
    """None while more bytes are needed. Raises WavError for what is no WAV of 16-bit PCM."""
    if len(beginning) < 12:
        return None
    if beginning[:4] != b"RIFF" or beginning[8:12] != b"WAVE":
        raise WavError("not a WAV file")
    at: int = 12
    found: tuple[int, int] | None = None
    while at + 8 <= len(beginning):
        name, size = beginning[at : at + 4], int.from_bytes(beginning[at + 4 : at + 8], "little")
        if name == b"data":
            if found is None:
                raise WavError("its sound comes before its format")
            return WavHead(*found, at + 8)
        if name == b"fmt " and at + 24 <= len(beginning):
            kind, channels, rate_hz, _, _, bits = struct.unpack_from("<HHIIHH", beginning, at + 8)
            if kind not in (PCM, EXTENSIBLE) or bits != 16 or channels not in (1, 2) or not rate_hz:
                raise WavError(f"{channels} channels of {bits} bits (kind {kind}) are not supported")
            found = (rate_hz, channels)
        at += 8 + size + size % 2
    if len(beginning) > LONGEST_HEAD_BYTES:
        raise WavError("its head does not end")
    return None
