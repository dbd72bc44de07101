"""Reads bare numbers: ordinals, years, decimals, ranges, fractions, long rows of digits."""

from __future__ import annotations

import re

from voice.engine.reading.codes import dictated
from voice.engine.reading.figures import Figures
from voice.engine.reading.form import Part
from voice.engine.reading.languages.language import LARGEST_NUMBER, Language
from voice.engine.reading.rule import Match, Rule, any_of, digit_parts, word_before

_VERSION = re.compile(r"(?<![\w.])(v?)(\d+(?:\.\d+){2,})(?![\w]|\.\d)")
_GROUPED_BY_POINTS = re.compile(r"[1-9]\d{0,2}(?:\.\d{3}){2,}")
_RATIO = re.compile(r"(?<![\w:.,])(\d{1,2}):(\d)(?![\w:]|[.,]\d)")
# "9/10" is a mark, "24/7" is none.
MARKS_OUT_OF = (5, 10, 20, 100)
_PARTED = re.compile(r"(?<![\w/.,])(\d{1,3})/(\d{1,3})(?![\w/]|[.,]\d)")
_MARK = re.compile(rf"(?<![\w/.,])(\d{{1,2}}[.,]\d)/({'|'.join(map(str, MARKS_OUT_OF))})(?![\w/]|[.,]\d)")
# A row of so many digits, unless it is round, is a name and no amount.
FEWEST_OF_A_NAME = 5
ALWAYS_A_NAME = 8


def number_rules(language: Language, figures: Figures) -> tuple[Rule, ...]:
    def said(text: str) -> str:
        figure = figures.parse(text)
        if len(text) == 4 and text.isdecimal() and language.is_year(figure.whole):
            return language.year(figure.whole)
        return figures.say(text)

    def fraction(found: Match) -> tuple[Part, ...]:
        return (Part(found[0], language.fractions[found[0]]),)

    def mixed(found: Match) -> tuple[Part, ...]:
        return (Part(found[0], language.mixed(int(found[1]), found[2])),)

    def parted(found: Match) -> tuple[Part, ...]:
        return (
            Part(found[1], language.cardinal(int(found[1]))),
            Part("/" + found[2], f" {language.cardinal(int(found[2]))}"),
        )

    def share(found: Match) -> tuple[Part, ...]:
        first, second = int(found[1]), int(found[2])
        if first > second or second not in MARKS_OUT_OF:
            return parted(found)
        words = f" {language.out_of} {language.cardinal(second)}"
        return (Part(found[1], language.cardinal(first)), Part("/" + found[2], words))

    def mark(found: Match) -> tuple[Part, ...]:
        words = f" {language.out_of} {language.cardinal(int(found[2]))}"
        return (
            Part(found[1], figures.say(found[1].replace(",", ".").replace(".", language.decimal_mark))),
            Part("/" + found[2], words),
        )

    def ratio(found: Match) -> tuple[Part, ...]:
        words = f" {language.against} {language.cardinal(int(found[2]))}"
        return (Part(found[1], language.cardinal(int(found[1]))), Part(":" + found[2], words))

    def many_times(found: Match) -> tuple[Part, ...]:
        return (Part(found[0], f"{figures.say(found[1])} {language.times}"),)

    def version(found: Match) -> tuple[Part, ...]:
        if not found[1] and "." in language.group_marks and _GROUPED_BY_POINTS.fullmatch(found[2]):
            return ()  # "1.000.000"
        dot = f" {language.dot} "
        before = (Part(found[1], f"{found[1]} "),) if found[1] else ()
        numbers = [language.cardinal(int(number[:15])) for number in found[2].split(".")]
        return (*before, Part(found[2], dot.join(numbers)))

    def ordinal(found: Match) -> tuple[Part, ...]:
        return (Part(found[0], language.ordinal(int(found[1]), found[2], word_before(found))),)

    def span(found: Match) -> tuple[Part, ...]:
        return (
            Part(found[1], said(found[1])),
            Part(found[2], f" {language.until} "),
            Part(found[3], said(found[3])),
        )

    def number(found: Match) -> tuple[Part, ...]:
        minus, text = found["minus"], found["number"]
        before = (Part(minus, f"{language.minus} "),) if minus else ()
        if text.isdecimal() and _is_name(text):
            return (*before, *dictated(text, language))
        if text.isdecimal() and len(text) > 1 and text[0] == "0":
            return (*before, *digit_parts(text, language, first=True))
        noun = found.string[found.end() :].split(maxsplit=1)
        is_counted = found.string[found.end() : found.end() + 1] == " " and bool(noun)
        words = language.before_noun(text, noun[0].rstrip(".,;:!?")) if is_counted else ""
        return (*before, Part(text, words or said(text)))

    any_number = figures.number
    signs = "".join(fraction for fraction in language.fractions if len(fraction) == 1)
    parted_fractions = any_of(fraction for fraction in language.fractions if "/" in fraction)
    return (
        Rule(re.compile(rf"(?<![\w.,])(\d{{1,4}})\s?([{signs}])(?!\w)"), mixed),
        Rule(re.compile(rf"(?<![\w.,/])(\d{{1,4}}) ({parted_fractions})(?![\w/])"), mixed),
        Rule(re.compile(rf"(?<![\w/])(?:{parted_fractions})(?![\w/])"), fraction),
        Rule(re.compile(rf"(?<!\w)[{signs}](?!\w)"), fraction, False),
        Rule(_MARK, mark),
        Rule(_PARTED, share),
        Rule(_RATIO, ratio),
        Rule(re.compile(rf"(?<![\w.,])({any_number})[x×](?!\w)"), many_times),
        Rule(_VERSION, version),
        Rule(re.compile(language.ordinal_pattern), ordinal),
        Rule(re.compile(rf"(?<![\w.,–-])({any_number})(\s?–\s?|-)({any_number})(?![\w–-]|[.,]\d)"), span),
        Rule(
            re.compile(rf"(?<![\w.,])(?P<minus>(?<![\w)%°€$£–-])[-−])?(?P<number>{any_number})(?!\w|[.,]\d)"),
            number,
        ),
    )


def _is_name(digits: str) -> bool:
    if int(digits) >= LARGEST_NUMBER or len(digits) >= ALWAYS_A_NAME:
        return True
    return len(digits) >= FEWEST_OF_A_NAME and not digits.endswith("00")
