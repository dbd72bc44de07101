"""How a language writes a number, and what it says for it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from voice.engine.reading.languages.language import LARGEST_NUMBER, Language, Noun


@dataclass(frozen=True, slots=True)
class Figure:
    """`behind`: the digits behind the decimal mark; `is_grouped`: its thousands are parted."""

    whole: int
    behind: str
    is_grouped: bool
    digits: str


class Figures:
    def __init__(self, language: Language) -> None:
        self._language = language
        marks = re.escape(language.group_marks)
        decimal = re.escape(language.decimal_mark)
        # "3.5" is no thousands in any language.
        other = r"|\d{1,4}\.\d{1,2}(?!\d)" if language.decimal_mark != "." else ""
        grouped = rf"\d{{1,3}}(?:[{marks}]\d{{3}})+(?!\d)(?:{decimal}\d+)?"
        # One number, without groups of its own.
        self.number = rf"(?:{grouped}{other}|\d+(?:{decimal}\d+)?)"

    def parse(self, text: str) -> Figure:
        mark = self._language.decimal_mark
        if mark == "," and re.fullmatch(r"\d{1,4}\.\d{1,2}", text):
            mark = "."
        before, _, behind = text.partition(mark)
        digits = re.sub(r"\D", "", before)
        return Figure(int(digits), behind, is_grouped=digits != before, digits=digits)

    def say(self, text: str) -> str:
        """As an amount: "1,234.5"."""
        figure = self.parse(text)
        if figure.whole >= LARGEST_NUMBER or (len(figure.digits) > 1 and figure.digits[0] == "0"):
            said = self._language.digits(figure.digits)
            return (
                f"{said} {self._language.point} {self._language.digits(figure.behind)}"
                if figure.behind
                else said
            )
        if figure.behind:
            return self._language.decimal(figure.whole, figure.behind)
        return self._language.cardinal(figure.whole)

    def say_counted(self, text: str, noun: Noun) -> str:
        figure = self.parse(text)
        if figure.behind or figure.whole >= LARGEST_NUMBER:
            return f"{self.say(text)} {noun.many}"
        return self._language.counted(figure.whole, noun)
