"""One accepted WebSocket as its consumer sees it: frames in, frames out with a time limit, one close."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from voice.core.clock import now_ms
from voice.core.errors import CLOSE_NORMAL, Refusal
from voice.wire.wire import Frame, Wire

SEND_LIMIT_S = 5.0
EARLY_MESSAGES = 4


class SocketGone(Exception):
    """The client has left, or takes nothing more. `code` is its close code; `stuck`: it did not read."""

    def __init__(self, code: int, *, stuck: bool = False) -> None:
        super().__init__(f"closed with {code}")
        self.code = code
        self.stuck = stuck


class Socket:
    def __init__(
        self,
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
        wire: Wire,
    ) -> None:
        self._wire = wire
        self._receive = receive
        self._send = send
        self._is_open = False
        self.open_since_ms = 0.0
        self._early: deque[Frame] = deque()

    async def accept(self) -> None:
        """Raises SocketGone when the client has left before."""
        message = await self._receive()
        if message["type"] != "websocket.connect":
            raise SocketGone(int(message.get("code") or 1006))
        self.open_since_ms = now_ms()
        await self._send_in_time({"type": "websocket.accept"})
        self._is_open = True

    async def receive(self) -> Frame:
        """The next text or binary message. Raises SocketGone when there will be none."""
        return self._early.popleft() if self._early else await self._next()

    async def check_there(self) -> None:
        """Looks without waiting whether the client has left: raises SocketGone. What it sent is kept."""
        while len(self._early) < EARLY_MESSAGES:
            try:
                async with asyncio.timeout(0):
                    message = await self._next()
            except TimeoutError:
                return
            self._early.append(message)

    async def _next(self) -> Frame:
        message = await self._receive()
        if message["type"] == "websocket.receive":
            data = message.get("bytes")
            return data if data is not None else message.get("text") or ""
        self._is_open = False
        raise SocketGone(int(message.get("code") or 1005))

    async def send(self, frame: Frame) -> None:
        """Raises SocketGone when the client has left or does not take it within 5 s."""
        if not self._is_open:
            raise SocketGone(1006)
        kind = "bytes" if isinstance(frame, bytes) else "text"
        await self._send_in_time({"type": "websocket.send", kind: frame})

    async def close(self, code: int = CLOSE_NORMAL) -> None:
        """Once; afterwards, and when the client has left, it does nothing."""
        if not self._is_open:
            return
        self._is_open = False
        try:
            await self._send_in_time({"type": "websocket.close", "code": code})
        except SocketGone:
            pass  # it left while we said goodbye

    async def refuse(self, refusal: Refusal) -> None:
        """Says why, then closes with the refusal's code."""
        try:
            await self.tell(refusal)
        except SocketGone:
            return
        await self.close(refusal.close_code)

    async def tell(self, refusal: Refusal) -> None:
        """Why it will be closed, in the words of its protocol. Raises SocketGone."""
        for frame in self._wire.refusal_frames(refusal):
            await self.send(frame)

    async def _send_in_time(self, message: dict[str, Any]) -> None:
        try:
            async with asyncio.timeout(SEND_LIMIT_S):
                await self._send(message)
        except TimeoutError as error:
            self._is_open = False
            raise SocketGone(1006, stuck=True) from error
        except (OSError, RuntimeError) as error:
            # What servers raise when the connection has gone: ClientDisconnected is an OSError, sending
            # after a close is a RuntimeError.
            self._is_open = False
            raise SocketGone(1006) from error
