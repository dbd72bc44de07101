"""A reply is cut where one would breathe, whatever pieces it is written in, and nothing of it is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice.engine.sentences import LONGEST_PIECE_CHARACTERS, SentenceSplitter

WHOLE = [
    "Dr. Smith sees you at 3.30 p.m. today.",
    "It costs $1,200.50 in all.",
    "Write to info@example.com or see https://example.com/a.b?c=d for more.",
    "Bring an ID, e.g. a passport, i.e. something with a photo.",
    "Mr. and Mrs. J. R. Miller live at 12 St. James Rd. in town.",
    "The U.S. office opens at 9 a.m. on weekdays.",
    "Version 2.0 vs. version 1.9 is faster.",
    "Well... let me look that up.",
    "Call No. 5 now.",
    "See fig. 3 and vol. 2.",
]
SPLIT = [
    ("Hello there. How are you?", ["Hello there. ", "How are you?"]),
    ("Really?! Yes. Great!", ["Really?! ", "Yes. ", "Great!"]),
    ('He said "Stop." Then he left.', ['He said "Stop." ', "Then he left."]),
    ("It is 5. Come in.", ["It is 5. ", "Come in."]),
    ("No. That is wrong.", ["No. ", "That is wrong."]),
    ("We open at 9 a.m. Come early.", ["We open at 9 a.m. ", "Come early."]),
    ("First line\nSecond line", ["First line\n", "Second line"]),
    ("¿Qué tal? ¡Muy bien!", ["¿Qué tal? ", "¡Muy bien!"]),
    ("私は元気です。あなたは？", ["私は元気です。", "あなたは？"]),
    ("Wait… Now.", ["Wait… ", "Now."]),
]


def pieces_of(text: str, *, clause_first: bool = False, language: str = "en-US", chunk: int = 0) -> list[str]:
    splitter = SentenceSplitter(language, clause_first=clause_first)
    chunks = [text[at : at + chunk] for at in range(0, len(text), chunk)] if chunk else [text]
    return [piece for part in chunks for piece in splitter.push(part)] + splitter.flush()


@pytest.mark.parametrize("text", WHOLE)
def test_a_point_that_ends_nothing_does_not_cut(text: str) -> None:
    assert pieces_of(text) == [text]
    assert pieces_of(text, chunk=1) == [text]


@pytest.mark.parametrize(("text", "pieces"), SPLIT)
def test_a_sentence_ends_where_it_ends(text: str, pieces: list[str]) -> None:
    assert pieces_of(text) == pieces
    assert pieces_of(text, chunk=1) == pieces


def test_german_numbers_take_points() -> None:
    text = "Wir sehen uns am 3. Mai um zehn."
    assert pieces_of(text, language="de-DE") == [text]


def test_the_first_clause_may_go_ahead_and_later_sentences_stay_whole() -> None:
    text = "Yes, of course you can do that, whenever you like. Later on, as you wish, come back."
    first, *rest = pieces_of(text, clause_first=True)
    assert first == "Yes, of course you can do that, "
    assert rest == ["whenever you like. ", "Later on, as you wish, come back."]


def test_a_number_is_no_clause() -> None:
    assert pieces_of("That will be about 1,000,000 or 12:30 then", clause_first=True) == [
        "That will be about 1,000,000 or 12:30 then"
    ]


def test_a_sentence_waits_until_its_end_is_known() -> None:
    splitter = SentenceSplitter("en-US", clause_first=False)
    assert splitter.push("It costs 3.") == []
    assert splitter.push("5") == []
    assert splitter.push("0 dollars. A") == ["It costs 3.50 dollars. "]


def test_a_writer_that_hesitates_has_whole_words_spoken() -> None:
    splitter = SentenceSplitter("en-US", clause_first=True)
    splitter.push("Let me see wheth")
    assert splitter.flush_words() == ["Let me see "]
    assert splitter.push("er it is there. X") == ["whether it is there. "]


def test_nobody_waits_for_the_end_of_an_endless_sentence() -> None:
    pieces = pieces_of("word " * 500)
    assert all(len(piece) <= LONGEST_PIECE_CHARACTERS for piece in pieces)


PARTS = [*"aB1 .,!?…\n\"')(:;-é🙂。", "Dr. ", "e.g. ", "3.5", "https://a.b "]
TEXTS = st.lists(st.sampled_from(PARTS), max_size=200).map("".join)


@given(text=TEXTS, cuts=st.lists(st.integers(1, 12), min_size=1, max_size=60), clause_first=st.booleans())
def test_nothing_is_lost_doubled_or_cut_otherwise_however_it_is_written(
    text: str, cuts: list[int], clause_first: bool
) -> None:
    splitter = SentenceSplitter("en-US", clause_first=clause_first)
    pieces, at = [], 0
    while at < len(text):
        size = cuts[at % len(cuts)]
        pieces += splitter.push(text[at : at + size])
        at += size
    pieces += splitter.flush()
    assert "".join(pieces) == text
    assert all(pieces)
    assert all(len(piece) <= LONGEST_PIECE_CHARACTERS + 60 for piece in pieces[:-1])
