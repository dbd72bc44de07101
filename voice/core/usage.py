"""What a call used of whom: the figures behind its cost, in the units that vendors charge for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Meter(StrEnum):
    """What is counted, by the unit in its name."""

    TRANSCRIBER_S = "transcriber_s"
    MODEL_INPUT_TOKENS = "model_input_tokens"
    MODEL_OUTPUT_TOKENS = "model_output_tokens"
    VOICE_CHARACTERS = "voice_characters"


@dataclass(frozen=True, slots=True)
class UsageLine:
    """One meter of one provider's model, voice or transcriber in a call.

    `used` is what the call had of it. `in_vain` is what the vendor charges beside that: drafts that were
    dropped, sound that nobody heard, the caller's words told twice to a transcriber that stood in.
    """

    meter: Meter
    provider: str
    name: str
    used: float
    in_vain: float = 0.0


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Of one request: estimated and without output when it begins, as the vendor counts it when it ends."""

    input_tokens: int
    output_tokens: int
    provider: str = ""
    name: str = ""


@dataclass(slots=True)
class VoiceUsage:
    """Characters given to a voice. `unspoken`: those that it owed when it failed, filled in by then."""

    provider: str
    name: str
    characters: int
    unspoken: int = 0

    @property
    def spoken(self) -> int:
        return self.characters - self.unspoken
