"""Notices a client that sends audio faster than anybody can speak."""

from __future__ import annotations

from collections import deque

WINDOW_MS = 10_000.0
AHEAD_LIMIT_MS = 2_000.0
STEP_MS = 250.0


class InputPace:
    """Counts samples, not messages, so that clients may send as much at once as they like."""

    def __init__(self, now_ms: float) -> None:
        self._started_ms = now_ms
        self._steps: deque[tuple[float, float]] = deque()
        self._audio_ms = 0.0

    def is_too_fast(self, audio_ms: float, now_ms: float) -> bool:
        """Whether, with this piece, more than 2 s too much has come within the last 10 s."""
        step_ms = now_ms - now_ms % STEP_MS
        if self._steps and self._steps[-1][0] == step_ms:
            self._steps[-1] = (step_ms, self._steps[-1][1] + audio_ms)
        else:
            self._steps.append((step_ms, audio_ms))
        self._audio_ms += audio_ms
        while self._steps[0][0] <= now_ms - WINDOW_MS - STEP_MS:
            self._audio_ms -= self._steps.popleft()[1]
        real_ms = min(WINDOW_MS, now_ms - self._started_ms)
        return self._audio_ms > real_ms + STEP_MS + AHEAD_LIMIT_MS
