"""How many tokens a request used: as the vendor counted them at its end, or estimated at its beginning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from voice.core.usage import TokenUsage
from voice.providers.chat.chunks import counted_tokens

# Of English; other languages have fewer, so that their requests are estimated too short.
CHARACTERS_A_TOKEN = 4
# Role and separators of each message.
TOKENS_A_MESSAGE = 4


def estimated_tokens(messages: Sequence[dict[str, Any]]) -> int:
    characters = sum(len(message.get("content") or "") for message in messages)
    return characters // CHARACTERS_A_TOKEN + TOKENS_A_MESSAGE * len(messages)


def token_usage(chunk: object) -> TokenUsage | None:
    """What a streamed chunk says of its whole request."""
    counted = counted_tokens(chunk)
    return TokenUsage(max(0, counted[0]), max(1, counted[1])) if counted else None
