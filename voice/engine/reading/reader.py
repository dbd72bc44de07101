"""Reads a text aloud: finds what is said otherwise than it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from voice.core.spec import Pronunciation
from voice.engine.reading.abbreviations import abbreviation_rules, sign_rules
from voice.engine.reading.addresses import address_rules
from voice.engine.reading.codes import code_rules, named_code_rules
from voice.engine.reading.dates import date_rules
from voice.engine.reading.figures import Figures
from voice.engine.reading.form import Part, SpokenForm
from voice.engine.reading.languages.known import language_of
from voice.engine.reading.measures import measure_rules
from voice.engine.reading.money import money_rules
from voice.engine.reading.numbers import number_rules
from voice.engine.reading.phone_numbers import phone_rules
from voice.engine.reading.pronunciations import pronunciation_rules
from voice.engine.reading.rule import Rule
from voice.engine.reading.times import time_rules

_DIGIT = re.compile(r"\d")


class Reader:
    """Of one agent: in its language, with its own pronunciations before everything else."""

    def __init__(self, language: str, pronunciations: Sequence[Pronunciation] = ()) -> None:
        self._rules = (*pronunciation_rules(tuple(pronunciations)), *_language_rules(language))

    def read(self, text: str) -> SpokenForm:
        """Every character of the text is in one part. Runs on the event loop: well under a millisecond."""
        found: dict[int, tuple[int, tuple[Part, ...]]] = {}
        # Which characters a rule has read: what one has found, no later one finds again.
        is_read = bytearray(len(text))
        has_digit = _DIGIT.search(text) is not None
        for rule in self._rules:
            if has_digit or not rule.needs_digit:
                _apply(rule, text, found, is_read)
        return SpokenForm(tuple(_joined(text, found))) if found else SpokenForm.of_plain(text)


def _apply(rule: Rule, text: str, found: dict[int, tuple[int, tuple[Part, ...]]], is_read: bytearray) -> None:
    at = 0
    while (match := rule.pattern.search(text, at)) is not None:
        start, end = match.span(rule.group)
        overlap = is_read.find(1, start, end)
        if overlap >= 0:
            at = max(overlap, match.start()) + 1
            continue
        if parts := rule.read(match):
            found[start] = (end, parts)
            is_read[start:end] = b"\x01" * (end - start)
        at = max(end, at + 1)


def _joined(text: str, found: dict[int, tuple[int, tuple[Part, ...]]]) -> Iterator[Part]:
    at = 0
    for start in sorted(found):
        if start > at:
            yield Part(text[at:start], text[at:start])
        at, parts = found[start]
        yield from parts
    if at < len(text):
        yield Part(text[at:], text[at:])


@lru_cache(maxsize=32)
def _language_rules(code: str) -> tuple[Rule, ...]:
    """In the order in which they are tried: what is surest of its matter comes first."""
    language = language_of(code)
    if language is None:
        return address_rules(None)
    figures = Figures(language)
    return (
        *address_rules(language),
        *named_code_rules(language),
        *date_rules(language),
        *time_rules(language),
        *phone_rules(language),
        *money_rules(language, figures),
        *measure_rules(language, figures),
        *code_rules(language),
        *number_rules(language, figures),
        *abbreviation_rules(language),
        *sign_rules(language),
    )
