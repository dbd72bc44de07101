"""The tones of telephone keys: two at once for each, as every exchange understands them."""

from __future__ import annotations

import numpy as np

TONE_MS, GAP_MS = 100, 60
# A digit that is none: what is at the other end may need a moment.
PAUSE, PAUSE_MS = "w", 500
LONGEST = 40
_ROWS, _COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
_PAD = ("123A", "456B", "789C", "*0#D")
FREQUENCIES_HZ = {
    key: (row, column)
    for row, keys in zip(_ROWS, _PAD, strict=True)
    for column, key in zip(_COLUMNS, keys, strict=True)
}
# Of full scale, each: both together stay far below what a line clips.
_LEVEL = 0.22
# Without a soft edge a tone clicks, and the click is heard as many frequencies.
_EDGE_MS = 5


def is_dialled(digits: str) -> bool:
    """Whether these are keys and pauses, one at least and no more than may be sent at once."""
    return 0 < len(digits) <= LONGEST and all(d in FREQUENCIES_HZ or d == PAUSE for d in digits)


def duration_ms(digits: str) -> float:
    return float(sum(PAUSE_MS if digit == PAUSE else TONE_MS + GAP_MS for digit in digits))


def dtmf_tones(digits: str, rate_hz: int) -> bytes:
    """16-bit PCM. `digits` as `is_dialled` allows."""
    return b"".join(_silence(PAUSE_MS, rate_hz) if d == PAUSE else _tone(d, rate_hz) for d in digits)


def _silence(length_ms: float, rate_hz: int) -> bytes:
    return b"\0\0" * round(rate_hz * length_ms / 1000)


def _tone(key: str, rate_hz: int) -> bytes:
    count, edge = round(rate_hz * TONE_MS / 1000), round(rate_hz * _EDGE_MS / 1000)
    at_s = np.arange(count) / rate_hz
    wave = sum(np.sin(2 * np.pi * hz * at_s) for hz in FREQUENCIES_HZ[key])
    shape = np.ones(count)
    shape[:edge], shape[-edge:] = np.linspace(0, 1, edge), np.linspace(1, 0, edge)
    sound: bytes = (wave * shape * _LEVEL * 32_767).astype("<i2").tobytes()
    return sound + _silence(GAP_MS, rate_hz)
