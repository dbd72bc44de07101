"""Wakes everybody who waits for the next change of something."""

from __future__ import annotations

import asyncio


class Bell:
    """Unlike an Event it never stays rung: `wait` returns at the next `ring`. Look before you wait."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []

    def ring(self) -> None:
        """Costs next to nothing where nobody waits: it is rung for every frame of sound."""
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            if not each.done():
                each.set_result(None)

    async def wait(self, timeout_ms: float | None = None) -> None:
        """Returns at the next ring or after the timeout, whichever is first."""
        rung = asyncio.get_running_loop().create_future()
        self._waiting.append(rung)
        try:
            if timeout_ms is None:
                await rung
                return
            async with asyncio.timeout(timeout_ms / 1000):
                await rung
        except TimeoutError:
            pass  # as good a time to look again as a ring
        finally:
            if rung in self._waiting:
                self._waiting.remove(rung)
