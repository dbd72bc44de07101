"""How much a vendor may answer: an event without an end would be kept until there is no memory left."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from types import ModuleType
from typing import Any

from voice.core.errors import NonsenseError

# The longest reply that is spoken comes in some thousand events of a few hundred bytes.
LARGEST_ANSWER_BYTES = 4 * 1024 * 1024
# Counted is what comes over the line, so that it must be what is kept.
UNCOMPRESSED = {"Accept-Encoding": "identity"}


def size_limit(http: ModuleType, vendor: str) -> Callable[[Any], Awaitable[None]]:
    """A response hook for a client of `http`. Reading a larger answer raises NonsenseError."""

    class LimitedStream(http.AsyncByteStream):  # type: ignore[misc, name-defined]  # of either generation of the client
        def __init__(self, stream: Any) -> None:
            self._stream = stream

        async def __aiter__(self) -> AsyncIterator[bytes]:
            size_bytes = 0
            async for part in self._stream:
                size_bytes += len(part)
                if size_bytes > LARGEST_ANSWER_BYTES:
                    raise NonsenseError(vendor, "its answer is too large")
                yield part

        async def aclose(self) -> None:
            await self._stream.aclose()

    async def limit(response: Any) -> None:
        response.stream = LimitedStream(response.stream)

    return limit
