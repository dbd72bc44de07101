"""Joins one model's unfinished words to those of the model that goes on: nothing is said twice."""

from __future__ import annotations

import re

# A model told to go on may first say the last words again; so many are enough to tell.
WORDS_TO_TELL = 4
_WORD = re.compile(r"\S+")


class Continuation:
    """`push` what the other model writes and pass on what comes back; `flush` at its end.

    It may go on with the next word, as it was told to, say the last words again, or begin anew.
    """

    def __init__(self, written: str) -> None:
        self._written = written.strip()
        self._ends_in_space = written != written.rstrip()
        self._held = ""
        self._is_joined = not self._written

    def push(self, text: str) -> str:
        if self._is_joined:
            return text
        self._held += text
        said, held = self._written.casefold(), self._held.strip().casefold()
        is_beginning_anew = said.startswith(held) or held.startswith(said)
        words = len(_WORD.findall(self._held)) - (not self._held[-1:].isspace())
        if len(held) <= len(said) and is_beginning_anew:
            return ""
        if words < WORDS_TO_TELL and not is_beginning_anew:
            return ""
        return self._join()

    def flush(self) -> str:
        return "" if self._is_joined or not self._held else self._join()

    def _join(self) -> str:
        self._is_joined = True
        held = self._held.lstrip()
        if self._begins_anew(held):
            return held[len(self._written) :]
        ends = [match.end() for match in _WORD.finditer(held)][:WORDS_TO_TELL]
        again = max((end for end in ends if self._ends_with(held[:end])), default=0)
        rest = self._held if not again else held[again:]
        needs_space = not self._ends_in_space and rest[:1].isalnum()
        return f" {rest}" if needs_space else rest

    def _begins_anew(self, held: str) -> bool:
        """Several words that are the same are no accident, even if the last one was broken off."""
        if not held.casefold().startswith(self._written.casefold()):
            return False
        return " " in self._written or not held[len(self._written) :][:1].isalnum()

    def _ends_with(self, words: str) -> bool:
        said, words = self._written.casefold(), words.casefold()
        return said == words or said.endswith(f" {words}")
