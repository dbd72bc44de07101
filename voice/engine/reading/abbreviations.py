"""Reads abbreviations, signs between words, and days of the week in their short forms."""

from __future__ import annotations

import re

from voice.engine.reading.form import Part
from voice.engine.reading.languages.language import Language
from voice.engine.reading.rule import Match, Rule, any_of, whole


def abbreviation_rules(language: Language) -> tuple[Rule, ...]:
    def abbreviation(found: Match) -> tuple[Part, ...]:
        before, after = found.string[: found.start()], found.string[found.end() :]
        return whole(found, language.abbreviation(found[0], before, after))

    def number(found: Match) -> tuple[Part, ...]:
        return (Part(found[0], f"{language.number} "),)

    def word_ending(found: Match) -> tuple[Part, ...]:
        return whole(found, language.word_endings[found[0]])

    def weekdays(found: Match) -> tuple[Part, ...]:
        first, last = (days.get(name.lower(), name) for name in (found[1], found[3]))
        is_end = found[4] and not found.string[found.end() :].strip()
        return (
            Part(found[1], first),
            Part(found[2], f" {language.until} "),
            Part(found[3] + found[4], last + ("." if is_end else "")),
        )

    def weekday(found: Match) -> tuple[Part, ...]:
        return (Part(found[0], days[found[1].lower()]),)

    anywhere = any_of(set(language.abbreviations) - language.before_names)
    days = language.weekdays
    names = {*days, *(name.lower() for name in days.values())}
    is_small = language.code in ("fr", "es")
    day = rf"({any_of(names if is_small else {name.capitalize() for name in names})})"
    rules = [
        Rule(re.compile(rf"(?<![\w.])(?:{anywhere})(?!\w)"), abbreviation, needs_digit=False),
        Rule(re.compile(rf"(?<!\w){day}(\.?\s?[-–]\s?){day}(?!\w)(\.?)"), weekdays, needs_digit=False),
    ]
    if not is_small:
        short = any_of(name.capitalize() for name in days)
        month = any_of((*language.months, *(name.capitalize() for name in language.short_months)))
        hour = _HOURS[language.code]
        dated = (
            rf"(?<!\w)({short})(?!\w)\.?(?=,?\s+(?:(?:{month})(?!\w)|(?:\d{{1,2}}\.?\s)?(?:{month})|{hour}))"
        )
        rules.append(Rule(re.compile(dated), weekday))
    if language.code == "en":
        rules.append(Rule(re.compile(r"(?<!\w)[Nn]o\.\s?(?=\d)"), number))
    if language.before_names:
        titles = rf"(?<![\w.])(?:{any_of(language.before_names)})(?=\s+[^\W\d_a-zà-ÿ])"
        rules.append(Rule(re.compile(titles), abbreviation, needs_digit=False))
    if language.word_endings:
        endings = rf"(?<=[^\W\d_])(?:{any_of(language.word_endings)})(?!\w)"
        rules.append(Rule(re.compile(endings), word_ending, needs_digit=False))
    return tuple(rules)


def sign_rules(language: Language) -> tuple[Rule, ...]:
    """What stands between or before figures that have been read already."""

    def sign(word: str) -> Rule:
        return Rule(_SIGNS[word], lambda found: (Part(found[0], f" {getattr(language, word)} "),))

    def leading(found: Match) -> tuple[Part, ...]:
        return (Part(found[0], f"{language.about} "),)

    def ampersand(found: Match) -> tuple[Part, ...]:
        return (Part(found[0], language.and_),)

    def until(found: Match) -> tuple[Part, ...]:
        return (Part(found[1], f" {language.until} "),)

    def out_of(found: Match) -> tuple[Part, ...]:
        return (Part(found[0], f" {language.out_of} "),)

    def per(found: Match) -> tuple[Part, ...]:
        return whole(found, f" {language.per} {language.short_for[found[1]]}")

    def more(found: Match) -> tuple[Part, ...]:
        return (Part(found[0], f" {language.plus}"),)

    months = any_of((*language.months, *(name.capitalize() for name in language.short_months)))
    return (
        Rule(re.compile(r"(?<=\s)&(?=\s)"), ampersand, needs_digit=False),
        Rule(re.compile(r"(?<!\w)[~≈]\s?(?=[\d€$£])"), leading),
        Rule(_BETWEEN_TIMES, until, group=1),
        Rule(_BETWEEN_PRICES, until, group=1),
        # "24h/24", "7 j/7"
        *(
            [Rule(re.compile(r"(?<=\d[hj])/(?=\d)|(?<=\d [hj])/(?=\d)"), out_of)]
            if language.code == "fr"
            else []
        ),
        *([Rule(re.compile(_PER % any_of(language.short_for)), per)] if language.short_for else []),
        Rule(re.compile(rf"(?<=\d)(\s?[-–]\s?)(?=(?:{months})(?!\w))"), until),
        Rule(re.compile(r"(?<=\d)\+(?![\w+])"), more),
        *(sign(word) for word in _SIGNS),
    )


# What shows that figures are hours: "So 3-4 Tage" names no day.
_HOURS = {
    "en": r"\d{1,2}(?::\d\d|\s?[-–]\s?\d|\s?[ap]\.?m)",
    "de": r"\d{1,2}(?::\d\d|(?:\.\d\d)?(?:\s?[-–]\s?\d{1,2}(?:[:.]\d\d)?)?\s?Uhr)",
}
# "$15/mo."
_PER = r"(?<=[\d€$£%%])\s?/\s?(%s)(?!\w)\.?"
# A hyphen with gaps around it is as often a pause: "Option 1 - 20 minutes".
_BETWEEN_TIMES = re.compile(
    r"(?i)(?<![\w.,:])\d{1,2}(?:[:.h]\d\d(?:\s?(?:[ap]\.?m\.?|Uhr|h))?|\s?(?:[ap]\.?m\.?|Uhr|h))(\s-\s)(?=\d)"
)
_BETWEEN_PRICES = re.compile(r"(?:[€$£]\s?\d[\d.,]*|\d\s?[€$£])(\s-\s)(?=[€$£]\s?\d|\d[\d.,]*\s?[€$£])")
_SIGNS = {
    "until": re.compile(r"(?<=[\dmMhr%°€$£.])\s?–\s?(?=[€$£]?\d)|(?:(?<=[\dmM%°€$£])|(?<=m\.))-(?=[€$£]?\d)"),
    "times": re.compile(r"(?<=\d)(?:\s?×\s?|\sx\s)(?=\d)"),
    "plus": re.compile(r"(?<=\d)\s?\+\s?(?=\d)"),
    "equals": re.compile(r"(?<=[\d%])\s?=\s?(?=[-−€$£]?\d)"),
    "per": re.compile(r"(?<=[\d€$£%])\s?/\s?(?=[^\W\d_]{2})|(?<=\d[ \u00a0]€)/(?=[^\W\d_]{2})"),
}
