"""A piece of speech that a vendor broke off before it sounded is asked for once more."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from voice.core.errors import UnreachableError
from voice.core.ports import SpeechChunk

ATTEMPTS = 2


async def with_second_try(
    speak: Callable[[], AsyncGenerator[SpeechChunk, None]],
) -> AsyncGenerator[SpeechChunk, None]:
    """Raises what `speak` raises: at once where something has sounded, or where trying again is of no use."""
    for attempt in range(1, ATTEMPTS + 1):
        has_sound = False
        try:
            async with aclosing(speak()) as chunks:
                async for chunk in chunks:
                    has_sound = True
                    yield chunk
            return
        except UnreachableError:
            if has_sound or attempt == ATTEMPTS:
                raise
