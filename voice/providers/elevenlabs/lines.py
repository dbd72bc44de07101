"""A body of lines as they arrive, with a bound on the length of each."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator

from voice.core.errors import NonsenseError
from voice.providers.elevenlabs.errors import PROVIDER

# Audio in base64 with an alignment for each character.
LONGEST_LINE_BYTES = 8 * 1024 * 1024


async def lines_of(body: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """Those that hold something. Raises NonsenseError for one that does not end."""
    waiting = b""
    async for piece in body:
        *whole, waiting = (waiting + piece).split(b"\n")
        for line in whole:
            if line.strip():
                yield line
        if len(waiting) > LONGEST_LINE_BYTES:
            raise NonsenseError(PROVIDER, "a line of its answer does not end")
    if waiting.strip():
        yield waiting
