"""ElevenLabs' times of characters as times of words."""

from __future__ import annotations

from typing import Any

from voice.core.events import WordTime

# How far what was sent and what is told back may run apart.
NEAR_CHARACTERS = 12


class Alignment:
    """Of one piece. Its characters come in chunks, each with times from that chunk's own start."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._word_from: int | None = None
        self._start_ms = 0.0
        self._end_ms = 0.0

    def add(self, chunk: dict[str, Any] | None, begins_ms: float, *, is_last: bool = False) -> list[WordTime]:
        """The words that are complete now. `begins_ms`: where the chunk's audio begins in the piece."""
        words: list[WordTime] = []
        chunk = chunk or {}
        rows = zip(
            chunk.get("chars") or (),
            chunk.get("charStartTimesMs") or (),
            chunk.get("charsDurationsMs") or chunk.get("charDurationsMs") or (),
            strict=False,
        )
        for char, start_ms, duration_ms in rows:
            at = self._find(char)
            if at is None:
                words += self._finish() if char.isspace() else []
                continue
            if self._word_from is None:
                self._word_from, self._start_ms = at, begins_ms + start_ms
            self._end_ms = begins_ms + start_ms + duration_ms
        return words + (self._finish() if is_last else [])

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

    def _finish(self) -> list[WordTime]:
        if self._word_from is None:
            return []
        start, self._word_from = self._word_from, None
        word = self._text[start : self._position].rstrip()
        return [WordTime(word, self._start_ms, self._end_ms, start, start + len(word))]
