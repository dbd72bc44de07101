"""What a language needs to say figures: its words, and how they are put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from num2words import num2words

# Beyond this nobody says a number in words.
LARGEST_NUMBER = 10**15
HALVES = ("½", "1/2")


@dataclass(frozen=True, slots=True)
class Noun:
    """What is counted. `one` also stands for itself in languages that count in the singular."""

    one: str
    many: str
    is_feminine: bool = False


@dataclass(frozen=True, slots=True)
class Currency:
    unit: Noun
    hundredth: Noun


@lru_cache(maxsize=4096)
def _in_words(number: int, language: str, kind: str) -> str:
    words: str = num2words(number, lang=language, to=kind)
    return words.replace(",", "")


class Language:
    """English in its defaults; each of the others says what is otherwise."""

    code = "en"
    # Of decimals; thousands are parted by any of the other marks.
    decimal_mark = "."
    group_marks = ","
    point = "point"
    minus = "minus"
    plus = "plus"
    percent = "percent"
    until = "to"
    per = "per"
    # Behind "per", as written.
    short_for: Mapping[str, str] = {}
    about = "about"
    equals = "equals"
    times = "times"
    # "9/10" and "16:9".
    out_of = "out of"
    against = "to"
    and_ = "and"
    number = "number"
    at = "at"
    dot = "dot"
    slash = "slash"
    hyphen = "dash"
    underscore = "underscore"
    # Behind an amount: as written, and as said.
    scales: Mapping[str, str] = {}
    months: tuple[str, ...] = ()
    # Lower case, without their points.
    short_months: Mapping[str, int] = {}
    weekdays: Mapping[str, str] = {}
    # 24/11/2026: which comes first.
    is_month_first = False
    currencies: Mapping[str, Currency] = {}
    units: Mapping[str, Noun] = {}
    fractions: Mapping[str, str] = {}
    # As written, with their points; a point at the end of a sentence stays one.
    abbreviations: Mapping[str, str] = {}
    # Before a figure that is a name: said digit by digit.
    code_words: tuple[str, ...] = ()
    # A telephone number of three digits, the first group, where it is plainly one.
    short_numbers = ""
    # The rest of a long word: "Hauptstr."
    word_endings: Mapping[str, str] = {}
    # These stand before a name, or are something else.
    before_names: frozenset[str] = frozenset()
    # Ordinals in figures: the number is the first group, its ending the second.
    # A telephone number that begins with neither "+" nor "0".
    phone_pattern = ""
    ordinal_pattern = r"(\d{1,4})(st|nd|rd|th)(?!\w)"

    # --- numbers ----------------------------------------------------------------------------
    def cardinal(self, number: int) -> str:
        return _in_words(number, self.code, "cardinal")

    def ordinal(self, number: int, ending: str = "", word_before: str = "") -> str:
        return _in_words(number, self.code, "ordinal")

    def year(self, number: int) -> str:
        return _in_words(number, self.code, "year")

    def is_year(self, number: int) -> bool:
        """Whether four digits that stand by themselves sound like a year."""
        return 1100 <= number <= 2099 and number % 1000 != 0

    def digits(self, digits: str) -> str:
        return " ".join(self.cardinal(int(digit)) for digit in digits)

    def decimal(self, whole: int, behind: str) -> str:
        return f"{self.cardinal(whole)} {self.point} {self.digits(behind)}"

    def counting(self, number: int, noun: Noun) -> str:
        """The number as it stands before what is counted."""
        return self.cardinal(number)

    def counted(self, number: int, noun: Noun) -> str:
        return f"{self.counting(number, noun)} {noun.one if self.is_one(number) else noun.many}"

    def mixed(self, number: int, fraction: str) -> str:
        """ "2½"."""
        half = "a half" if fraction in HALVES else self.fractions[fraction]
        return f"{self.cardinal(number)} {self.and_} {half}"

    def before_noun(self, number: str, noun: str) -> str:
        """What is said for a number before this word where that depends on the word, or nothing."""
        return ""

    def is_one(self, number: int) -> bool:
        return number == 1

    # --- money ------------------------------------------------------------------------------
    def money(self, whole: int, hundredths: int, currency: Currency) -> str:
        """An amount in words, its hundredths apart."""
        if not hundredths:
            return self.counted(whole, currency.unit)
        small = self.counted(hundredths, currency.hundredth)
        return f"{self.counted(whole, currency.unit)} {self.and_} {small}" if whole else small

    def scaled_money(self, number: str, scale: str, currency: Currency) -> str:
        return f"{number} {scale} {currency.unit.many}"

    # --- dates and times --------------------------------------------------------------------
    def day(self, day: int, word_before: str = "") -> str:
        return self.ordinal(day)

    def date(self, days: str, month: int, year: int | None) -> str:
        """`days`: one, or two with a word between."""
        said = f"{self.months[month - 1]} {days}"
        return said if year is None else f"{said}, {self.year(year)}"

    def month_and_year(self, month: int, year: int) -> str:
        return f"{self.months[month - 1]} {self.year(year)}"

    def clock(self, hour: int, minute: int, half: str) -> str:
        """A time of day; `half` is "a", "p" or nothing: then the hour may go to 24."""
        if not half and (hour > 12 or hour == 0):
            half = "p" if hour >= 12 else "a"
        hour_words = self.cardinal((hour - 1) % 12 + 1)
        ending = {"a": " A M", "p": " P M", "": ""}[half]
        if not minute:
            return hour_words + (ending or " o'clock")
        minute_words = f"oh {self.cardinal(minute)}" if minute < 10 else self.cardinal(minute)
        return f"{hour_words} {minute_words}{ending}"

    def short_hour(self, hour: int, half: str) -> str:
        """ "2 pm", "14 h"."""
        return self.clock(hour, 0, half)

    # --- words ------------------------------------------------------------------------------
    def abbreviation(self, written: str, before: str, after: str) -> str:
        """In full. `before` and `after` are the text around it."""
        return self.abbreviations[written]

    # --- telephone --------------------------------------------------------------------------
    def phone_group(self, digits: str) -> list[str]:
        """What is said for a group of a number: as many words as digits, or one for the group."""
        return [self.cardinal(int(digit)) for digit in digits]
