"""How much a vendor may answer: what has no end would be kept until there is no memory left."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from types import ModuleType
from typing import Any

from voice.core.errors import NonsenseError

# The longest reply that is spoken comes in some thousand events of a few hundred bytes, and a list of all the
# voices of a large account takes half of this.
LARGEST_ANSWER_BYTES = 4 * 1024 * 1024
# Counted is what comes over the line, so that it must be what is kept. To be sent with every request.
UNCOMPRESSED = {"Accept-Encoding": "identity"}


def size_limit(http: ModuleType, vendor: str) -> Callable[[Any], Awaitable[None]]:
    """A response hook for a client of `http`. Reading a larger answer raises NonsenseError, and so does
    reading one that is compressed all the same."""

    class LimitedStream(http.AsyncByteStream):  # type: ignore[misc, name-defined]  # of either generation of the client
        def __init__(self, stream: Any, encoding: str) -> None:
            self._stream = stream
            self._encoding = encoding

        async def __aiter__(self) -> AsyncIterator[bytes]:
            if self._encoding not in ("", "identity"):
                raise NonsenseError(vendor, "its answer is compressed, against what was asked")
            size_bytes = 0
            async for part in self._stream:
                size_bytes += len(part)
                if size_bytes > LARGEST_ANSWER_BYTES:
                    raise NonsenseError(vendor, "its answer is too large")
                yield part

        async def aclose(self) -> None:
            await self._stream.aclose()

    async def limit(response: Any) -> None:
        response.stream = LimitedStream(response.stream, response.headers.get("content-encoding", "").lower())

    return limit
