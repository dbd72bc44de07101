"""ElevenLabs' multi-context socket: audio that can be heard, the times of its characters, its errors."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from aiohttp import WSMsgType, web

from tests.simulators.server import Delay, Fault, Request, Simulator, wait
from tests.simulators.sound import tone

CHUNK_MS = 200.0


class ElevenLabsSimulator(Simulator):
    vendor = "elevenlabs"

    def __init__(
        self, *, first_audio_ms: Delay = 0.0, characters_a_second: float = 15.0, times_real_time: float = 0.0
    ) -> None:
        """`characters_a_second`: how fast the voice speaks; `times_real_time` 0: made as fast as it goes."""
        super().__init__()
        self.first_audio_ms = first_audio_ms
        self.characters_a_second = characters_a_second
        self.times_real_time = times_real_time

    def routes(self) -> Sequence[web.RouteDef]:  # type: ignore[override]
        return [
            web.get("/v1/text-to-speech/{voice}/multi-stream-input", self._multi),
            web.get("/v1/voices", self._voices),
        ]

    async def _multi(self, request: web.Request) -> web.StreamResponse:
        noted, fault = self.note(request), self.next_fault()
        if fault.status:
            return web.json_response(fault.body, status=fault.status, headers=fault.headers)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        key = request.headers.get("xi-api-key", "")
        if not key or "bad" in key:
            await self._close_with(socket, "invalid_api_key", "Invalid API key")
            return socket
        if not request.match_info["voice"].startswith(("v", "E", "J", "c", "n", "p", "b")):
            await self._close_with(socket, "voice_not_found", "A voice with this id was not found")
            return socket
        if fault.stalls:
            await self.stall()
        await _Contexts(self, socket, request, noted, fault).run()
        return socket

    @staticmethod
    async def _close_with(socket: web.WebSocketResponse, error: str, message: str) -> None:
        await socket.send_json({"message": message, "error": error, "code": 1008})
        await socket.close(code=1008, message=message.encode()[:123])

    async def _voices(self, request: web.Request) -> web.Response:
        self.note(request)
        if "bad" in request.headers.get("xi-api-key", "bad"):
            detail = {"status": "invalid_api_key", "message": "Invalid API key"}
            return web.json_response({"detail": detail}, status=401)
        voice = {"voice_id": "v1", "name": "Rachel", "category": "premade", "labels": {"accent": "american"}}
        return web.json_response({"voices": [voice]})


class _Contexts:
    """One connection: contexts are filled with text, flushed into audio, and closed."""

    def __init__(
        self,
        simulator: ElevenLabsSimulator,
        socket: web.WebSocketResponse,
        request: web.Request,
        noted: Request,
        fault: Fault,
    ) -> None:
        self._simulator = simulator
        self._socket = socket
        self._request = request
        self._noted = noted
        self._fault = fault
        self._sent = 0
        self._rate_hz = int(request.query["output_format"].removeprefix("pcm_"))
        self._texts: dict[str, str] = {}
        self._work: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        try:
            async for message in self._socket:
                if message.type is not WSMsgType.TEXT:
                    break
                order = json.loads(message.data)
                self._noted.takes(order)
                if order.get("close_socket"):
                    await asyncio.gather(*self._work.values())
                    await self._socket.close(code=1000)
                    break
                self._take(order)
        finally:
            for task in self._work.values():
                task.cancel()
            await asyncio.gather(*self._work.values(), return_exceptions=True)

    def _take(self, order: dict[str, Any]) -> None:
        context = order.get("context_id", "default")
        self._texts[context] = self._texts.get(context, "") + (order.get("text") or "")
        if order.get("flush") and self._texts[context].strip():
            text, self._texts[context] = self._texts[context], ""
            self._after(context, partial(self._speak, context, text))
        if order.get("close_context"):  # what was flushed before is still finished
            self._after(context, partial(self._send, {"isFinal": True, "contextId": context}))

    def _after(self, context: str, work: Callable[[], Awaitable[None]]) -> None:
        before = self._work.get(context)

        async def run() -> None:
            if before is not None:
                await asyncio.wait([before])
            await work()

        self._work[context] = asyncio.create_task(run())

    async def _speak(self, context: str, text: str) -> None:
        await wait(self._simulator.first_audio_ms)
        each_ms = 1000 / self._simulator.characters_a_second
        count = max(1, int(CHUNK_MS / each_ms))
        for start in range(0, len(text), count):
            chars = text[start : start + count]
            alignment = {
                "chars": list(chars),
                "charStartTimesMs": [round(i * each_ms) for i in range(len(chars))],
                "charsDurationsMs": [round(each_ms)] * len(chars),
            }
            audio = tone(chars, each_ms, self._rate_hz)
            self._noted.leaves(f"{context}:{chars}")
            await self._send(
                {
                    "audio": base64.b64encode(audio).decode(),
                    "isFinal": None,
                    "normalizedAlignment": alignment,
                    "alignment": alignment,
                    "contextId": context,
                }
            )
            if self._simulator.times_real_time:
                await asyncio.sleep(len(chars) * each_ms / 1000 / self._simulator.times_real_time)

    async def _send(self, message: dict[str, Any]) -> None:
        if self._fault.cut_after is not None and self._sent >= self._fault.cut_after:
            assert self._request.transport is not None
            self._request.transport.abort()
            return
        self._sent += 1
        await self._socket.send_str("{nonsense" if self._fault.garbage else json.dumps(message))
