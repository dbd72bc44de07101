"""Simulated vendors in a thread and loop of their own, for tests that are not asynchronous themselves."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager

from tests.simulators.server import Simulator

LIMIT_S = 10.0


@contextmanager
def running(simulators: Sequence[Simulator]) -> Iterator[None]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="simulated vendors")
    thread.start()
    stack = AsyncExitStack()

    async def start() -> None:
        for simulator in simulators:
            await stack.enter_async_context(simulator)

    try:
        asyncio.run_coroutine_threadsafe(start(), loop).result(LIMIT_S)
        yield
    finally:
        asyncio.run_coroutine_threadsafe(stack.aclose(), loop).result(LIMIT_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(LIMIT_S)
        loop.close()


def variables(simulators: Sequence[Simulator], key: str) -> dict[str, str]:
    """What a product is started with to reach them."""
    found: dict[str, str] = {}
    for simulator in simulators:
        name = simulator.vendor.upper()
        found |= {f"{name}_API_KEY": key, f"{name}_BASE_URL": simulator.base_url}
    return found
