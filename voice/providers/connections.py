"""HTTP connections that all calls of an event loop share; a preview is spoken in a loop of its own."""

from __future__ import annotations

import asyncio
from weakref import WeakKeyDictionary

import httpx


class Connections:
    """A client is dear to make (its certificates take it 50 ms) and binds its connections to one loop."""

    def __init__(self, timeout: httpx.Timeout, limits: httpx.Limits) -> None:
        self._timeout = timeout
        self._limits = limits
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient] = WeakKeyDictionary()

    def client(self) -> httpx.AsyncClient:
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            self._clients[loop] = httpx.AsyncClient(timeout=self._timeout, limits=self._limits)
        return self._clients[loop]

    async def aclose(self) -> None:
        """Those of the running loop; those of others end with them."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()
