"""A reply is cut where one would breathe, whatever pieces it is written in, and nothing of it is lost."""

from __future__ import annotations

from itertools import accumulate

import pytest
from hypothesis import given, settings
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


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en-US", "Call 555-0199 ext. 23 for that."),
        ("de-DE", "Ihre Kundennr. 4711 gilt vom 1.-5. Mai und Sa. 9–13 Uhr bei Maier & Co. KG."),
        ("fr-FR", "Ouvert lun. - ven. de neuf à dix heures."),
        ("es-ES", "El Sr. López le atiende, y el Dr. Pérez."),
    ],
)
def test_what_an_abbreviation_stands_before_stays_with_it(language: str, text: str) -> None:
    assert pieces_of(text, language=language) == [text]
    assert pieces_of(text, language=language, chunk=1) == [text]


def test_a_day_of_the_week_is_no_first_clause() -> None:
    text = "We have booked you for Fri, Dec 5 then"
    assert pieces_of(text, clause_first=True) == [text]


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
CUTS = st.lists(st.integers(1, 12), min_size=1, max_size=60)


def written_in(text: str, cuts: list[int], language: str, *, clause_first: bool, hesitates: int) -> list[str]:
    """The pieces of a text that comes in these tokens, with a pause after every so many of them."""
    splitter = SentenceSplitter(language, clause_first=clause_first)
    pieces: list[str] = []
    at = token = 0
    while at < len(text):
        size = cuts[token % len(cuts)]
        pieces += splitter.push(text[at : at + size])
        at += size
        token += 1
        if hesitates and token % hesitates == 0:
            pieces += splitter.flush_words()
    return pieces + splitter.flush()


@given(text=TEXTS, cuts=CUTS, clause_first=st.booleans(), hesitates=st.integers(0, 9))
def test_nothing_is_lost_doubled_or_cut_otherwise_however_it_is_written(
    text: str, cuts: list[int], clause_first: bool, hesitates: int
) -> None:
    pieces = written_in(text, cuts, "en-US", clause_first=clause_first, hesitates=hesitates)
    assert "".join(pieces) == text
    assert all(pieces)
    # Only what has no space in it may be longer.
    assert all(len(piece) <= LONGEST_PIECE_CHARACTERS + 60 for piece in pieces[:-1] if " " in piece.strip())
    assert hesitates or pieces == written_in(
        text, [len(text) or 1], "en-US", clause_first=clause_first, hesitates=0
    )


ATOMS = {
    "en-US": [
        *("$29.50", "1,200,000", "3.5", "$1.5 million", "14:30", "5 p.m.", "2026-11-24", "Nov 24, 2026"),
        *(
            "www.example.com",
            "https://example.com/a.b?c=d,e",
            "info@example.com",
            "555-1234",
            "(415) 555-2671",
        ),
        *(
            "Dr. Smith",
            "e.g. this",
            "No. 5",
            "St. James",
            "J. R. Miller",
            "10 %",
            "[our menu, too](https://a.b/c)",
        ),
    ],
    "de-DE": [
        *(
            "1.200,50 €",
            "3,5 %",
            "24.11.2026",
            "3. Mai",
            "14:30 Uhr",
            "z. B. Äpfel",
            "z.B. Äpfel",
            "d. h. Obst",
        ),
        *("Dr. Müller", "Fr. Meier", "Nr. 7", "5 Mio. Euro", "Hauptstr. 5", "030 1234567", "i. d. R. Obst"),
    ],
    "fr-FR": [
        *(
            "1 200,50 €",
            "3,5 %",
            "24/11/2026",
            "14 h 30",
            "p. ex. Paris",
            "M. Dupont",
            "n° 5",
            "01 23 45 67 89",
        ),
        *("Mme Martin", "c.-à-d. Paris", "env. 5"),
    ],
    "es-ES": [
        *("1.200,50 €", "3,5 %", "24/11/2026", "p. ej. Madrid", "Sra. López", "núm. 5", "n.º 5", "EE. UU."),
        *("Avda. Colón", "912 345 678", "5 p. m."),
    ],
}
FILLERS = ["and so on", "yes", "it is", "of course", "Well", "that"]
MARKS = [" ", ", ", " ", ". ", "? ", ": ", " – ", "\n"]


@st.composite
def texts_with_atoms(draw: st.DrawFn) -> tuple[str, str, list[tuple[int, int]]]:
    """A language, a text in it, and where what must not be cut stands. Words stand between."""
    language = draw(st.sampled_from(sorted(ATOMS)))
    text, places = "", []
    for _ in range(draw(st.integers(1, 8))):
        text += draw(st.sampled_from(FILLERS)) + draw(st.sampled_from(MARKS)) + "so "
        atom = draw(st.sampled_from(ATOMS[language]))
        places.append((len(text), len(text) + len(atom)))
        text += atom + draw(st.sampled_from([" then", ", then", " and"])) + draw(st.sampled_from(MARKS))
    return language, text, places


@settings(max_examples=400, deadline=None)
@given(written=texts_with_atoms(), cuts=CUTS, clause_first=st.booleans(), hesitates=st.integers(0, 5))
def test_no_figure_address_or_abbreviation_is_cut_however_it_is_written(
    written: tuple[str, str, list[tuple[int, int]]], cuts: list[int], clause_first: bool, hesitates: int
) -> None:
    language, text, places = written
    pieces = written_in(text, cuts, language, clause_first=clause_first, hesitates=hesitates)
    assert "".join(pieces) == text
    ends = set(accumulate(len(piece) for piece in pieces))
    cut = [text[start:end] for start, end in places if any(at in ends for at in range(start + 1, end))]
    assert not cut, pieces


def test_a_writer_that_hesitates_behind_a_figure_keeps_it_back() -> None:
    splitter = SentenceSplitter("en-US", clause_first=True)
    splitter.push("That would cost $5 ")
    assert splitter.flush_words() == ["That would "]
    assert splitter.push("million in all. X") == ["cost $5 million in all. "]


def test_a_long_address_is_one_piece() -> None:
    address = "https://example.com/" + "a1-" * 150 + "end"
    text = f"It is at {address} on our page."
    for chunk in (0, 1, 7):
        assert any(address in piece for piece in pieces_of(text, chunk=chunk))


def test_never_mind_ends_a_sentence_in_english() -> None:
    assert pieces_of("Never mind. Ask Max. He knows.") == ["Never mind. ", "Ask Max. ", "He knows."]


def test_a_script_without_spaces_is_not_waited_for() -> None:
    pieces = pieces_of("私は元気です" * 100)
    assert all(len(piece) <= LONGEST_PIECE_CHARACTERS for piece in pieces)
