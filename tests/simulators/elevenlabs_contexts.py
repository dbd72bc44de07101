"""One connection of ElevenLabs' multi-context socket: contexts are filled with text, flushed, and closed."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from tests.simulators.server import Fault, Request, wait

if TYPE_CHECKING:
    from tests.simulators.elevenlabs import ElevenLabsSimulator


class Contexts:
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
        self._idle_s = float(request.query.get("inactivity_timeout", "20"))
        self._texts: dict[str, str] = {}
        # The last of each context waits for those before it.
        self._work: dict[str, asyncio.Task[None]] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def run(self) -> None:
        try:
            while True:
                try:
                    message = await asyncio.wait_for(self._socket.receive(), self._idle_s)
                except TimeoutError:
                    told = "Have not received a new text input within the timeout."
                    await self._end_with("input_timeout_exceeded", told)
                    return
                if message.type is not WSMsgType.TEXT:
                    return
                order = json.loads(message.data)
                self._noted.takes(order)
                if order.get("close_socket"):
                    await asyncio.gather(*self._work.values())
                    await self._socket.close(code=1000)
                    return
                await self._take(order)
        except ConnectionResetError:
            pass
        finally:
            if any(not task.done() for task in self._tasks):
                self._noted.abortion.set()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _take(self, order: dict[str, Any]) -> None:
        context = order.get("context_id", "default")
        if context not in self._texts and len(self._texts) >= self._simulator.most_contexts:
            told = f"Maximum simultaneous contexts exceeded ({self._simulator.most_contexts})"
            await self._end_with("max_active_contexts", told)
            return
        self._texts[context] = self._texts.get(context, "") + (order.get("text") or "")
        if order.get("flush") and self._texts[context].strip():
            text, self._texts[context] = self._texts[context], ""
            self._after(context, partial(self._speak, context, text))
        if order.get("close_context"):  # what was flushed before is still finished
            self._after(context, partial(self._end, context))

    async def _end_with(self, error: str, message: str) -> None:
        await self._socket.send_json({"message": message, "error": error, "code": 1008})
        await self._socket.close(code=1008, message=message.encode()[:123])

    def _after(self, context: str, work: Callable[[], Awaitable[None]]) -> None:
        before = self._work.get(context)

        async def run() -> None:
            if before is not None:
                await asyncio.wait([before])
            await work()

        self._work[context] = asyncio.create_task(run())
        self._tasks.append(self._work[context])

    async def _end(self, context: str) -> None:
        self._texts.pop(context, None)
        await self._send({"isFinal": True, "contextId": context})

    async def _speak(self, context: str, text: str) -> None:
        await wait(self._simulator.first_audio_ms)
        each_ms = self._simulator.each_ms
        for chars in self._simulator.chunks(text):
            alignment = {
                "chars": list(chars),
                "charStartTimesMs": [round(i * each_ms) for i in range(len(chars))],
                "charsDurationsMs": [round(each_ms)] * len(chars),
            }
            audio = self._simulator.sound(chars, self._request.query["output_format"], self._fault)
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
            await self._simulator.pace(chars)

    async def _send(self, message: dict[str, Any]) -> None:
        await asyncio.sleep(self._fault.drips_ms / 1000)
        if self._fault.cut_after is not None and self._sent >= self._fault.cut_after:
            assert self._request.transport is not None
            self._request.transport.abort()
            return
        self._sent += 1
        await self._socket.send_str("{nonsense" if self._fault.garbage else json.dumps(message))
