"""A program that talks to `/ws/voice` frame by frame, and may do so badly."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import websockets
from websockets.asyncio.client import ClientConnection, connect

from tests.servers.ground import StartedServer

WAIT_S = 20.0
_addresses = itertools.count(1)


def new_address() -> str:
    number = next(_addresses)
    return f"10.77.{number // 250}.{number % 250 + 1}"


@dataclass
class Refused:
    code: str
    message: str
    close_code: int | None
    held_s: float


class Client:
    """`address` is the caller's, as a proxy tells it; by default one that nobody else uses."""

    def __init__(self, server: StartedServer, *, address: str = "", **query: str) -> None:
        self._url = f"{server.address}/ws/voice?{urlencode(query)}"
        self._headers = {"X-Forwarded-For": address or new_address()}
        self._connection: ClientConnection | None = None
        # Everything received, in order: (seconds, message), text as the parsed object.
        self.received: list[tuple[float, dict[str, Any] | bytes]] = []

    async def __aenter__(self) -> Client:
        self._connection = await connect(
            self._url,
            additional_headers=self._headers,
            open_timeout=WAIT_S,
            close_timeout=2,
            compression=None,
            max_size=4 * 1024 * 1024,
        )
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self.socket.close()

    @property
    def socket(self) -> ClientConnection:
        assert self._connection is not None
        return self._connection

    async def next(self) -> dict[str, Any] | bytes:
        """Raises ConnectionClosed, TimeoutError."""
        async with asyncio.timeout(WAIT_S):
            message = await self.socket.recv()
        parsed = message if isinstance(message, bytes) else json.loads(message)
        self.received.append((time.monotonic(), parsed))
        return parsed

    async def until(self, kind: str) -> dict[str, Any]:
        """The next text message of this type; what comes before it is only kept."""
        while True:
            message = await self.next()
            if isinstance(message, dict) and message["type"] == kind:
                return message

    async def send(self, message: str | bytes | dict[str, Any]) -> None:
        await self.socket.send(json.dumps(message) if isinstance(message, dict) else message)

    async def text(self, words: str) -> None:
        await self.send({"type": "text", "payload": {"text": words}})

    async def closed(self) -> int | None:
        """Reads on to the end; the close code."""
        try:
            while True:
                await self.next()
        except websockets.ConnectionClosed:
            return self.socket.close_code

    async def refused(self) -> Refused:
        """The error and the close that follows it."""
        error = await self.until("error")
        told_at = time.monotonic()
        close_code = await self.closed()
        payload = error["payload"]
        return Refused(payload["code"], payload["message"], close_code, time.monotonic() - told_at)

    def audio(self) -> list[tuple[float, bytes]]:
        return [(at, message) for at, message in self.received if isinstance(message, bytes)]

    def types(self) -> list[str]:
        return ["audio" if isinstance(message, bytes) else message["type"] for _, message in self.received]
