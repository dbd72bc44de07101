"""What the SDK's sockets send over: a connection of websockets' own, and sound that leaves at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.protocol import OPEN

PING_S: Final = 20.0
CLOSE_LIMIT_S: Final = 1.0
# With so much that the line has not taken yet, whoever sends has to wait for it.
MOST_UNSENT_BYTES: Final = 16 * 1024


class DeepgramTransport:
    """As the SDK wants it (`transport_factory`): it makes one for each socket and names address and headers.

    Beside the SDK's own it offers no compression, which sound hardly takes and which costs a third of
    sending it, and it can send without a task. All raise what websockets raises, and OSError.
    """

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        self._url = url
        self._headers = headers
        self._connection: ClientConnection | None = None
        self._opening = asyncio.Lock()

    async def open(self) -> ClientConnection:
        """Connects, unless it has. Without a time limit of its own."""
        async with self._opening:
            if self._connection is None:
                self._connection = await connect(
                    self._url,
                    additional_headers=self._headers,
                    compression=None,
                    open_timeout=None,
                    ping_interval=PING_S,
                    ping_timeout=PING_S,
                    close_timeout=CLOSE_LIMIT_S,
                )
        return self._connection

    def write(self, sound: bytes) -> bool:
        """Whether it has left; else it has to be sent, and what comes after it behind it."""
        connection = self._connection
        if connection is None or connection.protocol.state is not OPEN:
            return False
        if connection.transport.get_write_buffer_size() > MOST_UNSENT_BYTES:
            return False
        connection.protocol.send_binary(sound)
        try:
            connection.send_data()
        except (OSError, RuntimeError):  # uvloop's word for a line that is gone; whoever waits on it is told
            return False
        return True

    async def send(self, data: str | bytes) -> None:
        connection = self._connection or await self.open()
        await connection.send(data)

    async def recv(self) -> str | bytes:
        connection = self._connection or await self.open()
        return await connection.recv()

    async def __aiter__(self) -> AsyncIterator[str | bytes]:
        connection = await self.open()
        async for message in connection:
            yield message

    async def close(self) -> None:
        """Within a second, whatever the other side does."""
        if self._connection is not None:
            await self._connection.close()

    def abort(self) -> None:
        if self._connection is not None:
            self._connection.transport.abort()


def transport_of(socket: Any) -> DeepgramTransport:
    """The one that an SDK's socket was given."""
    transport: DeepgramTransport = socket._websocket
    return transport
