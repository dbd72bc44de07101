"""Something that a caller says into the phone: μ-law, with the places where its sound begins and ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.simulators.sound import linear
from tests.simulators.twilio.playout import BYTES_A_SECOND
from voice.audio.resample import resampled

# Of 32768: quieter is what lies before and after the words.
QUIETEST_SOUND = 300


@dataclass(frozen=True, slots=True)
class Utterance:
    """`first_ms` and `last_ms`: its first and its last sample that can be heard, from its beginning."""

    sound: bytes
    first_ms: float
    last_ms: float


def utterance(mulaw: bytes) -> Utterance:
    loud = np.flatnonzero(np.abs(linear(mulaw, "mulaw")) >= QUIETEST_SOUND)
    first, last = (int(loud[0]), int(loud[-1]) + 1) if len(loud) else (0, len(mulaw))
    return Utterance(mulaw, first * 1000 / BYTES_A_SECOND, last * 1000 / BYTES_A_SECOND)


def spoken(pcm: bytes, rate_hz: int) -> Utterance:
    """Of 16-bit PCM."""
    return utterance(mulaw_of(resampled(pcm, rate_hz, BYTES_A_SECOND)))


def mulaw_of(pcm: bytes) -> bytes:
    """16-bit samples as ITU-T G.711 writes them."""
    samples = np.frombuffer(pcm, "<i2").astype(int)
    magnitude = np.minimum(np.abs(samples), 32_635) + 132
    exponent = np.floor(np.log2(magnitude)).astype(int) - 7
    mantissa = magnitude >> (exponent + 3) & 15
    sign = np.where(samples < 0, 0x80, 0)
    return (~(sign | exponent << 4 | mantissa) & 0xFF).astype(np.uint8).tobytes()
