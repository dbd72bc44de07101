"""What simulated voices sound like."""

from __future__ import annotations

import numpy as np


def tone(chars: str, each_ms: float, rate_hz: int) -> bytes:
    """A hum where there are letters and silence where there are none: 16-bit PCM."""
    each = round(rate_hz * each_ms / 1000)
    time_s = np.arange(each * len(chars)) / rate_hz
    hum = sum(np.sin(2 * np.pi * 140 * k * time_s) / k for k in (1, 2, 3, 5))
    loud = np.repeat([0.0 if char.isspace() else 1.0 for char in chars], each)
    return (3000 * hum * loud).astype("<i2").tobytes()
