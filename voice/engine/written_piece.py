"""What an utterance is to sound next: words for the voice, or sound that needs none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from voice.engine.spoken import Part


@dataclass(frozen=True, slots=True)
class WrittenPiece:
    """A sentence or clause to speak; or without a text, `sound`: 16-bit PCM at the rate it is given."""

    text: str
    part: Part
    sound: Callable[[int], bytes] | None = None
