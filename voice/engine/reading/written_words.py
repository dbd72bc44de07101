"""Times of spoken words, given back to the words that were written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from voice.core.events import WordTime
from voice.engine.reading.form import SpokenForm


class WrittenWords:
    """Of one piece, in order. "Five dollars" is one word of "$5": it is over with "dollars", not before."""

    def __init__(self, form: SpokenForm) -> None:
        self._form = form
        # What was given to the voice has no white space at its ends.
        self._indent = len(form.spoken) - len(form.spoken.lstrip())
        self._said = form.spoken.strip().lower()
        self._position = 0
        self._open: WordTime | None = None

    def add(self, words: Iterable[WordTime]) -> tuple[WordTime, ...]:
        """The written words that are complete now. A word that tells no place is looked for."""
        complete: list[WordTime] = []
        for word in words:
            start, end = self._place(word)
            complete += self._written(word, start + self._indent, end + self._indent)
        return tuple(complete)

    def finish(self) -> tuple[WordTime, ...]:
        """The voice has said everything."""
        left, self._open = self._open, None
        return (left,) if left is not None else ()

    def _place(self, word: WordTime) -> tuple[int, int]:
        start, end = word.start_char, word.end_char
        if end <= start:
            start = max(self._said.find(word.text.lower(), self._position), self._position)
            found = self._said.startswith(word.text.lower(), start)
            end = start + (len(word.text) if found else 0)
        self._position = max(self._position, end)
        return start, end

    def _written(self, word: WordTime, start: int, end: int) -> list[WordTime]:
        complete = []
        written_start, written_end = self._form.written_range(start, end)
        before = self._open
        if before is not None and written_start >= before.end_char:
            complete.append(before)
            before = None
        if before is not None:
            written_start = min(before.start_char, written_start)
            written_end = max(before.end_char, written_end)
        text = self._form.written[written_start:written_end]
        self._open = replace(
            word,
            # A word that is said as it is written keeps the voice's own spelling.
            text=word.text if before is None and self._form.spoken[start:end] == text else text,
            start_ms=word.start_ms if before is None else before.start_ms,
            start_char=written_start,
            end_char=written_end,
        )
        return complete + list(self.finish() if self._form.ends_part(end) else ())
