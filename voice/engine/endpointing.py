"""Policy: when has the caller finished?"""

from __future__ import annotations

from dataclasses import dataclass

# How long a final transcript may keep the caller waiting before the last interim text has to do.
FINAL_PATIENCE_MS = 1500.0
# Words that keep coming after the voice has stopped (soft speech) end a turn only this long after the last.
INTERIM_GAP_MS = 1200.0


@dataclass(frozen=True, slots=True)
class Endpointing:
    """All instants count from the last real speech, so that a slow transcript is absorbed, not added."""

    silence_ms: float
    finalize_after_ms: float

    def finalize_at_ms(self, last_speech_ms: float) -> float:
        """When the transcriber is asked for its final word on what was said."""
        return last_speech_ms + min(self.finalize_after_ms, self.silence_ms)

    def ends_at_ms(self, last_speech_ms: float, text: str) -> float:
        """When the turn is over, once its transcript is final. `text` is for policies that read it."""
        return last_speech_ms + self.silence_ms

    def gives_up_at_ms(self, last_speech_ms: float, finalize_sent_ms: float, text: str) -> float:
        """When the turn ends even without a final transcript."""
        return max(self.ends_at_ms(last_speech_ms, text), finalize_sent_ms + FINAL_PATIENCE_MS)
