"""ElevenLabs' times of characters as times of words."""

from __future__ import annotations

from collections.abc import Iterable

from voice.core.events import WordTime
from voice.providers.elevenlabs.piece import Character

# How far what was sent and what is told back may run apart.
NEAR_CHARACTERS = 12


class Alignment:
    """Of one piece, whose characters come in chunks."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._word_from: int | None = None
        self._start_ms = 0.0
        self._end_ms = 0.0

    def add(self, characters: Iterable[Character]) -> list[WordTime]:
        """The words that are complete now."""
        words: list[WordTime] = []
        for character in characters:
            at = self._find(character.text)
            if at is None:
                words += self.finish() if character.text.isspace() else []
                continue
            if self._word_from is None:
                self._word_from, self._start_ms = at, character.start_ms
            self._end_ms = character.end_ms
        return words

    def finish(self) -> list[WordTime]:
        """The word that has begun, if there is one."""
        if self._word_from is None:
            return []
        start, self._word_from = self._word_from, None
        word = self._text[start : self._position].rstrip()
        return [WordTime(word, self._start_ms, self._end_ms, start, start + len(word))]

    def _find(self, char: str) -> int | None:
        """Where in the text this character stands. ElevenLabs adds spaces around what it was sent."""
        if char.isspace():
            if self._text[self._position : self._position + 1].isspace():
                self._position += 1
            return None
        at = self._text.find(char, self._position, self._position + NEAR_CHARACTERS)
        if at < 0:
            return None  # written otherwise than it was sent
        self._position = at + 1
        return at
