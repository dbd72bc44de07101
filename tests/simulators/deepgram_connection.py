"""What both generations of Deepgram's transcription do on a socket: hear sound, keep time, tell later."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import numpy as np
from aiohttp import WSMsgType, web

from tests.simulators.server import Fault, Request, milliseconds
from tests.simulators.sound import linear

if TYPE_CHECKING:
    from tests.simulators.deepgram import DeepgramSimulator

FRAME_MS = 10.0
LOUD = 400.0
# So much sound, and somebody speaks.
VOICE_MS = 40.0
# So much silence after a word, and it is taken for the last one.
ALL_SAID_MS = 30.0


class Connection:
    """A subclass knows the messages of one generation."""

    def __init__(
        self,
        simulator: DeepgramSimulator,
        socket: web.WebSocketResponse,
        request: web.Request,
        noted: Request,
        fault: Fault,
        request_id: str,
    ) -> None:
        self.simulator = simulator
        self.socket = socket
        self.noted = noted
        self.request_id = request_id
        self.query = request.query
        self.position_ms = self.span_from_ms = 0.0
        self.loud_ms = self.quiet_ms = 0.0
        # All that is said in this stretch of speech, whether it has sounded already or not.
        self.words: list[str] = []
        self._request = request
        self._fault = fault
        self._encoding = request.query["encoding"]
        self._rate_hz = int(request.query["sample_rate"])
        self._unread = b""
        self._next_interim_ms = 0.0
        self._sent = 0
        self._outgoing: asyncio.Queue[tuple[float, dict[str, Any]]] = asyncio.Queue()

    # --- one generation's messages --------------------------------------------------------------
    async def obey(self, order: dict[str, Any]) -> None:
        raise NotImplementedError

    async def finish(self) -> None:
        """The client has said that no more sound comes."""
        raise NotImplementedError

    def begins(self) -> None:
        """Somebody speaks."""

    def hears(self, *, is_loud: bool) -> None:
        """After each frame."""

    def guess(self, words: list[str]) -> None:
        raise NotImplementedError

    @staticmethod
    def told(message: dict[str, Any]) -> str:
        """The words of a transcript, with "final" or "guess" before them."""
        raise NotImplementedError

    # --- the socket -----------------------------------------------------------------------------
    async def run(self) -> None:
        sender = asyncio.create_task(self._send_out())
        try:
            await self._receive()
        except ConnectionResetError:
            pass  # a client that does not wait for the end
        finally:
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)

    async def _receive(self) -> None:
        loop = asyncio.get_running_loop()
        first_sound_by = loop.time() + self.simulator.idle_s
        while True:
            wait_s = self.simulator.idle_s
            if not self.position_ms and not self._unread:
                wait_s = first_sound_by - loop.time()  # text alone does not keep what has had no sound
            try:
                message = await asyncio.wait_for(self.socket.receive(), wait_s)
            except TimeoutError:
                await self.socket.close(code=1011, message=b"NET-0001 no audio or text in time")
                return
            if message.type is WSMsgType.BINARY:
                if not message.data:
                    return  # a legacy end of stream
                self._hear(message.data)
            elif message.type is WSMsgType.TEXT:
                order = json.loads(message.data)
                self.noted.takes(order)
                if order.get("type") == "CloseStream":
                    await self.finish()
                    await self._drain()
                    await self.socket.close(code=1000)
                    return
                await self.obey(order)
            else:
                return

    def _hear(self, audio: bytes) -> None:
        each_bytes = 1 if self._encoding == "mulaw" else 2
        frame_bytes = int(self._rate_hz * FRAME_MS / 1000) * each_bytes
        audio = self._unread + audio
        for start in range(0, len(audio) - frame_bytes + 1, frame_bytes):
            samples = linear(audio[start : start + frame_bytes], self._encoding)
            self.position_ms += FRAME_MS
            self._frame(is_loud=float(np.sqrt(np.mean(samples**2))) > LOUD)
        self._unread = audio[len(audio) - len(audio) % frame_bytes :]

    def _frame(self, *, is_loud: bool) -> None:
        if is_loud:
            self.loud_ms += FRAME_MS
            if not self.words and self.loud_ms >= VOICE_MS and self.simulator.script:
                self.words = self.simulator.next_utterance().split()
                self.begins()
        self.hears(is_loud=is_loud)
        self.quiet_ms = 0.0 if is_loud else self.quiet_ms + FRAME_MS
        is_said = self.quiet_ms == ALL_SAID_MS
        if self.words and (is_said or self.position_ms >= self._next_interim_ms):
            self._next_interim_ms = self.position_ms + self.simulator.interim_every_ms
            count = int(self.loud_ms / self.simulator.word_ms) + 1
            self.guess(self.words if self.quiet_ms >= ALL_SAID_MS else self.words[:count])

    # --- telling --------------------------------------------------------------------------------
    def send_later(self, result: dict[str, Any], *, is_final: bool) -> None:
        delay_ms = milliseconds(self.simulator.final_ms if is_final else self.simulator.interim_ms)
        at = asyncio.get_running_loop().time() + delay_ms / 1000
        self._outgoing.put_nowait((at, result))

    def send_now(self, message: dict[str, Any]) -> None:
        self._outgoing.put_nowait((0.0, message))

    async def _send_out(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            at, message = await self._outgoing.get()
            await asyncio.sleep(max(0.0, at - loop.time()) + self._fault.drips_ms / 1000)
            if self._fault.cut_after is not None and self._sent >= self._fault.cut_after:
                assert self._request.transport is not None
                self._request.transport.abort()
                return
            self._sent += 1
            if told := self.told(message):
                self.noted.leaves(told)
            await self.socket.send_str("{nonsense" if self._fault.garbage else json.dumps(message))
            self._outgoing.task_done()

    async def _drain(self) -> None:
        """All that was to be told is told before the end, unless the client has gone."""
        try:
            async with asyncio.timeout(1):
                await self._outgoing.join()
        except TimeoutError:
            pass
