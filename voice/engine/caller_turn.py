"""What the caller is saying: the pieces of transcript that make up one turn."""

from __future__ import annotations

from dataclasses import dataclass, field

from voice.engine.turn_actions import CommitTurn
from voice.engine.words import words_of

READINGS_LIMIT = 12
# A transcriber that never stops must not fill the memory with one endless turn.
CHARACTERS_LIMIT = 8_000


@dataclass(slots=True)
class CallerTurn:
    """Several finals may belong to one turn; the interim text is the guess after the last of them."""

    number: int = 1
    started_ms: float | None = None
    last_speech_ms: float | None = None
    final_at_ms: float | None = None
    interim: str = ""
    # The text that a reply has already been asked for; None while the turn was never committed.
    committed_text: str | None = None
    # What the client has been shown of it since it was last committed.
    shown_text: str | None = None
    # How many replies have been prepared for it beforehand.
    drafts: int = 0
    _finals: list[str] = field(default_factory=list)
    _readings: list[tuple[str, ...]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join(part for part in (*self._finals, self.interim) if part)

    @property
    def final_text(self) -> str:
        return " ".join(self._finals)

    @property
    def has_news(self) -> bool:
        """Whether words have come since the turn was last committed."""
        return bool(self.news)

    @property
    def news(self) -> str:
        """The words that have come since the turn was last committed; all of them if it reads otherwise."""
        words, known = words_of(self.text), words_of(self.committed_text or "")
        return " ".join(words[len(known) :] if words[: len(known)] == known else words)

    @property
    def alternatives(self) -> tuple[str, ...]:
        """Other readings of the whole turn: each differs from the text in one of its parts."""
        whole = [
            " ".join(part for part in (*self._finals[:index], reading, *self._finals[index + 1 :]) if part)
            for index, readings in enumerate(self._readings)
            for reading in readings
        ]
        return tuple(dict.fromkeys(reading for reading in whole if reading != self.text))[:READINGS_LIMIT]

    def spoke(self, onset_ms: float) -> None:
        if self.started_ms is None:
            self.started_ms = onset_ms

    def hear(self, text: str, is_final: bool, alternatives: tuple[str, ...], now_ms: float) -> None:
        text = text.strip()
        if not is_final:
            self.interim = text
            return
        self.interim = ""
        if text and len(self.text) < CHARACTERS_LIMIT:
            self._finals.append(text)
            self._readings.append(alternatives[:READINGS_LIMIT])
            self.final_at_ms = now_ms

    def commit(self) -> None:
        self.committed_text = self.text
        self.shown_text = None

    def reopen(self) -> None:
        """It was committed, but its reply has to wait: it will be committed again, and is not timed."""
        self.committed_text = None
        self.last_speech_ms = None

    def write(self, text: str) -> None:
        """Typed words are final at once; what is being said beside them stays a guess."""
        if len(self.text) < CHARACTERS_LIMIT:
            self._finals.append(text)
            self._readings.append(())

    def as_committed(self, now_ms: float) -> CommitTurn:
        return CommitTurn(
            turn=self.number,
            text=self.text,
            alternatives=self.alternatives,
            started_ms=now_ms if self.started_ms is None else self.started_ms,
            last_speech_ms=self.last_speech_ms,
            final_at_ms=self.final_at_ms,
            decided_ms=now_ms,
        )
