"""Reads a model's reply with a limit on its silence, and notices when it hesitates."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Final

from voice.core.errors import ProviderError
from voice.core.ports import ModelOutput

FIRST_TOKEN_LIMIT_MS = 8_000.0
NEXT_TOKEN_LIMIT_MS = 8_000.0
# A model that pauses this long within a sentence gets its words spoken so far.
HESITATION_MS = 1_000.0
CLOSE_LIMIT_S = 1.0
MOST_UNREAD = 64


class Hesitation:
    """Stands where the next token should have been; the stream goes on."""


HESITATION: Final = Hesitation()


class ModelStream:
    """`async with ModelStream(...) as stream: async for delta in stream`. Leaving it stops the provider."""

    def __init__(self, deltas: AsyncIterator[ModelOutput]) -> None:
        self._deltas = deltas
        # None for its end, whatever it ended with.
        self._read: asyncio.Queue[ModelOutput | None] = asyncio.Queue(MOST_UNREAD)
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> ModelStream:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._reader is not None:
            # Asked for, so that nobody misses it: how the model ends when nobody reads on is no news.
            self._reader.add_done_callback(lambda reader: reader.cancelled() or reader.exception())
            self._reader.cancel()
            await asyncio.wait([self._reader], timeout=CLOSE_LIMIT_S)
        await close_iterator(self._deltas)

    async def __aiter__(self) -> AsyncIterator[ModelOutput | Hesitation]:
        """Raises ProviderError when the model says nothing for too long."""
        # A task for all of them, not for each: whoever waits for the next token must not cancel it.
        self._reader = asyncio.create_task(self._read_all(), name="model-read")
        limit_ms, waited_ms = FIRST_TOKEN_LIMIT_MS, 0.0
        while True:
            try:
                async with asyncio.timeout(HESITATION_MS / 1000):
                    delta = await self._read.get()
            except TimeoutError:
                waited_ms += HESITATION_MS
                if waited_ms >= limit_ms:
                    message = f"no text for {limit_ms / 1000:g} s"
                    raise ProviderError("model", message, retryable=True) from None
                if waited_ms == HESITATION_MS:
                    yield HESITATION
                continue
            if delta is None:
                await self._reader
                return
            yield delta
            limit_ms, waited_ms = NEXT_TOKEN_LIMIT_MS, 0.0

    async def _read_all(self) -> None:
        try:
            async for delta in self._deltas:
                await self._read.put(delta)
        except Exception:  # whoever reads the deltas is told
            await self._read.put(None)
            raise
        await self._read.put(None)


async def close_iterator(iterator: AsyncIterator[object]) -> None:
    """Closing a generator stops the work behind it; a provider that hangs there is left behind."""
    aclose = getattr(iterator, "aclose", None)
    if aclose is not None:
        try:
            async with asyncio.timeout(CLOSE_LIMIT_S):
                await aclose()
        except TimeoutError:
            pass  # the stream is lost to us either way, and the call must go on
