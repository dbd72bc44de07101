"""A few words that fill the time in which a tool runs or the model is slow."""

from __future__ import annotations

from itertools import cycle

from voice.engine.lines import written_in

_PHRASES: dict[str, tuple[str, ...]] = {
    "en": ("One moment, please.", "Just a second.", "I am still looking.", "Bear with me, please."),
    "de": ("Einen Moment, bitte.", "Augenblick.", "Ich sehe noch nach.", "Einen kleinen Moment noch."),
    "fr": ("Un instant, s'il vous plaît.", "Une seconde.", "Je regarde encore.", "Encore un petit moment."),
    "es": ("Un momento, por favor.", "Un segundo.", "Sigo mirando.", "Un momento más, por favor."),
}


class Fillers:
    """One call's, in turn: never the same twice in a row."""

    def __init__(self, language: str) -> None:
        self._phrases = cycle(_PHRASES[written_in(language)])

    def next(self) -> str:
        return next(self._phrases)
