"""What of an utterance lies before an instant, also where a voice has failed in it."""

from __future__ import annotations

import math

import pytest

from voice.core.audio import PCM_16000
from voice.engine.reading.form import SpokenForm
from voice.engine.spoken import Part, SpokenText


@pytest.mark.parametrize("sound_ms", [0, 400, 900])
def test_a_piece_that_the_voice_failed_on_was_heard_as_far_as_it_sounded(sound_ms: int) -> None:
    spoken, filler = SpokenText(PCM_16000), Part(is_filler=True)
    piece = spoken.add_piece(SpokenForm.of_plain("One moment, I am looking that up."), filler)
    spoken.add_sound(piece, bytes(PCM_16000.size_bytes(sound_ms)), [])
    piece.is_lost = True
    spoken.complete_piece(piece)
    heard = spoken.heard_text(math.inf, filler)
    assert heard == {0: "", 400: "One", 900: "One moment, I"}[sound_ms]
