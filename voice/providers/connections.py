"""HTTP connections that all calls of an event loop share; a preview is spoken in a loop of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar
from weakref import WeakKeyDictionary


class _Closable(Protocol):
    async def aclose(self) -> None: ...


Client = TypeVar("Client", bound=_Closable)


class Connections(Generic[Client]):
    """A client is dear to make (its certificates take it 50 ms) and binds its connections to one loop."""

    def __init__(self, make: Callable[[], Client]) -> None:
        self._make = make
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, Client] = WeakKeyDictionary()

    def client(self) -> Client:
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            self._clients[loop] = self._make()
        return self._clients[loop]

    async def aclose(self) -> None:
        """Those of the running loop; those of others end with them."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()
