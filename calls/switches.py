"""Providers that failed in a call and those that took over, in words for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

PORTS = {"transcriber": "Hearing", "model": "Thinking", "voice": "Speaking"}
PROVIDERS = {
    "deepgram": "Deepgram",
    "elevenlabs": "ElevenLabs",
    "embedded": "the built-in one",
    "groq": "Groq",
    "openai_compatible": "your own server",
}
# What a kind of voice.core.errors.ProviderError means of the one that failed.
CAUSES = {
    "CapacityError": "had no place left",
    "CredentialsError": "refused its key",
    "NonsenseError": "answered with nonsense",
    "QuotaError": "is used up",
    "RateLimitError": "reached its limit",
    "RequestError": "refused the request",
    "UnreachableError": "could not be reached",
}


@dataclass(frozen=True, slots=True)
class Switch:
    """`at_ms` counts from the start of the call."""

    at_ms: float
    port: str
    failed: str
    instead: str
    error: str

    @property
    def sentence(self) -> str:
        """Like "Thinking: Groq could not be reached; your own server went on"."""
        cause = CAUSES.get(self.error, "failed")
        port = PORTS.get(self.port, self.port.capitalize())
        return f"{port}: {_name(self.failed)} {cause}; {_name(self.instead)} went on"


def switches_of(kept: list[dict[str, Any]]) -> list[Switch]:
    """Out of a call's row."""
    return [Switch(**each) for each in kept]


def _name(provider: str) -> str:
    return PROVIDERS.get(provider, provider)
