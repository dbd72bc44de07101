"""A client of a consumer without a server between them."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlencode

from voice.edge.consumers import AudioConsumer, BrowserConsumer

WAIT_S = 60.0


class AsgiClient:
    """`async with AsgiClient(api_key=…) as client`. Leaving it closes and waits for the consumer's end."""

    consumer: type[AudioConsumer] = BrowserConsumer
    path = "/ws/voice"
    # What a message's type is called.
    kind = "type"

    def __init__(self, *, address: str = "10.0.0.1", **query: str) -> None:
        self._scope = {
            "type": "websocket",
            "path": self.path,
            "query_string": urlencode(query).encode(),
            "headers": [],
            "client": [address, 1234],
        }
        self._incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._changed = asyncio.Condition()
        self.accepted = False
        self.messages: list[dict[str, Any]] = []
        self.audio: list[bytes] = []
        self.close_code: int | None = None
        self.task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> AsgiClient:
        self._incoming.put_nowait({"type": "websocket.connect"})
        application: Any = self.consumer.as_asgi()
        self.task = asyncio.create_task(application(self._scope, self._incoming.get, self._send))
        return self

    async def __aexit__(self, *raised: object) -> None:
        self.leave()
        assert self.task is not None
        async with asyncio.timeout(WAIT_S):
            await asyncio.gather(self.task, return_exceptions=True)

    def leave(self, code: int = 1000) -> None:
        self._incoming.put_nowait({"type": "websocket.disconnect", "code": code})

    def says(self, **message: Any) -> None:
        self.says_raw(json.dumps(message))

    def says_raw(self, text: str) -> None:
        self._incoming.put_nowait({"type": "websocket.receive", "text": text})

    def sounds(self, pcm: bytes) -> None:
        self._incoming.put_nowait({"type": "websocket.receive", "bytes": pcm})

    async def until(self, kind: str, number: int = 1) -> dict[str, Any]:
        """The first message of this type, or the one of that number."""

        def found() -> dict[str, Any] | None:
            messages = [message for message in self.messages if message[self.kind] == kind]
            return messages[number - 1] if len(messages) >= number else None

        async with asyncio.timeout(WAIT_S), self._changed:
            await self._changed.wait_for(lambda: found() or self.close_code)
        message = found()
        assert message, f"closed with {self.close_code} after {self.messages}"
        return message

    async def closed(self) -> int:
        async with asyncio.timeout(WAIT_S), self._changed:
            await self._changed.wait_for(lambda: self.close_code)
        assert self.close_code is not None
        return self.close_code

    async def _send(self, message: dict[str, Any]) -> None:
        assert self.close_code is None, f"sent after the close: {message}"
        match message["type"]:
            case "websocket.accept":
                self.accepted = True
            case "websocket.close":
                self.close_code = message["code"]
            case "websocket.send" if "text" in message:
                self.messages.append(json.loads(message["text"]))
            case "websocket.send":
                self.audio.append(message["bytes"])
        async with self._changed:
            self._changed.notify_all()
