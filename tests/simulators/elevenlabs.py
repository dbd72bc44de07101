"""ElevenLabs on loopback: its multi-context socket, its speech over HTTP, its errors."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from tests.simulators.elevenlabs_contexts import Contexts
from tests.simulators.server import Delay, Fault, Simulator, wait
from tests.simulators.sound import GARBAGE, tone

CHUNK_MS = 200.0
MOST_CONTEXTS = 5
DETAILS = {
    401: {"status": "invalid_api_key", "message": "Invalid API key"},
    404: {"status": "voice_not_found", "message": "A voice with this id was not found"},
    429: {"type": "rate_limit_error", "code": "rate_limit_exceeded", "message": "Too many requests"},
}


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
        # A proxy before it lets no sockets through.
        self.has_sockets = True
        self.most_contexts = MOST_CONTEXTS

    def routes(self) -> Sequence[web.RouteDef]:  # type: ignore[override]
        return [
            web.get("/v1/text-to-speech/{voice}/multi-stream-input", self._multi),
            web.post("/v1/text-to-speech/{voice}/stream", self._stream),
            web.post("/v1/text-to-speech/{voice}/stream/with-timestamps", self._stream),
            web.get("/v1/voices", self._voices),
        ]

    @property
    def each_ms(self) -> float:
        """A character's."""
        return 1000 / self.characters_a_second

    def chunks(self, text: str) -> list[str]:
        count = max(1, int(CHUNK_MS / self.each_ms))
        return [text[start : start + count] for start in range(0, len(text), count)]

    def sound(self, chars: str, output_format: str, fault: Fault) -> bytes:
        rate_hz = int(output_format.removeprefix("pcm_"))
        return tone(chars, self.each_ms, rate_hz // 2 if fault.wrong_rate else rate_hz)

    async def pace(self, chars: str) -> None:
        if self.times_real_time:
            await asyncio.sleep(len(chars) * self.each_ms / 1000 / self.times_real_time)

    async def _multi(self, request: web.Request) -> web.StreamResponse:
        noted = self.note(request)
        if not self.has_sockets:
            return web.Response(status=502, text="Bad gateway")
        fault = self.next_fault()
        if fault.status:
            return self._refuse(fault)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if not _has_key(request):
            await self._close_with(socket, "invalid_api_key", "Invalid API key")
            return socket
        if not _is_voice(request):
            await self._close_with(socket, "voice_not_found", "A voice with this id was not found")
            return socket
        if fault.stalls:
            await self.stall()
        await Contexts(self, socket, request, noted, fault).run()
        return socket

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        noted, fault = self.note(request, await request.json()), self.next_fault()
        if fault.status or not _has_key(request) or not _is_voice(request):
            return self._refuse(fault if fault.status else Fault(status=401 if _is_voice(request) else 404))
        if fault.stalls:
            await self.stall()
        has_times = request.path.endswith("with-timestamps")
        response = web.StreamResponse(
            headers={
                "Content-Type": "application/json" if has_times else "audio/pcm",
                "request-id": "1",
                "current-concurrent-requests": "1",
                "maximum-concurrent-requests": "10",
            }
        )
        await response.prepare(request)
        try:
            await wait(self.first_audio_ms)
            begins_ms = 0.0
            for number, chars in enumerate(self.chunks(noted.body["text"])):
                await asyncio.sleep(fault.drips_ms / 1000)
                if fault.cut_after == number:
                    assert request.transport is not None
                    request.transport.abort()
                    return response
                audio = self.sound(chars, request.query["output_format"], fault)
                line = json.dumps(self._line(chars, audio, begins_ms)).encode() + b"\n"
                noted.leaves(chars)
                whole = line if has_times else audio
                await response.write((b"{nonsense\n" if has_times else GARBAGE) if fault.garbage else whole)
                if fault.endless:
                    while True:
                        await response.write(b"x" * 65_536)
                begins_ms += len(chars) * self.each_ms
                await self.pace(chars)
            await response.write_eof()
        except (ConnectionResetError, asyncio.CancelledError):
            noted.abortion.set()
            raise
        return response

    def _line(self, chars: str, audio: bytes, begins_ms: float) -> dict[str, Any]:
        starts_s = [(begins_ms + i * self.each_ms) / 1000 for i in range(len(chars))]
        alignment = {
            "characters": list(chars),
            "character_start_times_seconds": [round(start_s, 3) for start_s in starts_s],
            "character_end_times_seconds": [round(start_s + self.each_ms / 1000, 3) for start_s in starts_s],
        }
        return {
            "audio_base64": base64.b64encode(audio).decode(),
            "alignment": alignment,
            "normalized_alignment": alignment,
        }

    @staticmethod
    def _refuse(fault: Fault) -> web.Response:
        body = fault.body or {"detail": DETAILS.get(fault.status, {"message": "Something went wrong"})}
        return web.json_response(body, status=fault.status, headers=fault.headers)

    @staticmethod
    async def _close_with(socket: web.WebSocketResponse, error: str, message: str) -> None:
        await socket.send_json({"message": message, "error": error, "code": 1008})
        await socket.close(code=1008, message=message.encode()[:123])

    async def _voices(self, request: web.Request) -> web.Response:
        self.note(request)
        if not _has_key(request):
            return self._refuse(Fault(status=401))
        voice = {"voice_id": "v1", "name": "Rachel", "category": "premade", "labels": {"accent": "american"}}
        return web.json_response({"voices": [voice]})


def _has_key(request: web.Request) -> bool:
    return "bad" not in request.headers.get("xi-api-key", "bad")


def _is_voice(request: web.Request) -> bool:
    return request.match_info["voice"].startswith(("v", "E", "J", "c", "n", "p", "b"))
