"""A reply that is prepared before it is certain that the caller has finished."""

from __future__ import annotations

from dataclasses import dataclass

from voice.engine.phrases import Phrases
from voice.engine.words import words_of


@dataclass(slots=True)
class Draft:
    """`words` are those it answers."""

    id: int
    words: list[str]
    phrases: Phrases
    is_ready: bool = False

    def answers(self, text: str) -> bool:
        """Whether it still does: a cough after the question, heard as "the", adds nothing to it."""
        words = words_of(text)
        known = len(self.words)
        more = " ".join(words[known:])
        return words[:known] == self.words and (not more or self.phrases.adds_nothing(more))
