"""What a caller does in the course of a whole call, drawn by lot: speech, pauses, coughs, noise, murmurs."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

VOICE_GAP_MS = 160.0
MURMUR = "mhm"


@dataclass(frozen=True)
class Span:
    starts_ms: float
    ends_ms: float

    @property
    def middle_ms(self) -> float:
        return (self.starts_ms + self.ends_ms) / 2


@dataclass
class CallerScript:
    """Every word but a murmur occurs once in the call, so that none can be lost or told twice unseen."""

    lot: random.Random
    words: list[tuple[Span, str]] = field(default_factory=list)
    # Sound that is a voice to the detector, words or not; overlapping.
    voiced: list[Span] = field(default_factory=list)
    # Sound in which the transcriber finds words, and takes them back.
    mistaken: list[Span] = field(default_factory=list)
    ends_ms: float = 0.0

    def __post_init__(self) -> None:
        lot = self.lot
        now_ms = lot.uniform(200, 5_000)
        for _ in range(lot.randint(3, 8)):
            act = lot.choice([self._speech, self._speech, self._long_speech, self._murmur, self._soft_speech,
                              self._speech_with_pauses, self._cough, self._noise])  # fmt: skip
            now_ms = act(now_ms)
            now_ms += lot.choice(
                [lot.uniform(100, 1_000), lot.uniform(1_000, 4_000), lot.uniform(4_000, 14_000)]
            )
        self.words.sort(key=lambda word: word[0].starts_ms)
        self.ends_ms = now_ms

    def stretches(self) -> list[Span]:
        """The voice as a detector reports it: gaps between words are no pauses."""
        merged: list[Span] = []
        for span in sorted(self.voiced, key=lambda span: span.starts_ms):
            if merged and span.starts_ms - merged[-1].ends_ms < VOICE_GAP_MS:
                merged[-1] = Span(merged[-1].starts_ms, max(merged[-1].ends_ms, span.ends_ms))
            else:
                merged.append(span)
        return merged

    # --- each takes when it begins and returns when it ends --------------------------------------
    def _speech(self, now_ms: float) -> float:
        return self._say(now_ms, self.lot.randint(1, 8))

    def _long_speech(self, now_ms: float) -> float:
        return self._say(now_ms, self.lot.randint(30, 60))

    def _soft_speech(self, now_ms: float) -> float:
        return self._say(now_ms, self.lot.randint(1, 8), is_voiced=False)

    def _speech_with_pauses(self, now_ms: float) -> float:
        for _ in range(self.lot.randint(1, 4)):
            now_ms = self._say(now_ms, self.lot.randint(1, 3)) + self.lot.uniform(250, 1_100)
        return now_ms

    def _murmur(self, now_ms: float) -> float:
        span = self._sound(now_ms, self.lot.uniform(200, 500))
        self.words.append((span, MURMUR))
        return span.ends_ms

    def _cough(self, now_ms: float) -> float:
        span = self._sound(now_ms, self.lot.uniform(100, 700))
        if self.lot.random() < 0.6:
            self.mistaken.append(span)
        return span.ends_ms

    def _noise(self, now_ms: float) -> float:
        span = self._sound(now_ms, self.lot.uniform(3_000, 25_000))
        if self.lot.random() < 0.5:
            self.mistaken.append(Span(self.lot.uniform(now_ms, span.ends_ms), span.ends_ms))
        if self.lot.random() < 0.6:
            self._say(self.lot.uniform(now_ms, span.ends_ms - 1_600), self.lot.randint(1, 4))
        return span.ends_ms

    def _say(self, now_ms: float, count: int, *, is_voiced: bool = True) -> float:
        for _ in range(count):
            span = Span(now_ms, now_ms + self.lot.uniform(180, 400))
            self.words.append((span, f"word{len(self.words)}"))
            if is_voiced:
                self.voiced.append(span)
            now_ms = span.ends_ms
        return now_ms

    def _sound(self, now_ms: float, duration_ms: float) -> Span:
        span = Span(now_ms, now_ms + duration_ms)
        self.voiced.append(span)
        return span
