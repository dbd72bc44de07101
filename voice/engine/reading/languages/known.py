"""The languages in which figures can be said."""

from __future__ import annotations

from voice.engine.reading.languages.english import BritishEnglish, English
from voice.engine.reading.languages.french import French
from voice.engine.reading.languages.german import German
from voice.engine.reading.languages.language import Language
from voice.engine.reading.languages.spanish import (
    AmericanSpanish,
    MexicanSpanish,
    SouthAmericanSpanish,
    Spanish,
)

_KNOWN: dict[str, Language] = {"en": English(), "de": German(), "fr": French(), "es": Spanish()}
_BRITISH = BritishEnglish()
_SPANISH_OF = {
    **dict.fromkeys(("us", "pr", "gt", "hn", "ni", "pa", "sv", "419"), AmericanSpanish()),
    **dict.fromkeys(("mx", "do"), MexicanSpanish()),
    **dict.fromkeys(("ar", "cl", "co", "uy"), SouthAmericanSpanish()),
}


def language_of(code: str) -> Language | None:
    """Of a BCP 47 code; None: the voice is left to read what is written."""
    main, _, region = code.replace("_", "-").lower().partition("-")
    if main == "en" and region not in ("", "us", "ca", "ph"):
        return _BRITISH
    if main == "es" and region in _SPANISH_OF:
        return _SPANISH_OF[region]
    return _KNOWN.get(main)
