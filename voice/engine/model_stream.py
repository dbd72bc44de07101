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


class Hesitation:
    """Stands where the next token should have been; the stream goes on."""


HESITATION: Final = Hesitation()


class ModelStream:
    """`async with ModelStream(...) as stream: async for delta in stream`. Leaving it stops the provider."""

    def __init__(self, deltas: AsyncIterator[ModelOutput]) -> None:
        self._deltas = deltas
        self._next: asyncio.Future[ModelOutput] | None = None

    async def __aenter__(self) -> ModelStream:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._next is not None:
            # Asked for, so that nobody misses it: how the model ends when nobody reads on is no news.
            self._next.add_done_callback(lambda last: last.cancelled() or last.exception())
            if not self._next.done():
                self._next.cancel()
                await asyncio.wait([self._next], timeout=CLOSE_LIMIT_S)
        await close_iterator(self._deltas)

    async def __aiter__(self) -> AsyncIterator[ModelOutput | Hesitation]:
        """Raises ProviderError when the model says nothing for too long."""
        limit_ms = FIRST_TOKEN_LIMIT_MS
        while True:
            self._next = asyncio.ensure_future(anext(self._deltas))
            waited_ms = 0.0
            while not self._next.done():
                await asyncio.wait([self._next], timeout=HESITATION_MS / 1000)
                if self._next.done():
                    break
                waited_ms += HESITATION_MS
                if waited_ms >= limit_ms:
                    raise ProviderError("model", f"no text for {limit_ms / 1000:g} s", retryable=True)
                if waited_ms == HESITATION_MS:
                    yield HESITATION
            try:
                delta = self._next.result()
            except StopAsyncIteration:
                return
            yield delta
            limit_ms = NEXT_TOKEN_LIMIT_MS


async def close_iterator(iterator: AsyncIterator[object]) -> None:
    """Closing a generator stops the work behind it; a provider that hangs there is left behind."""
    aclose = getattr(iterator, "aclose", None)
    if aclose is not None:
        try:
            async with asyncio.timeout(CLOSE_LIMIT_S):
                await aclose()
        except TimeoutError:
            pass  # the stream is lost to us either way, and the call must go on
