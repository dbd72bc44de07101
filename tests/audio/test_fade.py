"""Sound that is taken up in its middle begins softly, and is otherwise as it was."""

from __future__ import annotations

import numpy as np
import pytest

from voice.audio.fade import FADE_MS, faded_in
from voice.audio.pcm import samples_of


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 24_000])
def test_it_rises_from_silence_and_keeps_its_length(rate_hz: int) -> None:
    sound = np.full(rate_hz // 10, 20_000, "<i2")
    faded = samples_of(faded_in(sound.tobytes(), rate_hz)).astype(int)
    rise = round(rate_hz * FADE_MS / 1000)
    assert faded[0] == 0 and len(faded) == len(sound)
    assert (np.diff(faded[: rise + 1]) <= 20_000 / rise + 1).all()
    assert (faded[rise:] == 20_000).all()


@pytest.mark.parametrize("count", [0, 1, 3])
def test_what_is_shorter_than_the_rise_is_no_trouble(count: int) -> None:
    assert len(faded_in(b"\x10\x27" * count, 16_000)) == 2 * count
