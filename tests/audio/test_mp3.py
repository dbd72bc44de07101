"""One sentence, one file: what an independent decoder makes of it."""

from __future__ import annotations

import miniaudio
import numpy as np
import pytest

from tests.audio.tone import level_db, spectrum, tone
from voice.audio.mp3 import BIT_RATE_KBPS, RATE_HZ, encode_mp3
from voice.audio.pcm import samples_of


def decoded(mp3: bytes) -> bytes:
    info = miniaudio.mp3_get_info(mp3)
    assert (info.sample_rate, info.nchannels) == (RATE_HZ, 1)
    return bytes(miniaudio.mp3_read_s16(mp3).samples)


@pytest.mark.parametrize("seconds", [0.02, 0.1, 0.5, 1.0, 7.3])
def test_a_decoder_hears_just_the_sound_that_went_in(seconds: float) -> None:
    sound = tone(440, RATE_HZ, seconds)
    out = decoded(encode_mp3(sound))
    assert len(out) == len(sound), "neither silence before it nor after it"
    if seconds >= 0.5:
        frequencies, strengths = spectrum(out, RATE_HZ)
        assert abs(frequencies[strengths.argmax()] - 440) < 3
        assert level_db(out) == pytest.approx(level_db(sound), abs=0.5)


def test_a_sound_begins_where_it_began() -> None:
    silence, sound = tone(0, RATE_HZ, 0.25), tone(440, RATE_HZ, 0.5)
    out = np.abs(samples_of(decoded(encode_mp3(silence + sound))).astype(int))
    assert int(np.argmax(out > 2000)) / RATE_HZ == pytest.approx(0.25, abs=0.01)


def test_sentences_decode_each_for_itself_and_fit_together() -> None:
    halves = [tone(300, RATE_HZ, 0.4), tone(600, RATE_HZ, 0.4)]
    out = b"".join(decoded(encode_mp3(half)) for half in halves)
    assert len(out) == sum(map(len, halves))


def test_a_file_is_as_large_as_its_bit_rate_says() -> None:
    assert len(encode_mp3(tone(440, RATE_HZ, 5.0))) == pytest.approx(5 * BIT_RATE_KBPS * 125, rel=0.03)


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(ValueError, match="even"):
        encode_mp3(b"\0\0\0")
