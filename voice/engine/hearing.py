"""Whether the transcriber still hears: notices one that keeps its connection and says nothing."""

from __future__ import annotations

import asyncio
from collections import deque

from voice.core.clock import now_ms
from voice.engine.owed_finals import LATE_FINAL_MS
from voice.engine.voice_detector import SpeechEnded, SpeechStarted, VoiceChange
from voice.engine.words import words_of

LOOKED_AT_EVERY_S = 0.25
# Speech without a word, or a request for a final transcript without an answer, for this long.
DEAF_AFTER_MS = 3_000.0
# What was said is heard again by the one that takes over; its words come with the next ones at the latest.
PROVEN_WITHIN_MS = 2_000.0
# Where noise was taken for a voice, the same is not suspected again for so long.
NOISY_FOR_MS = 60_000.0
# One that gives no guesses may be as late with its final transcript as one can be that still counts.
SLOW_FINAL_MS = LATE_FINAL_MS + 1_000.0


class Hearing:
    """`stalled` returns when the transcriber is deaf.

    Noise has no words either. So a transcriber is suspected for a voice without words only while that proves
    right: another one has to find words in it soon. Where it finds none either, there were none to find.
    """

    def __init__(self, *, trusts_guesses: bool) -> None:
        self._trusts_guesses = trusts_guesses
        self._voice_since_ms: float | None = None
        self._asked_ms: deque[float] = deque(maxlen=64)
        # When a transcriber was replaced because of a voice without words.
        self._suspected_ms: float | None = None
        # The latest guess. What is only heard again proves nothing.
        self._known = ""

    def voice(self, change: VoiceChange) -> None:
        if isinstance(change, SpeechStarted):
            self._voice_since_ms = now_ms()
        elif isinstance(change, SpeechEnded):
            self._voice_since_ms = None

    def asked(self, at_ms: float) -> None:
        self._asked_ms.append(at_ms)

    def words(self, text: str, *, is_final: bool) -> None:
        if is_final and self._asked_ms:
            self._asked_ms.popleft()
        if self._voice_since_ms is not None:
            self._voice_since_ms = now_ms()
        suspected_ms = self._suspected_ms
        has_news = words_of(text) not in ([], words_of(self._known))
        if has_news and suspected_ms is not None and now_ms() - suspected_ms <= PROVEN_WITHIN_MS:
            self._suspected_ms = None
        self._known = "" if is_final else text

    def begins_anew(self, at_ms: float, *, owes_final: bool) -> None:
        """Another one listens, and was asked again for what the lost one owed."""
        owed = len(self._asked_ms) if owes_final else 0
        self._asked_ms.clear()
        self._asked_ms.extend([at_ms] * owed)
        if self._voice_since_ms is not None:
            self._voice_since_ms = at_ms

    async def stalled(self) -> None:
        while True:
            await asyncio.sleep(LOOKED_AT_EVERY_S)
            if self._is_deaf(now_ms()):
                return

    def _is_deaf(self, at_ms: float) -> bool:
        patience_ms = DEAF_AFTER_MS if self._trusts_guesses else SLOW_FINAL_MS
        if self._asked_ms and at_ms - self._asked_ms[0] > patience_ms:
            return True
        if not self._trusts_guesses or self._voice_since_ms is None:
            return False
        if self._suspected_ms is not None and at_ms - self._suspected_ms <= NOISY_FOR_MS:
            return False
        if at_ms - self._voice_since_ms > DEAF_AFTER_MS:
            self._suspected_ms = at_ms
            return True
        return False
