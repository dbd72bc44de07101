"""Reads times of day."""

from __future__ import annotations

import re

from voice.engine.reading.form import Part
from voice.engine.reading.languages.language import Language
from voice.engine.reading.rule import Match, Rule, whole

_HALF = r"(?P<half>[ap])(?:\.\s?m\.|m)(?!\w)"
_HOUR = r"(?<![\w.,:/-])(?P<hour>\d{1,2})"
_TO = r"\s?[-–]\s?"
_PATTERNS = {
    "en": (
        rf"(?<![\w.,:/-])(?P<from>\d{{1,2}}){_TO}(?P<hour>\d{{1,2}})\s?{_HALF}",
        rf"(?<![\w.,:/])(?P<hour>\d{{1,2}})(?:[:.](?P<minute>[0-5]\d))?\s?{_HALF}",
        r"(?<![\w.,:/])(?P<hour>\d{1,2}):(?P<minute>[0-5]\d)(?::[0-5]\d)?(?!\w|[:/]\d)",
    ),
    "de": (
        rf"(?<![\w.,:/-])(?P<from>\d{{1,2}}){_TO}(?P<hour>\d{{1,2}})\s?Uhr(?!\w)",
        r"(?<![\w.,:/])(?P<hour>\d{1,2})[:.](?P<minute>[0-5]\d)\s?(?:Uhr|h)(?!\w)",
        r"(?<![\w.,:/])(?P<hour>\d{1,2})\s?Uhr(?!\w)",
        r"(?<![\w.,:/])(?P<hour>\d{1,2}):(?P<minute>[0-5]\d)(?!\w|[:/]\d)",
    ),
    "fr": (
        r"(?<![\w.,:/])(?P<hour>\d{1,2})\s?h(?:\s?(?P<minute>[0-5]\d))?(?!\w)",
        r"(?<![\w.,:/])(?P<hour>\d{1,2}):(?P<minute>[0-5]\d)(?!\w|[:/]\d)",
    ),
    "es": (
        r"(?<![\w.,:/])(?P<hour>\d{1,2})[:.](?P<minute>[0-5]\d)\s?h(?!\w)\.?",
        rf"(?<![\w.,:/])(?P<hour>\d{{1,2}})(?::(?P<minute>[0-5]\d))?\s?{_HALF}",
        r"(?<![\w.,:/])(?P<hour>\d{1,2}):(?P<minute>[0-5]\d)(?!\w|[:/]\d)",
    ),
}


def time_rules(language: Language) -> tuple[Rule, ...]:
    def clock(found: Match) -> tuple[Part, ...]:
        named = found.groupdict()
        hour, minute = int(named["hour"]), int(named.get("minute") or 0)
        half = (named.get("half") or "").lower()
        if hour > (12 if half else 24):
            return ()
        said = language.clock(hour, minute, half)
        if named.get("from"):
            from_hour = int(named["from"])
            if from_hour > 24:
                return ()
            said = f"{language.cardinal(from_hour)} {language.until} {said}"
        return whole(found, said)

    return tuple(Rule(re.compile(pattern, re.IGNORECASE), clock) for pattern in _PATTERNS[language.code])
