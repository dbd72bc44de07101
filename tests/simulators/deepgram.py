"""Deepgram on loopback: the time of speech comes from the sound, its words from a script; and its voices."""

from __future__ import annotations

import asyncio
import uuid
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from aiohttp import web

from tests.simulators.deepgram_flux import FluxConnection
from tests.simulators.deepgram_nova import NovaConnection
from tests.simulators.server import Delay, Simulator, wait
from tests.simulators.sound import GARBAGE, tone

IDLE_S = 10.0
# So much silence, and Flux takes a turn for over; for likely over.
FLUX_END_MS = 260.0
FLUX_EAGER_MS = 80.0


class DeepgramSimulator(Simulator):
    """`script`: what the caller says, an utterance after the other, as the sound of each is heard."""

    vendor = "deepgram"

    def __init__(
        self,
        script: Iterable[str] = (),
        *,
        interim_ms: Delay = 0.0,
        final_ms: Delay = 0.0,
        interim_every_ms: float = 150.0,
        word_ms: float = 300.0,
        answers_empty_finalize: bool = True,
        repeats: bool = False,
        first_audio_ms: Delay = 0.0,
        characters_a_second: float = 15.0,
        times_real_time: float = 8.0,
    ) -> None:
        """`repeats`: after its last utterance the script begins again. The last three are its voices'."""
        super().__init__()
        self.first_audio_ms = first_audio_ms
        self.characters_a_second = characters_a_second
        self.times_real_time = times_real_time
        self.repeats = repeats
        self.script = deque(script)
        self.interim_ms = interim_ms
        self.final_ms = final_ms
        self.interim_every_ms = interim_every_ms
        self.word_ms = word_ms
        self.answers_empty_finalize = answers_empty_finalize
        self.idle_s = IDLE_S
        self.flux_end_ms = FLUX_END_MS
        self.flux_eager_ms = FLUX_EAGER_MS

    def next_utterance(self) -> str:
        said = self.script.popleft()
        if self.repeats:
            self.script.append(said)
        return said

    stt_models: ClassVar[list[dict[str, Any]]] = [
        {
            "name": "general",
            "canonical_name": f"{family}-general",
            "architecture": family,
            "languages": languages,
            "version": "2025-01-09.0",
            "uuid": "96a295ec-6336-43d5-b1cb-1e48b5e6d9a4",
            "batch": True,
            "streaming": True,
            "formatted_output": True,
        }
        for family, languages in (("nova-3", ["en", "en-US", "de", "fr", "es"]), ("nova-2", ["en"]))
    ]
    tts_models: ClassVar[list[dict[str, Any]]] = [
        {
            "name": name,
            "canonical_name": f"aura-2-{name}-en",
            "architecture": "aura-2",
            "languages": ["en", "en-US"],
            "version": "2025-04-07.0",
            "uuid": "fd0f2a3c-6b1c-4d8f-9c5a-2a7bb0a1c9e4",
            "metadata": {"accent": "American", "age": "Adult", "tags": [tag, "clear"], "use_cases": ["IVR"]},
        }
        for name, tag in (("thalia", "feminine"), ("zeus", "masculine"))
    ]

    def routes(self) -> Sequence[web.RouteDef]:  # type: ignore[override]
        return [
            web.get("/v1/listen", self._listen),
            web.get("/v2/listen", self._listen),
            web.post("/v1/speak", self._speak),
            web.get("/v1/projects", self._projects),
            web.get("/v1/models", self._models),
        ]

    async def _speak(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        noted, fault = self.note(request, body), self.next_fault()
        if fault.status or "bad" in request.headers.get("Authorization", "bad"):
            told = fault.body or {"err_code": "INVALID_AUTH", "err_msg": "Invalid credentials."}
            return web.json_response(told, status=fault.status or 401, headers=fault.headers)
        if fault.stalls:
            await self.stall()
        each_ms, rate_hz = 1000 / self.characters_a_second, int(request.query["sample_rate"])
        content = {"Content-Type": f"audio/l16;rate={rate_hz}", "dg-request-id": str(uuid.uuid4())}
        response = web.StreamResponse(headers=content)
        await response.prepare(request)
        try:
            await wait(self.first_audio_ms)
            for number, char in enumerate(body["text"]):
                await asyncio.sleep(fault.drips_ms / 1000)
                if fault.cut_after == number:
                    assert request.transport is not None
                    request.transport.abort()
                    break
                sound = tone(char, each_ms, rate_hz // 2 if fault.wrong_rate else rate_hz)
                await response.write(GARBAGE if fault.garbage else sound)
                while fault.endless:
                    await response.write(sound)
                if self.times_real_time:
                    await asyncio.sleep(each_ms / 1000 / self.times_real_time)
            else:
                await response.write_eof()
        except (ConnectionResetError, asyncio.CancelledError):
            noted.abortion.set()
            raise
        return response

    async def _projects(self, request: web.Request) -> web.Response:
        self.note(request)
        if "bad" in request.headers.get("Authorization", "bad"):
            told = {"err_code": "INVALID_AUTH", "err_msg": "Invalid credentials.", "request_id": "1"}
            return web.json_response(told, status=401)
        return web.json_response({"projects": [{"project_id": "1", "name": "Acme"}]})

    async def _models(self, request: web.Request) -> web.Response:
        self.note(request)
        if "bad" in request.headers.get("Authorization", "bad"):
            told = {"err_code": "INVALID_AUTH", "err_msg": "Invalid credentials.", "request_id": "1"}
            return web.json_response(told, status=401)
        return web.json_response({"stt": self.stt_models, "tts": self.tts_models})

    async def _listen(self, request: web.Request) -> web.StreamResponse:
        noted, fault = self.note(request), self.next_fault()
        request_id = str(uuid.uuid4())
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if not key or "bad" in key or scheme.lower() not in ("token", "bearer") or fault.status:
            status = fault.status or 401
            told = {"err_code": "INVALID_AUTH", "err_msg": "Invalid credentials.", "request_id": request_id}
            headers = {"dg-request-id": request_id, "dg-error": told["err_msg"], **fault.headers}
            return web.json_response(fault.body or told, status=status, headers=headers)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if fault.stalls:
            await self.stall()
        kind = FluxConnection if request.path.startswith("/v2") else NovaConnection
        await kind(self, socket, request, noted, fault, request_id).run()
        return socket
