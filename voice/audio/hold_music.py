"""Music for somebody who waits: a quiet broken chord in phrases, computed, so that nobody owns it."""

from __future__ import annotations

from functools import cache

import numpy as np

PHRASE_MS = 2_000
NOTES_A_PHRASE = 4
# C major, A minor, F major, G major: up and half down again, in semitones from the A of 220 Hz.
_CHORDS = ((3, 7, 10, 7), (0, 3, 7, 3), (-4, 0, 3, 0), (-2, 2, 5, 2))
_LOUDEST = 0.16
_DECAY_S = 0.45
_ATTACK_S = 0.012
_END_MS = 60


def hold_music(phrase: int, rate_hz: int) -> bytes:
    """16-bit PCM of one phrase; they follow each other without end. Each begins and ends in silence."""
    return _phrases(rate_hz)[phrase % len(_CHORDS)]


@cache
def _phrases(rate_hz: int) -> tuple[bytes, ...]:
    """Made when somebody first waits, and shared: 64 kB at the telephone's rate."""
    return tuple(_phrase(chord, rate_hz) for chord in _CHORDS)


def _phrase(chord: tuple[int, ...], rate_hz: int) -> bytes:
    count = round(rate_hz * PHRASE_MS / 1000)
    sound = np.zeros(count)
    for number, semitones in enumerate(chord):
        begins = count * number // NOTES_A_PHRASE
        at_s = np.arange(count - begins) / rate_hz
        sound[begins:] += _note(220.0 * 2 ** (semitones / 12), at_s)
    end = round(rate_hz * _END_MS / 1000)
    sound[-end:] *= np.linspace(1, 0, end)
    # Notes lie over each other: never above the loudest.
    pcm: bytes = (sound / max(1.0, np.abs(sound).max()) * _LOUDEST * 32_767).astype("<i2").tobytes()
    return pcm


def _note(hz: float, at_s: np.ndarray) -> np.ndarray:
    soft = np.sin(2 * np.pi * hz * at_s) + 0.25 * np.sin(4 * np.pi * hz * at_s)
    return soft * np.exp(-at_s / _DECAY_S) * np.minimum(1.0, at_s / _ATTACK_S)
