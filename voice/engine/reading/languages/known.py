"""The languages in which figures can be said."""

from __future__ import annotations

from voice.engine.reading.languages.english import BritishEnglish, English
from voice.engine.reading.languages.french import French
from voice.engine.reading.languages.german import German
from voice.engine.reading.languages.language import Language
from voice.engine.reading.languages.spanish import AmericanSpanish, Spanish

_KNOWN: dict[str, Language] = {"en": English(), "de": German(), "fr": French(), "es": Spanish()}
_BRITISH = BritishEnglish()
_AMERICAN_SPANISH = AmericanSpanish()
_WITH_POINTS = frozenset({"mx", "us", "pr", "do", "gt", "hn", "ni", "pa", "sv", "419"})


def language_of(code: str) -> Language | None:
    """Of a BCP 47 code; None: the voice is left to read what is written."""
    main, _, region = code.replace("_", "-").lower().partition("-")
    if main == "en" and region not in ("", "us", "ca", "ph"):
        return _BRITISH
    if main == "es" and region in _WITH_POINTS:
        return _AMERICAN_SPANISH
    return _KNOWN.get(main)
