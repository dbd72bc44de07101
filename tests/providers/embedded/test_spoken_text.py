"""Any text becomes ASCII words that know the piece of the original they stand for."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voice.providers.embedded.spoken_text import MOST_SEGMENT_CHARS, spoken_segments


def spoken(text: str) -> str:
    return " ".join(segment.text.strip() for segment in spoken_segments(text))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hello, caller!", "Hello, caller!"),
        ("It costs 20€ or £5.50.", "It costs 20 euros or 5.50 pounds."),
        ("naïve Zoë’s café…", "naive Zoe's cafe."),
        ("Tea & cake", "Tea and cake"),
        ("See www.example.com/help, or write to info@example.com.",
         "See w w w dot example dot com slash help, or write to info at example dot com."),
        ("Ask e.g. Dr. Shah, i.e. her.", "Ask for example Dr. Shah, that is her."),
        ("We are open 24/7 and/or on 12/05/2026", "We are open 24 7 and or on 12/05/2026"),
        ("**Bold** `code` 🙂 – ok", "Bold code ok"),
        ("🙂 … —", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_what_is_written_is_said_as_people_say_it(text: str, words: str):
    assert spoken(text) == words


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=600))
def test_no_text_breaks_it_and_every_piece_stands_for_a_token_of_the_text(text: str):
    last = 0
    for segment in spoken_segments(text):
        assert segment.text.isascii()
        assert len(segment.text) <= 2 * MOST_SEGMENT_CHARS
        for piece in segment.pieces:
            assert text[piece.start_char : piece.end_char].split() == [
                text[piece.start_char : piece.end_char]
            ]
            assert piece.start_char >= last
            last = piece.start_char


def test_a_long_text_is_cut_after_sentences_and_no_word_is_lost():
    text = "The clinic is open from nine until six, on weekdays. " * 12
    segments = spoken_segments(text)
    assert len(segments) > 3
    assert " ".join(segment.text.strip() for segment in segments) == text.strip()
    assert all(segment.text.rstrip().endswith(".") for segment in segments)


def test_a_text_without_any_pause_is_cut_between_words():
    segments = spoken_segments("word " * 200)
    assert all(len(segment.text) <= MOST_SEGMENT_CHARS + 6 for segment in segments)
    assert sum(len(segment.pieces) for segment in segments) == 200
