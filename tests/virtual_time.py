"""An event loop whose clock jumps to the next timer, so that half an hour takes milliseconds."""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable
from typing import Any

import pytest

# How long to wait for a thread while the virtual clock stands still.
THREAD_POLL_S = 0.0005
# What was written to a socket of this process is there at once, but for a kernel that has much to do.
SOCKETS_SETTLE_S = 0.0002
# The loop's own, by which threads wake it.
OWN_SOCKETS = 1


class VirtualSelector(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self.now_s = 1_000.0
        self.threads = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if self.threads or timeout is None:
            return super().select(THREAD_POLL_S if self.threads else timeout)
        if len(self.get_map()) > OWN_SOCKETS:
            time.sleep(SOCKETS_SETTLE_S)
            if ready := super().select(0):
                return ready
        self.now_s += timeout
        return []


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Time passes only when nothing is left to do, and not while a thread works for the loop."""

    def __init__(self) -> None:
        self._virtual = VirtualSelector()
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.now_s

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        self._virtual.threads += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._thread_done)
        return future

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """A limit in virtual seconds would be over before the threads have begun to end."""
        self._virtual.threads += 1
        try:
            await super().shutdown_default_executor()
        finally:
            self._virtual.threads -= 1

    def _thread_done(self, _: asyncio.Future[Any]) -> None:
        self._virtual.threads -= 1


def pytest_asyncio_loop_factories(
    config: object, item: pytest.Item
) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """A conftest that imports this has the tests beside and below it run in virtual time."""
    if item.get_closest_marker("real_time"):
        return {"real": asyncio.SelectorEventLoop}
    return {"virtual": VirtualTimeLoop}
