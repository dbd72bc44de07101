"""Keys as tones: the right two frequencies, for long enough, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from voice.audio.dtmf_tones import FREQUENCIES_HZ, dtmf_tones, duration_ms, is_dialled
from voice.audio.hold_music import PHRASE_MS, hold_music
from voice.audio.pcm import samples_of


def loudest_hz(pcm: bytes, rate_hz: int) -> list[int]:
    """The two peaks of the spectrum, at least 100 Hz apart."""
    samples = samples_of(pcm).astype(float)
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 1 << 16))
    hz = np.fft.rfftfreq(1 << 16, 1 / rate_hz)
    first = hz[power.argmax()]
    second = hz[np.where(np.abs(hz - first) > 100, power, 0).argmax()]
    return sorted(round(each) for each in (first, second))


@pytest.mark.parametrize("rate_hz", [8_000, 24_000])
@pytest.mark.parametrize("key", sorted(FREQUENCIES_HZ))
def test_each_key_has_its_two_frequencies(key: str, rate_hz: int) -> None:
    tone = dtmf_tones(key, rate_hz)[: rate_hz // 10 * 2]
    assert loudest_hz(tone, rate_hz) == pytest.approx(sorted(FREQUENCIES_HZ[key]), abs=8)


def test_tones_and_gaps_have_their_lengths_and_never_clip() -> None:
    sound = samples_of(dtmf_tones("1w#", 8_000))
    assert len(sound) == 8 * duration_ms("1w#") == 8 * (160 + 500 + 160)
    assert np.abs(sound[:800]).max() > 8_000 and np.abs(sound).max() < 32_767 // 2
    assert not sound[800 : 8 * 660].any()
    assert sound[8 * 660 : 8 * 760].any() and not sound[8 * 760 :].any()


@pytest.mark.parametrize("digits", ["", "12a", "1 2", "e", "1" * 41, "１"])
def test_what_is_no_key_is_not_dialled(digits: str) -> None:
    assert not is_dialled(digits)
    assert is_dialled("0123456789*#ABCDw")


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 24_000])
def test_music_goes_on_without_a_click_and_stays_quiet(rate_hz: int) -> None:
    phrases = [samples_of(hold_music(number, rate_hz)) for number in range(5)]
    assert {len(phrase) for phrase in phrases} == {rate_hz * PHRASE_MS // 1000}
    whole = np.concatenate(phrases).astype(int)
    assert 1_000 < np.abs(whole).max() < 32_767 * 0.2
    assert all(abs(phrase[0]) < 50 and abs(phrase[-1]) < 50 for phrase in phrases)
    # No step between two samples that a note of this height would not have.
    assert np.abs(np.diff(whole)).max() < 3_000
    assert (phrases[0] == phrases[4]).all() and not (phrases[0] == phrases[1]).all()
