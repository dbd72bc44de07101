"""A customer's server as small as can be: documents by path, a stream that answers as it is told, a log."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web
from twilio.request_validator import RequestValidator

from tests.simulators.twilio.simulator import AUTH_TOKEN

PUBLIC = "https://voice.example.com"
Answering = Callable[["Line", dict[str, Any]], Awaitable[None]]


@dataclass
class Line:
    """One stream as its server sees it."""

    socket: web.WebSocketResponse
    messages: list[str] = field(default_factory=list)
    stream_sid: str = ""
    has_started: asyncio.Event = field(default_factory=asyncio.Event)
    is_over: asyncio.Event = field(default_factory=asyncio.Event)
    # For whoever answers once.
    has_answered: bool = False

    async def send(self, event: str, **body: Any) -> None:
        told = {"event": event, "streamSid": self.stream_sid} | ({event: body} if body else {})
        await self.socket.send_str(json.dumps(told))

    async def play(self, sound: bytes) -> None:
        await self.send("media", payload=base64.b64encode(sound).decode())

    def events(self) -> list[str]:
        return [json.loads(text)["event"] for text in self.messages]

    def last(self, event: str) -> dict[str, Any]:
        found: dict[str, Any] = next(
            told for text in reversed(self.messages) if (told := json.loads(text))["event"] == event
        )
        return found


async def echo(line: Line, message: dict[str, Any]) -> None:
    """Says what it hears, frame by frame."""
    if message["event"] == "media":
        await line.send("media", payload=message["media"]["payload"])


class Customer:
    """`documents` by path; `signed`: of each request, whether it was right for the public address."""

    def __init__(self, answering: Answering = echo) -> None:
        self.answering = answering
        self.documents: dict[str, str] = {}
        self.files: dict[str, tuple[bytes, str]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.signed: list[bool] = []
        self.lines: list[Line] = []
        self.delay_s = 0.0
        self.status = 200
        self._runner: web.AppRunner | None = None
        self.port = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Customer:
        application = web.Application()
        application.add_routes(
            [
                web.get("/stream", self._stream),
                web.get("/file/{name}", self._file),
                web.route("*", "/{path:.*}", self._document),
            ]
        )
        self._runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *raised: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def says(self, path: str, *verbs: str) -> str:
        """The public address of a document of these verbs."""
        self.documents[path] = f'<?xml version="1.0" encoding="UTF-8"?><Response>{"".join(verbs)}</Response>'
        return PUBLIC + path

    async def line(self, number: int = 1, within_s: float = 5.0) -> Line:
        """The so-and-so-many-th stream, once its `start` has come. Raises TimeoutError."""
        async with asyncio.timeout(within_s):
            while len(self.lines) < number:  # noqa: ASYNC110  a test may wait for one that never comes
                await asyncio.sleep(0.005)
            await self.lines[number - 1].has_started.wait()
            return self.lines[number - 1]

    def forms(self, path: str) -> list[dict[str, str]]:
        return [form for asked, form in self.asked if asked == path]

    async def _document(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.asked.append((request.path, form))
        signature = request.headers.get("X-Twilio-Signature", "")
        validator = RequestValidator(AUTH_TOKEN)
        self.signed.append(validator.validate(PUBLIC + request.path_qs, form, signature))
        await asyncio.sleep(self.delay_s)
        text = self.documents.get(request.path, "")
        return web.Response(text=text, content_type="text/xml", status=self.status)

    async def _file(self, request: web.Request) -> web.Response:
        body, kind = self.files[request.match_info["name"]]
        return web.Response(body=body, content_type=kind)

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        signature = request.headers.get("x-twilio-signature", "")
        url = PUBLIC.replace("https", "wss") + request.path
        self.signed.append(RequestValidator(AUTH_TOKEN).validate(url, {}, signature))
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        line = Line(socket)
        self.lines.append(line)
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._take(line, message.data)
        finally:
            line.is_over.set()
        return socket

    async def _take(self, line: Line, text: str) -> None:
        line.messages.append(text)
        try:
            told = json.loads(text)
        except (ValueError, RecursionError):
            return
        if isinstance(told, dict):
            if told["event"] == "start":
                line.stream_sid = told["streamSid"]
                line.has_started.set()
            await self.answering(line, told)


STREAM = PUBLIC.replace("https", "wss") + "/stream"
CONNECT = f'<Connect><Stream url="{STREAM}"><Parameter name="token" value="t1"/></Stream></Connect>'
