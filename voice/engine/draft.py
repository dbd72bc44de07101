"""A reply that is prepared before it is certain that the caller has finished."""

from __future__ import annotations

from dataclasses import dataclass

from voice.engine.interruption import adds_nothing, words_of


@dataclass(slots=True)
class Draft:
    """`words` are those it answers."""

    id: int
    words: list[str]
    is_ready: bool = False

    def answers(self, text: str) -> bool:
        """Whether it still does: a cough after the question, heard as "the", adds nothing to it."""
        words = words_of(text)
        known = len(self.words)
        return words[:known] == self.words and (len(words) == known or adds_nothing(" ".join(words[known:])))
