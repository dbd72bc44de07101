"""Reads telephone numbers: digit by digit, with a pause where one is written."""

from __future__ import annotations

import re

from voice.engine.reading.form import Part
from voice.engine.reading.languages.language import Language
from voice.engine.reading.rule import Match, Rule

FEWEST_DIGITS, MOST_DIGITS = 7, 15
_NUMBER = re.compile(
    r"(?<![\w.,+/-])(?:\+\s?\d{1,15}|\(\+?\d{1,5}\)|\d{1,15})"
    r"(?:(?:\s?[-/.]\s?|\s|(?<=\)))(?:\(\d{1,5}\)|\d{1,12}))*(?![\w%€$£]|[.,:]\d)"
)
_GROUP = re.compile(r"(\D*)(\d+)")
# So many digits without a pause are grouped by us.
GROUP_DIGITS = 3


def phone_rules(language: Language) -> tuple[Rule, ...]:
    local = re.compile(language.phone_pattern)

    def number(found: Match) -> tuple[Part, ...]:
        text = found[0]
        count = sum(character.isdigit() for character in text)
        is_phone = text[0] in "+(" or text[0] == "0" or local.fullmatch(text)
        if not (is_phone and FEWEST_DIGITS <= count <= MOST_DIGITS):
            return ()
        parts: list[Part] = []
        for group in _GROUP.finditer(text):
            # What stands between two groups goes with the digit behind it, its pause with the one before.
            between, digits = group[1], group[2]
            if parts and between:
                parts[-1] = Part(parts[-1].written, parts[-1].spoken + ",")
            spoken = _group(digits, language, is_first=not parts)
            plus = f"{language.plus} " if "+" in between else ""
            parts.append(Part(between + spoken[0].written, plus + spoken[0].spoken))
            parts += spoken[1:]
        closing = text[len(text.rstrip(" -/.)")) :]
        parts[-1] = Part(parts[-1].written + closing, parts[-1].spoken)
        return tuple(parts)

    return (Rule(_NUMBER, number),)


def _group(digits: str, language: Language, *, is_first: bool) -> list[Part]:
    words = language.phone_group(digits)
    written = list(digits) if len(words) == len(digits) else [digits]
    parts: list[Part] = []
    for at, (piece, word) in enumerate(zip(written, words, strict=True)):
        if len(digits) > GROUP_DIGITS + 1 and at % GROUP_DIGITS == 0 and 0 < at <= len(digits) - 2:
            parts[-1] = Part(parts[-1].written, parts[-1].spoken + ",")
        parts.append(Part(piece, word if is_first and at == 0 else f" {word}"))
    return parts
