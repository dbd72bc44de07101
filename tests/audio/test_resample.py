"""A changed rate changes neither pitch, loudness nor length, adds nothing, and holds nothing back."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.audio.tone import level_db, spectrum, tone
from voice.audio.pcm import samples_of
from voice.audio.resample import ZERO_CROSSINGS, Resampler, resampled

RATES = [8_000, 16_000, 22_050, 24_000, 44_100, 48_000]
pairs = pytest.mark.parametrize(
    ("from_hz", "to_hz"), [(one, other) for one in RATES for other in RATES if one != other]
)


@pairs
def test_a_tone_keeps_its_pitch_its_loudness_and_its_length(from_hz: int, to_hz: int) -> None:
    sound = tone(1000, from_hz, 1.0)
    out = resampled(sound, from_hz, to_hz)
    frequencies, strengths = spectrum(out, to_hz)
    assert abs(frequencies[strengths.argmax()] - 1000) <= 1.5
    assert level_db(out) == pytest.approx(level_db(sound), abs=0.3)
    # The filter's tail comes on top.
    longest = len(sound) / from_hz + 2.5 * ZERO_CROSSINGS / min(from_hz, to_hz) * 2
    assert len(sound) / from_hz <= len(out) / to_hz <= longest


@pairs
def test_nothing_is_heard_that_was_not_there(from_hz: int, to_hz: int) -> None:
    """Neither images above the old rate's half nor aliases below the new one's."""
    lower = min(from_hz, to_hz)
    sound = tone(lower * 0.3, from_hz, 0.5)
    middle = resampled(sound, from_hz, to_hz)[to_hz // 20 * 2 : -(to_hz // 20 * 2)]
    frequencies, strengths = spectrum(middle, to_hz)
    assert strengths[abs(frequencies - lower * 0.3) > 100].max() < -70


def test_what_the_new_rate_cannot_hold_is_silenced() -> None:
    out = resampled(tone(6_000, 24_000, 0.5, 20_000), 24_000, 8_000)
    assert level_db(out[800:-800]) < -70, "its beginning and end are clicks, which hold every frequency"


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([(8_000, 16_000), (48_000, 16_000), (22_050, 24_000), (16_000, 24_000)]), st.integers()
)
def test_pieces_of_any_size_make_the_same_sound_as_the_whole(rates: tuple[int, int], seed: int) -> None:
    chance = random.Random(seed)
    sound = np.random.default_rng(abs(seed)).integers(-9000, 9000, 3000).astype("<i2").tobytes()
    resampler, out, at = Resampler(*rates), b"", 0
    while at < len(sound):
        size = 2 * chance.choice([0, 1, 2, 7, 160, 441, 1000])
        out += resampler(sound[at : at + size])
        at += size
    assert out + resampler.flush() == resampled(sound, *rates)


@pairs
def test_a_sound_leaves_as_it_comes(from_hz: int, to_hz: int) -> None:
    """A click comes out after the filter's delay of 12 samples of the lower rate, not a block later."""
    resampler = Resampler(from_hz, to_hz)
    out = resampler(tone(440, from_hz, 0.02))
    assert len(out) // 2 >= 0.02 * to_hz - 1, "20 ms in, 20 ms out"
    click = np.zeros(from_hz // 10, "<i2")
    click[0] = 20_000
    at_ms = int(np.abs(samples_of(Resampler(from_hz, to_hz)(click.tobytes()))).argmax()) / to_hz * 1000
    assert at_ms == pytest.approx(ZERO_CROSSINGS / min(from_hz, to_hz) * 1000, abs=0.15)


def test_the_loudest_sound_is_cut_off_rather_than_turned_over() -> None:
    square = np.where(np.arange(4800) // 24 % 2, 32767, -32768).astype("<i2")
    out = samples_of(resampled(square.tobytes(), 24_000, 48_000)).astype(int)
    assert np.abs(np.diff(out)).max() < 50_000, "no sample jumps from one end to the other"
    assert out.max() == 32767 and out.min() == -32768


def test_a_used_resampler_begins_anew_after_its_flush() -> None:
    resampler, sound = Resampler(16_000, 24_000), tone(500, 16_000, 0.1)
    first = resampler(sound) + resampler.flush()
    assert resampler(sound) + resampler.flush() == first


def test_the_same_rate_passes_through() -> None:
    sound = tone(500, 16_000, 0.1)
    assert resampled(sound, 16_000, 16_000) is sound or resampled(sound, 16_000, 16_000) == sound
