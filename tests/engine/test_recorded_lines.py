"""Recordings that are heard when no voice is left say what is written, at one level, in every language."""

from __future__ import annotations

import numpy as np
import pytest

from voice.audio.pcm import samples_of
from voice.engine.lines import LANGUAGES, Line, line
from voice.engine.recorded_lines import RECORDED, recorded_line

# The slowest and the quickest of the voices that made them.
CHARACTERS_A_SECOND = (9.0, 21.0)
LEVEL = 0.08 * 32_768


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 24_000])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("which", sorted(RECORDED))
def test_a_recording_is_as_long_and_as_loud_as_its_words(language: str, which: Line, rate_hz: int) -> None:
    sound = recorded_line(which, language, rate_hz)
    assert sound is not None
    samples = samples_of(sound).astype(float)
    pace = len(line(which, language)) / (len(samples) / rate_hz)
    assert CHARACTERS_A_SECOND[0] < pace < CHARACTERS_A_SECOND[1]
    assert float(np.sqrt(np.mean(samples**2))) == pytest.approx(LEVEL, rel=0.1)
    assert np.abs(samples[: rate_hz // 4]).max() > 500, "it begins at once"


def test_a_language_without_recordings_is_answered_in_english() -> None:
    assert recorded_line(Line.APOLOGY, "nl-NL", 8_000) == recorded_line(Line.APOLOGY, "en-US", 8_000)


def test_words_that_a_model_left_out_are_left_to_the_voice() -> None:
    assert recorded_line(Line.FAREWELL, "en-US", 8_000) is None
