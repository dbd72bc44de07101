"""Wakes everybody who waits for the next change of something."""

from __future__ import annotations

import asyncio


class Bell:
    """Unlike an Event it never stays rung: `wait` returns at the next `ring`. Look before you wait."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        rung, self._rung = self._rung, asyncio.Event()
        rung.set()

    async def wait(self, timeout_ms: float | None = None) -> None:
        """Returns at the next ring or after the timeout, whichever is first."""
        try:
            async with asyncio.timeout(None if timeout_ms is None else timeout_ms / 1000):
                await self._rung.wait()
        except TimeoutError:
            pass  # as good a time to look again as a ring
