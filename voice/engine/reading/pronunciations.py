"""Reads what an agent's own dictionary says how to speak: names, brands, local words."""

from __future__ import annotations

import re
from functools import lru_cache

from voice.core.spec import Pronunciation
from voice.engine.reading.form import Part
from voice.engine.reading.rule import Match, Rule, any_of


@lru_cache(maxsize=256)
def pronunciation_rules(pronunciations: tuple[Pronunciation, ...]) -> tuple[Rule, ...]:
    """Whole words only; an entry that minds its capitals goes before one that does not."""
    exact = {each.written: each.spoken for each in pronunciations if each.case_sensitive}
    loose = {each.written.casefold(): each.spoken for each in pronunciations if not each.case_sensitive}
    rules = []
    if exact:
        rules.append(Rule(_whole_words(exact, 0), lambda found: (Part(found[0], exact[found[0]]),), False))
    if loose:

        def read(found: Match) -> tuple[Part, ...]:
            spoken = loose.get(found[0].casefold())
            return (Part(found[0], spoken),) if spoken else ()

        rules.append(Rule(_whole_words(loose, re.IGNORECASE), read, False))
    return tuple(rules)


def _whole_words(entries: dict[str, str], flags: int) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{any_of(entries)})(?!\w)", flags)
