"""Reads dates, in figures and with the names of months."""

from __future__ import annotations

import re
from datetime import date

from voice.engine.reading.form import Part
from voice.engine.reading.languages.language import Language
from voice.engine.reading.rule import Match, Rule, any_of, whole, word_before

# Two digits of a year.
CENTURY = 2000
_ISO = re.compile(r"(?<![\w-])(\d{4})-(\d{2})-(\d{2})(?![\w-])")
_POINTS = re.compile(r"(?<![\w.,])(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d{2})(?![\w]|\.\d)")
_POINTS_SHORT = re.compile(r"(?<![\w.,])(\d{1,2})\.\s?(\d{1,2})\.(?!\s?\d|\w)")
_STAMP = re.compile(
    r"(?<![\w-])(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?(?![\w:])"
)
# "Le 31/12": without the word before it may be a share.
_SLASH_SHORT = re.compile(r"(?i)(?<!\w)(?:le|du|au|el|del|al)\s+((\d{1,2})/(\d{1,2}))(?![\w/]|[.,]\d)")
_DECADE = re.compile(r"(?<![\w.,])(\d{4})s(?!\w)")
_SHORT_DECADE = re.compile(r"(?:(?i:(?<=the )|(?<=early )|(?<=late ))|(?=['’]))['’]?([2-9]0)s(?!\w)")
_SLASHES = re.compile(r"(?<![\w/])(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})(?![\w/])")


def date_rules(language: Language) -> tuple[Rule, ...]:
    def said(found: Match, day: int, month: int, year: int | None) -> tuple[Part, ...]:
        try:
            date(year or 2000, month, day)
        except ValueError:
            return ()
        return whole(found, language.date(language.day(day, word_before(found)), month, year))

    def iso(found: Match) -> tuple[Part, ...]:
        return said(found, int(found[3]), int(found[2]), int(found[1]))

    def stamp(found: Match) -> tuple[Part, ...]:
        hour, minute = int(found[4]), int(found[5])
        day = iso(found)
        if not day or hour > 24 or minute > 59:
            return ()
        return (Part(found[0], f"{day[0].spoken}, {language.clock(hour, minute, '')}"),)

    def slash_short(found: Match) -> tuple[Part, ...]:
        day, month = int(found[2]), int(found[3])
        if not (1 <= day <= 31 and 1 <= month <= 12):
            return ()
        return (Part(found[1], language.date(language.day(day), month, None)),)

    def points(found: Match) -> tuple[Part, ...]:
        if language.code == "en" and len(found[3]) == 2:
            return ()  # rather a version
        return said(found, int(found[1]), int(found[2]), _year(found[3]))

    def points_short(found: Match) -> tuple[Part, ...]:
        return said(found, int(found[1]), int(found[2]), None)

    def slashes(found: Match) -> tuple[Part, ...]:
        first, second, year = int(found[1]), int(found[2]), _year(found[3])
        day, month = (second, first) if language.is_month_first else (first, second)
        return said(found, day, month, year) or said(found, month, day, year)

    def decade(found: Match) -> tuple[Part, ...]:
        year = int(found[1])
        if year % 10:
            return ()
        return (Part(found[0], _several(language.year(year))),)

    def short_decade(found: Match) -> tuple[Part, ...]:
        return (Part(found[0], _several(language.cardinal(int(found[1])))),)

    rules = [Rule(_STAMP, stamp), Rule(_ISO, iso), Rule(_POINTS, points), Rule(_SLASHES, slashes)]
    if language.code == "en":
        rules += [Rule(_DECADE, decade), Rule(_SHORT_DECADE, short_decade)]
    if language.code in ("fr", "es"):
        rules.append(Rule(_SLASH_SHORT, slash_short, group=1))
    if language.code == "de":
        rules.append(Rule(_POINTS_SHORT, points_short))
    return (*rules, *_named_months(language))


def _named_months(language: Language) -> tuple[Rule, ...]:
    numbers = {name.lower(): at for at, name in enumerate(language.months, start=1)}
    numbers |= language.short_months
    names = [*language.months, *(_written(name, language) for name in language.short_months)]
    month = rf"(?P<month>{any_of(names)})(?!\w)\.?"
    # Elsewhere a point behind the day ends the sentence.
    ending = r"\.?" if language.code == "de" else r"(?:st|nd|rd|th|er)?"
    day = rf"(?P<day>\d{{1,2}}){ending}(?:\s?[-–]\s?(?P<last>\d{{1,2}}){ending})?"
    year = r"(?:,?\s+(?:de\s+|del\s+)?(?P<year>\d{4})(?![\w-]|[.,:]\d))?"

    def dated(found: Match) -> tuple[Part, ...]:
        if not 1 <= int(found["day"]) <= 31:
            return ()
        days = language.day(int(found["day"]), word_before(found))
        if found["last"]:
            days += f" {language.until} {language.day(int(found['last']), word_before(found))}"
        year = int(found["year"]) if found["year"] else None
        return whole(found, language.date(days, numbers[found["month"].lower()], year))

    def month_and_year(found: Match) -> tuple[Part, ...]:
        name = language.months[numbers[found["month"].lower()] - 1]
        return (
            Part(found["month"] + found["between"], f"{name}{' de ' if 'de' in found['between'] else ' '}"),
            Part(found["year"], language.year(int(found["year"]))),
        )

    flags = re.IGNORECASE if language.code in ("fr", "es") else 0
    day_first = rf"(?<![\w.,/])(?:the\s)?{day}\s+(?:de\s+|of\s+)?{month}{year}"
    month_first = rf"(?<!\w){month}\s+{day}(?![\w%]|[.,:]\d){year}"
    alone = (
        rf"(?<!\w)(?P<month>{any_of(names)})(?!\w)(?P<between>\.?\s+(?:de\s+)?)"
        r"(?P<year>\d{4})(?!\w|[.,:]\d)"
    )
    rules = [Rule(re.compile(day_first, flags), dated)]
    if language.code == "en":
        rules.append(Rule(re.compile(month_first, flags), dated))
    return (*rules, Rule(re.compile(alone, flags), month_and_year))


def _several(words: str) -> str:
    return words[:-1] + "ies" if words.endswith("y") else words + "s"


def _written(short: str, language: Language) -> str:
    return short if language.code in ("fr", "es") else short.capitalize()


def _year(text: str) -> int:
    return int(text) if len(text) == 4 else CENTURY + int(text)
