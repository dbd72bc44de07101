"""What is asked of ElevenLabs for each piece, and what comes back of it, whichever way it goes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from voice.core.audio import AudioFormat
from voice.core.spec import VoiceSpec

MODEL = "eleven_flash_v2_5"
SLOWEST, FASTEST = 0.7, 1.2
# How even (high) or how free (low) a voice speaks.
STABILITY = {"": 0.5, "calm": 0.75, "serious": 0.65, "lively": 0.3}


@dataclass(frozen=True, slots=True)
class Manner:
    """One call's voice: the same for all its pieces."""

    voice: VoiceSpec
    language: str
    audio: AudioFormat

    @property
    def settings(self) -> dict[str, Any]:
        return {
            "stability": STABILITY.get(self.voice.style.strip().lower(), STABILITY[""]),
            "similarity_boost": 0.8,
            "speed": min(max(self.voice.speed, SLOWEST), FASTEST),
        }

    @property
    def output_format(self) -> str:
        return f"pcm_{self.audio.rate_hz}"

    @property
    def language_code(self) -> str:
        return self.language.split("-")[0].lower()


@dataclass(frozen=True, slots=True)
class Character:
    """Of the text as it was spoken; times from the beginning of the piece."""

    text: str
    start_ms: float
    end_ms: float


@dataclass(frozen=True, slots=True)
class Spoken:
    audio: bytes
    characters: tuple[Character, ...] = ()


class Way(Protocol):
    """A connection over which pieces are spoken."""

    @property
    def is_open(self) -> bool:
        """Whether it is any good for another piece."""
        ...

    @property
    def is_busy(self) -> bool:
        """Whether somebody listens to a piece."""
        ...

    def speak(self, text: str) -> AsyncGenerator[Spoken, None]:
        """One piece. Raises ProviderError; closing it stops the work at ElevenLabs."""
        ...

    async def aclose(self) -> None: ...


def characters(
    texts: Iterable[str], starts_ms: Iterable[float], ends_ms: Iterable[float]
) -> tuple[Character, ...]:
    return tuple(Character(*row) for row in zip(texts, starts_ms, ends_ms, strict=False))
