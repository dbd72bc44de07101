"""The way back from what is said to what is written: whole, in order, and nothing said twice."""

from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voice.core.events import WordTime
from voice.core.spec import Pronunciation
from voice.engine.reading.form import Part, SpokenForm
from voice.engine.reading.reader import Reader
from voice.engine.reading.written_words import WrittenWords

PIECES = [
    *"aB1 .,!?\n\"'(:-é5%&#@/",
    *("$5.20", "1.200,50 €", "Dr. ", "z. B. ", "14:30", "2 pm", "2026-11-24", "Nov 24", "3rd", "10%", "5kg"),
    *(
        "555-1234",
        "+49 30 1234567",
        "info@example.com",
        "https://www.a.de/b?c",
        " words ",
        "AB-1234",
        "#4711",
    ),
]
# The first text in a language loads its rules, and the machine may have other things to do.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
TEXTS = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)
LANGUAGES = st.sampled_from(["en-US", "en-GB", "de-DE", "fr-FR", "es-ES", "it-IT"])
DICTIONARY = (Pronunciation("words", "wordy things"), Pronunciation("B", "bee", case_sensitive=True))


def words_said(form: SpokenForm) -> list[WordTime]:
    """One after another, a second each."""
    said = form.spoken.strip()
    return [
        WordTime(match.group(), at * 1000.0, (at + 1) * 1000.0, match.start(), match.end())
        for at, match in enumerate(re.finditer(r"\S+", said))
    ]


@PATIENT
@given(text=TEXTS, language=LANGUAGES)
def test_the_parts_are_the_text(text: str, language: str) -> None:
    form = Reader(language, DICTIONARY).read(text)
    assert form.written == text
    assert all(part.written and part.spoken for part in form.parts)


@PATIENT
@given(text=TEXTS, language=LANGUAGES)
def test_the_way_back_goes_forward_and_covers_everything(text: str, language: str) -> None:
    form = Reader(language, DICTIONARY).read(text)
    heard = [form.written_until(at) for at in range(len(form.spoken) + 1)]
    assert heard == sorted(heard)
    assert not text or (heard[0], heard[-1]) == (0, len(text))
    ranges = [form.written_range(at, at + 1) for at in range(len(form.spoken))]
    assert all(start < end for start, end in ranges)
    assert {at for start, end in ranges for at in range(start, end)} == set(range(len(text)))
    assert ranges == sorted(ranges)


@PATIENT
@given(text=TEXTS, language=LANGUAGES, cuts=st.lists(st.integers(1, 4), min_size=1, max_size=8))
def test_words_come_back_in_order_without_overlap_however_they_are_told(
    text: str, language: str, cuts: list[int]
) -> None:
    form = Reader(language, DICTIONARY).read(text)
    words, back, at = words_said(form), WrittenWords(form), 0
    written: list[WordTime] = []
    while at < len(words):
        size = cuts[at % len(cuts)]
        written += back.add(words[at : at + size])
        at += size
    written += back.finish()
    assert all(a.end_char <= b.start_char and a.end_ms <= b.start_ms for a, b in pairwise(written))
    assert all(a.text == text[a.start_char : a.end_char] for a in written)
    covered = {at for word in written for at in range(word.start_char, word.end_char)}
    assert {at for at, character in enumerate(text) if character.isalnum()} <= covered
    once = WrittenWords(form)
    assert [*once.add(words), *once.finish()] == written


@PATIENT
@given(text=TEXTS, language=LANGUAGES, share=st.floats(0, 1))
def test_the_rest_of_a_form_says_the_rest_of_the_text(text: str, language: str, share: float) -> None:
    form = Reader(language, DICTIONARY).read(text)
    at = int(len(text) * share)
    rest = form.after(at)
    assert rest.written == text[at:]
    assert form.spoken.endswith(rest.spoken)


@PATIENT
@given(st.text(alphabet="abc DEF,;\n", max_size=60))
def test_a_text_with_nothing_to_read_is_said_as_it_is(text: str) -> None:
    assert Reader("en-US").read(text) == SpokenForm.of_plain(text)


def test_five_dollars_is_one_word_that_ends_with_dollars() -> None:
    form = SpokenForm((Part("It is ", "It is "), Part("$5", "five dollars"), Part(" now.", " now.")))
    it, is_, five, dollars, now = words_said(form)
    back = WrittenWords(form)
    assert [word.text for word in back.add([it, is_, five])] == ["It", "is"]
    assert back.add([dollars]) == (WordTime("$5", 2000.0, 4000.0, 6, 8),)
    assert [(word.text, word.start_char) for word in back.add([now])] == [("now.", 9)]


def test_words_without_a_place_are_looked_for_in_what_is_said() -> None:
    form = Reader("en-US").read("  Pay $5 by May 3.")
    back = WrittenWords(form)
    words = [
        WordTime(text, at * 100.0, at * 100.0 + 90)
        for at, text in enumerate(("pay", "five", "dollars", "by", "may", "third"))
    ]
    assert [word.text for word in (*back.add(words), *back.finish())] == ["pay", "$5", "by", "May 3"]


def test_a_number_that_is_dictated_is_followed_digit_by_digit() -> None:
    form = Reader("en-US").read("Call 555-1234 now")
    back = WrittenWords(form)
    said = [word.text for word in (*back.add(words_said(form)), *back.finish())]
    assert said == ["Call", *"555", "-1", *"234", "now"]
