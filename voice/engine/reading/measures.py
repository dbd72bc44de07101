"""Reads quantities with what they are of: percent and units."""

from __future__ import annotations

import re

from voice.engine.reading.figures import Figures
from voice.engine.reading.form import Part
from voice.engine.reading.languages.language import Language
from voice.engine.reading.rule import Match, Rule, any_of, of_noun, whole

_TO = r"\s?[-–]\s?"


def measure_rules(language: Language, figures: Figures) -> tuple[Rule, ...]:
    def quantity(found: Match, said: str) -> tuple[Part, ...]:
        if found["from"]:
            said = f"{figures.say(found['from'])} {language.until} {said}"
        return whole(found, f"{language.minus} {said}" if found["minus"] else said)

    def percent(found: Match) -> tuple[Part, ...]:
        return quantity(found, f"{figures.say(found['amount'])} {language.percent}")

    def measure(found: Match) -> tuple[Part, ...]:
        unit = language.units[found["unit"]]
        said = figures.say_counted(found["amount"], unit)
        return quantity(found, of_noun(found, said, unit) if language.code == "en" else said)

    minus = r"(?<![\w.,])(?P<minus>(?<![\w)%°€$£])[-−])?"
    first, amount = rf"(?P<from>{figures.number})", rf"(?P<amount>{figures.number})"
    number = rf"{minus}(?:{first}{_TO})?{amount}"
    # "A 5 lb. bag"
    point = r"(?:\.(?=\s+[a-z]))?" if language.code == "en" else ""
    return (
        # "20%-30%" too
        Rule(re.compile(rf"{minus}(?:{first}(?:\s?%)?{_TO})?{amount}\s?%(?!\w)"), percent),
        Rule(re.compile(rf"{number}[\s-]?(?P<unit>{any_of(language.units)})(?!\w){point}"), measure),
    )
