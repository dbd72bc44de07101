"""Whether the transcriber still hears: notices one that keeps its connection and says nothing."""

from __future__ import annotations

import asyncio
from collections import deque

from voice.core.clock import now_ms
from voice.engine.owed_finals import LATE_FINAL_MS
from voice.engine.voice_detector import SpeechEnded, SpeechStarted

LOOKED_AT_EVERY_S = 0.25
# Speech without a word, or a request for a final transcript without an answer, for this long.
DEAF_AFTER_MS = 3_000.0
# One that gives no guesses may be as late with its final transcript as one can be that still counts.
SLOW_FINAL_MS = LATE_FINAL_MS + 1_000.0


class Hearing:
    """`stalled` returns when the transcriber is deaf. Noise has no words either: it is suspected once only,
    until words have come again."""

    def __init__(self, *, trusts_guesses: bool) -> None:
        self._trusts_guesses = trusts_guesses
        self._voice_since_ms: float | None = None
        self._asked_ms: deque[float] = deque(maxlen=64)
        self._is_suspected = False

    def voice(self, change: SpeechStarted | SpeechEnded) -> None:
        self._voice_since_ms = now_ms() if isinstance(change, SpeechStarted) else None

    def asked(self, at_ms: float) -> None:
        self._asked_ms.append(at_ms)

    def words(self, *, is_final: bool) -> None:
        if is_final and self._asked_ms:
            self._asked_ms.popleft()
        if self._voice_since_ms is not None:
            self._voice_since_ms = now_ms()
        self._is_suspected = False

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
        if not self._trusts_guesses or self._is_suspected or self._voice_since_ms is None:
            return False
        if at_ms - self._voice_since_ms > DEAF_AFTER_MS:
            self._is_suspected = True
            return True
        return False
