"""Reads amounts of money."""

from __future__ import annotations

import re

from voice.engine.reading.figures import Figures
from voice.engine.reading.form import Part
from voice.engine.reading.languages.language import LARGEST_NUMBER, Currency, Language
from voice.engine.reading.rule import Match, Rule, any_of, of_noun, whole

_TO = r"\s?[-–]\s?"


def money_rules(language: Language, figures: Figures) -> tuple[Rule, ...]:
    sign = any_of(language.currencies)
    scale = rf"(?:\s?(?P<scale>{any_of(language.scales)})(?!\w))?"
    minus = r"(?P<minus>(?<![\w)%°€$£])[-−])?"
    amount = rf"(?P<amount>{figures.number})"

    def money(found: Match) -> tuple[Part, ...]:
        currency = language.currencies[found["sign"]]
        said = _said(found["amount"], found["scale"], currency, language, figures)
        if language.code == "en":
            said = of_noun(found, said, currency.unit)
        if found["from"]:
            said = f"{figures.say(found['from'])} {language.until} {said}"
        return whole(found, f"{language.minus} {said}" if found["minus"] else said)

    # "89,- €"
    round_ = r"(?:,[-–])?" if language.decimal_mark == "," else ""
    first = rf"(?:(?P<from>{figures.number}){_TO})?"
    before = rf"{minus}(?<!\w)(?P<sign>{sign})\s?{first}{amount}{scale}(?!\w|[.,]\d)"
    behind = rf"(?<![\w.,]){first}{minus}{amount}{round_}{scale}\s?(?P<sign>{sign})(?!\w)"
    return (Rule(re.compile(before), money), Rule(re.compile(behind), money))


def _said(amount: str, scale: str | None, currency: Currency, language: Language, figures: Figures) -> str:
    figure = figures.parse(amount)
    if scale:
        return language.scaled_money(figures.say(amount), language.scales[scale], currency)
    if len(figure.behind) == 2 and figure.whole < LARGEST_NUMBER:
        return language.money(figure.whole, int(figure.behind), currency)
    return figures.say_counted(amount, currency.unit)
