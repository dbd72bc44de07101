"""Reads quantities with what they are of: percent and units."""

from __future__ import annotations

import re

from voice.engine.reading.figures import Figures
from voice.engine.reading.form import Part
from voice.engine.reading.languages.language import Language
from voice.engine.reading.rule import Match, Rule, any_of, whole

_TO = r"\s?[-–]\s?"


def measure_rules(language: Language, figures: Figures) -> tuple[Rule, ...]:
    def quantity(found: Match, said: str) -> tuple[Part, ...]:
        if found["from"]:
            said = f"{figures.say(found['from'])} {language.until} {said}"
        return whole(found, f"{language.minus} {said}" if found["minus"] else said)

    def percent(found: Match) -> tuple[Part, ...]:
        return quantity(found, f"{figures.say(found['amount'])} {language.percent}")

    def measure(found: Match) -> tuple[Part, ...]:
        return quantity(found, figures.say_counted(found["amount"], language.units[found["unit"]]))

    number = (
        rf"(?<![\w.,])(?P<minus>(?<![\w)])[-−])?(?:(?P<from>{figures.number}){_TO})?"
        rf"(?P<amount>{figures.number})"
    )
    return (
        Rule(re.compile(rf"{number}\s?%(?!\w)"), percent),
        Rule(re.compile(rf"{number}[\s-]?(?P<unit>{any_of(language.units)})(?!\w)"), measure),
    )
