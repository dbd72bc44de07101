"""Reads names made of figures: order numbers, codes, and words with a digit in them."""

from __future__ import annotations

import re

from voice.engine.reading.form import Part
from voice.engine.reading.languages.language import Language
from voice.engine.reading.rule import Match, Rule, any_of, digit_parts

_TOKEN = re.compile(r"(?<![\w.-])(?=[A-Z-]*\d)(?=[\d-]*[A-Z])[A-Z0-9]+(?:-[A-Z0-9]+)*(?![\w-])")
# An ISBN, an account.
_GROUPED = re.compile(r"(?<![\w.,-])\d+(?:-\d+){2,}(?![\w-]|[.,]\d)")
# Of a card, an IBAN.
_IN_FOURS = re.compile(
    r"(?<![\w.,-])(?:[A-Z]{2}\d{2}(?: [A-Z\d]{4}){2,}(?: [A-Z\d]{1,3})?|\d{4}(?: \d{4}){2,}(?: \d{1,3})?)"
    r"(?![\w%€$£-]|[.,]\d| \d)"
)
_RUN = re.compile(r"([A-Z]+)|(\d+)|(-)")
_WORD = re.compile(r"(?=[A-Z]{4})[A-Z]*[AEIOUY]")
SHORTEST_SPELLED = 5
SHORTEST_DICTATED = 4
# A longer row of digits is said in groups, as one would dictate it.
GROUP_DIGITS = 3


def named_code_rules(language: Language) -> tuple[Rule, ...]:
    """ "Order 4711", "#4711"."""

    def sign(found: Match) -> tuple[Part, ...]:
        digits = found[1]
        if len(digits) < SHORTEST_DICTATED:
            return (Part("#", f"{language.number} "), Part(digits, language.cardinal(int(digits))))
        return (Part("#", f"{language.number} "), *dictated(digits, language))

    def signed_groups(found: Match) -> tuple[Part, ...]:
        return (Part("#", f"{language.number} "), *_in_groups(found[0][1:], language))

    def named(found: Match) -> tuple[Part, ...]:
        if found[1].endswith("00"):
            return ()  # "I order 1500 of them"
        return tuple(dictated(found[1], language))

    def short(found: Match) -> tuple[Part, ...]:
        return tuple(digit_parts(found[1], language, first=True))

    def before_letters(found: Match) -> tuple[Part, ...]:
        return (Part(found[0], f"{language.number} "),)

    def in_fours(found: Match) -> tuple[Part, ...]:
        parts: list[Part] = []
        for group in found[0].split(" "):
            signs = [Part(s, f" {language.cardinal(int(s)) if s.isdecimal() else s}") for s in group]
            if parts:
                parts[-1] = Part(parts[-1].written, parts[-1].spoken + ",")
                signs[0] = Part(" " + signs[0].written, signs[0].spoken)
            parts += signs
        return (Part(parts[0].written, parts[0].spoken.strip()), *parts[1:])

    words = any_of(word for word in language.code_words if word != "#")
    verbs = r"(?:\s+(?:is|ist|lautet|est|es))?"
    return (
        Rule(_IN_FOURS, in_fours),
        *([Rule(re.compile(language.short_numbers), short, group=1)] if language.short_numbers else []),
        Rule(re.compile(r"(?<![\w#])#\d+(?:-\d+)+(?![\w-])"), signed_groups),
        Rule(re.compile(r"(?<![\w#])#(\d+)(?![\w.,]\w)"), sign),
        Rule(re.compile(rf"(?i)(?<!\w)(?:{words}){verbs}[\s:]+(\d{{4,}})(?![\w-]|[.,:/]\d)"), named, group=1),
        Rule(re.compile(r"(?<![\w#])#(?=[A-Z]+-?\d)"), before_letters),
    )


def code_rules(language: Language) -> tuple[Rule, ...]:
    def token(found: Match) -> tuple[Part, ...]:
        text = found[0]
        # "COVID-19" has a word in it.
        is_spelled = len(text) >= SHORTEST_SPELLED and not _WORD.search(text)
        parts: list[Part] = []
        for run in _RUN.finditer(text):
            is_first = not parts or parts[-1].spoken.endswith(" ")
            if run[3] and is_spelled:
                parts[-1] = Part(parts[-1].written + "-", parts[-1].spoken + ", ")
            elif run[3]:
                parts.append(Part("-", " "))
            elif run[2]:
                if is_spelled or len(run[2]) >= SHORTEST_DICTATED:
                    parts += digit_parts(run[2], language, first=is_first)
                else:
                    parts.append(Part(run[2], ("" if is_first else " ") + language.cardinal(int(run[2]))))
            elif is_spelled:
                parts += [
                    Part(letter, letter if is_first and at == 0 else f" {letter}")
                    for at, letter in enumerate(run[1])
                ]
            else:
                parts.append(Part(run[1], run[1] if is_first else f" {run[1]}"))
        return tuple(parts)

    def grouped(found: Match) -> tuple[Part, ...]:
        return tuple(_in_groups(found[0], language))

    return (Rule(_TOKEN, token), Rule(_GROUPED, grouped))


def _in_groups(text: str, language: Language) -> list[Part]:
    """ "978-3-16": digit by digit, with a pause for each hyphen."""
    parts: list[Part] = []
    for group in text.split("-"):
        digits = digit_parts(group, language, first=not parts)
        if parts:
            parts[-1] = Part(parts[-1].written, parts[-1].spoken + ",")
            digits[0] = Part("-" + digits[0].written, digits[0].spoken)
        parts += digits
    return parts


def dictated(digits: str, language: Language) -> list[Part]:
    """Digit by digit; from seven on with a pause after every third, the last group up to four."""
    parts = digit_parts(digits, language, first=True)
    if len(digits) < 2 * GROUP_DIGITS + 1:
        return parts
    for at in range(GROUP_DIGITS, len(digits) - 1, GROUP_DIGITS):
        if len(digits) - at >= GROUP_DIGITS:
            before = parts[at - 1]
            parts[at - 1] = Part(before.written, before.spoken + ",")
    return parts
