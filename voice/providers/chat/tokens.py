"""How many tokens a request used: as the vendor counted them at its end, or estimated at its beginning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from voice.core.usage import TokenUsage

# Of English; other languages have fewer, so that their requests are estimated too short.
CHARACTERS_A_TOKEN = 4
# Role and separators of each message.
TOKENS_A_MESSAGE = 4


def estimated_tokens(messages: Sequence[dict[str, Any]]) -> int:
    characters = sum(len(message.get("content") or "") for message in messages)
    return characters // CHARACTERS_A_TOKEN + TOKENS_A_MESSAGE * len(messages)


def token_usage(chunk: Any) -> TokenUsage | None:
    """What a streamed chunk says of its whole request; Groq has a place of its own for it."""
    usage = getattr(chunk, "usage", None) or getattr(getattr(chunk, "x_groq", None), "usage", None)
    read, written = getattr(usage, "prompt_tokens", None), getattr(usage, "completion_tokens", None)
    if not isinstance(read, int) or not isinstance(written, int):
        return None
    return TokenUsage(max(0, read), max(1, written))
