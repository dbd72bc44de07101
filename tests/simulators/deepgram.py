"""Deepgram's v1 streaming transcription: the time of speech comes from the sound, its words from a script."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from aiohttp import WSMsgType, web

from tests.simulators.server import Delay, Fault, Request, Simulator, milliseconds
from tests.simulators.sound import tone

FRAME_MS = 10.0
LOUD = 400.0
IDLE_S = 10.0
FLUX_END_MS = 260.0
# A character of the simulated voice.
SPOKEN_MS = 65.0
# So much silence after a word, and it is taken for the last one.
ALL_SAID_MS = 30.0


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
    ) -> None:
        """`repeats`: after its last utterance the script begins again."""
        super().__init__()
        self.repeats = repeats
        self.script = deque(script)
        self.interim_ms = interim_ms
        self.final_ms = final_ms
        self.interim_every_ms = interim_every_ms
        self.word_ms = word_ms
        self.answers_empty_finalize = answers_empty_finalize
        self.idle_s = IDLE_S

    def next_utterance(self) -> str:
        said = self.script.popleft()
        if self.repeats:
            self.script.append(said)
        return said

    def routes(self) -> Sequence[web.RouteDef]:  # type: ignore[override]
        return [
            web.get("/v1/listen", self._listen),
            web.get("/v2/listen", self._listen),
            web.post("/v1/speak", self._speak),
            web.get("/v1/projects", self._projects),
        ]

    async def _speak(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        noted, fault = self.note(request, body), self.next_fault()
        if fault.status or "bad" in request.headers.get("Authorization", "bad"):
            told = fault.body or {"err_code": "INVALID_AUTH", "err_msg": "Invalid credentials."}
            return web.json_response(told, status=fault.status or 401, headers=fault.headers)
        if fault.stalls:
            await self.stall()
        response = web.StreamResponse(headers={"Content-Type": "audio/l16", "dg-request-id": "1"})
        await response.prepare(request)
        try:
            for number, char in enumerate(body["text"]):
                if fault.cut_after == number:
                    assert request.transport is not None
                    request.transport.abort()
                    break
                await response.write(tone(char, SPOKEN_MS, int(request.query["sample_rate"])))
                await asyncio.sleep(SPOKEN_MS / 1000 / 8)
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
        kind = FluxConnection if request.path.startswith("/v2") else Connection
        await kind(self, socket, request, noted, fault, request_id).run()
        return socket


class Connection:
    """Of the first generation."""

    def __init__(
        self,
        simulator: DeepgramSimulator,
        socket: web.WebSocketResponse,
        request: web.Request,
        noted: Request,
        fault: Fault,
        request_id: str,
    ) -> None:
        self._simulator = simulator
        self._socket = socket
        self._request = request
        self._noted = noted
        self._fault = fault
        self._request_id = request_id
        query = request.query
        self._rate_hz = int(query["sample_rate"])
        self._endpointing_ms = float(query.get("endpointing", "10"))
        self._unread = b""
        self._position_ms = 0.0
        self._span_from_ms = 0.0
        self._loud_ms = 0.0
        self._quiet_ms = 0.0
        self._words: list[str] = []
        self._next_interim_ms = 0.0
        self._sent = 0
        self._outgoing: asyncio.Queue[tuple[float, dict[str, Any]]] = asyncio.Queue()

    async def run(self) -> None:
        sender = asyncio.create_task(self._send_out())
        try:
            while True:
                try:
                    message = await asyncio.wait_for(self._socket.receive(), self._simulator.idle_s)
                except TimeoutError:
                    await self._socket.close(code=1011, message=b"NET-0001 no audio or text in time")
                    return
                if message.type is WSMsgType.BINARY:
                    if not message.data:
                        return  # a legacy end of stream
                    self._hear(message.data)
                elif message.type is WSMsgType.TEXT:
                    order = json.loads(message.data)
                    self._noted.takes(order)
                    if order["type"] == "CloseStream":
                        await self._finish()
                        return
                    await self._obey(order["type"])
                else:
                    return
        finally:
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)

    async def _obey(self, order: str) -> None:
        if order == "Finalize":
            self._finalize()

    # --- hearing --------------------------------------------------------------------------------
    def _hear(self, audio: bytes) -> None:
        frame_bytes = int(self._rate_hz * FRAME_MS / 1000) * 2
        audio = self._unread + audio
        for start in range(0, len(audio) - frame_bytes + 1, frame_bytes):
            samples = np.frombuffer(audio[start : start + frame_bytes], "<i2").astype(float)
            self._position_ms += FRAME_MS
            self._frame(is_loud=float(np.sqrt(np.mean(samples**2))) > LOUD)
        self._unread = audio[len(audio) - len(audio) % frame_bytes :]

    def _frame(self, *, is_loud: bool) -> None:
        if is_loud:
            self._loud_ms += FRAME_MS
            self._quiet_ms = 0.0
            if not self._words and self._loud_ms >= 40 and self._simulator.script:
                self._words = self._simulator.next_utterance().split()
        else:
            self._quiet_ms += FRAME_MS
        is_said = self._quiet_ms == ALL_SAID_MS
        if self._words and (is_said or self._position_ms >= self._next_interim_ms):
            self._next_interim_ms = self._position_ms + self._simulator.interim_every_ms
            count = int(self._loud_ms / self._simulator.word_ms) + 1
            self._say(self._words if is_said else self._words[:count], is_final=False)
        if self._words and self._quiet_ms >= self._endpointing_ms:
            self._settle(speech_final=True)

    def _settle(self, *, speech_final: bool = False, from_finalize: bool = False) -> None:
        words, self._words = self._words, []
        self._say(words, is_final=True, speech_final=speech_final, from_finalize=from_finalize)
        self._span_from_ms = self._position_ms
        self._loud_ms = 0.0

    def _finalize(self) -> None:
        if self._words or self._simulator.answers_empty_finalize:
            self._settle(from_finalize=True)

    async def _finish(self) -> None:
        metadata = {
            "type": "Metadata",
            "transaction_key": "deprecated",
            "request_id": self._request_id,
            "sha256": "e3b0",
            "created": "2026-01-05T22:37:55.202Z",
            "duration": self._position_ms / 1000,
            "channels": 1,
        }
        try:
            await self._socket.send_json(metadata)
            await self._socket.close(code=1000)
        except ConnectionResetError:
            pass  # a client that does not wait for the end

    # --- telling --------------------------------------------------------------------------------
    def _say(
        self, words: list[str], *, is_final: bool, speech_final: bool = False, from_finalize: bool = False
    ) -> None:
        each_s = self._simulator.word_ms / 1000
        start_s, end_s = self._span_from_ms / 1000, self._position_ms / 1000
        timed = [
            {
                "word": word.strip(".,?!").lower(),
                "start": round(start_s + i * each_s, 3),
                "end": round(start_s + (i + 1) * each_s, 3),
                "confidence": 0.99,
                "punctuated_word": word,
            }
            for i, word in enumerate(words)
        ]
        alternative = {"transcript": " ".join(words), "confidence": 0.99 if words else 0.0, "words": timed}
        result = {
            "type": "Results",
            "channel_index": [0, 1],
            "duration": round(end_s - start_s, 3),
            "start": round(start_s, 3),
            "is_final": is_final,
            "speech_final": speech_final,
            "channel": {"alternatives": [alternative]},
            "metadata": {
                "request_id": self._request_id,
                "model_uuid": "2187e11a-3532-4498-b076-81fa530bdd49",
                "model_info": {"name": "general-nova-3", "version": "2025-07-31.0", "arch": "nova-3"},
            },
            "from_finalize": from_finalize,
        }
        self._send_later(result, is_final=is_final)

    def _send_later(self, result: dict[str, Any], *, is_final: bool) -> None:
        delay_ms = milliseconds(self._simulator.final_ms if is_final else self._simulator.interim_ms)
        at = asyncio.get_running_loop().time() + delay_ms / 1000
        self._outgoing.put_nowait((at, result))

    @staticmethod
    def _told(message: dict[str, Any]) -> str:
        """The words of a transcript, with "final" or "guess" before them."""
        if message["type"] != "Results":
            return ""
        kind = "final" if message["is_final"] else "guess"
        return f"{kind}:{message['channel']['alternatives'][0]['transcript']}"

    async def _send_out(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            at, message = await self._outgoing.get()
            await asyncio.sleep(max(0.0, at - loop.time()))
            if self._fault.cut_after is not None and self._sent >= self._fault.cut_after:
                assert self._request.transport is not None
                self._request.transport.abort()
                return
            self._sent += 1
            if told := self._told(message):
                self._noted.leaves(told)
            await self._socket.send_str("{nonsense" if self._fault.garbage else json.dumps(message))


class FluxConnection(Connection):
    """Of the second: turns whose text grows, and an end that its model or its client decides."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._endpointing_ms = FLUX_END_MS
        self._sequence = 0
        self._turn = 0
        self._has_begun = False
        self._send_now({"type": "Connected"})

    async def _obey(self, order: str) -> None:
        if order == "ForceEndTurn":
            if self._words:
                self._settle(from_finalize=True)
        elif order != "Configure":
            self._send_now({"type": "Error", "code": "UNPARSABLE_CLIENT_MESSAGE", "description": order})
            await asyncio.sleep(0.01)
            await self._socket.close(code=1002)

    def _say(
        self, words: list[str], *, is_final: bool, speech_final: bool = False, from_finalize: bool = False
    ) -> None:
        each_s = self._simulator.word_ms / 1000
        start_s = self._span_from_ms / 1000
        event = "EndOfTurn" if is_final else "Update" if self._has_begun else "StartOfTurn"
        self._has_begun = not is_final
        message = {
            "type": "TurnInfo",
            "event": event,
            "turn_index": self._turn,
            "audio_window_start": round(start_s, 3),
            "audio_window_end": round(self._position_ms / 1000, 3),
            "transcript": " ".join(words),
            "words": [
                {"word": word, "confidence": 0.99, "start": round(start_s + i * each_s, 3), "end": 0.0}
                for i, word in enumerate(words)
            ],
            "end_of_turn_confidence": 0.86 if is_final else 0.05,
        }
        if is_final:
            message["trigger"] = "manual" if from_finalize else "model"
            self._turn += 1
        self._send_later(self._numbered(message), is_final=is_final)

    @staticmethod
    def _told(message: dict[str, Any]) -> str:
        if message["type"] != "TurnInfo":
            return ""
        return f"{'final' if message['event'] == 'EndOfTurn' else 'guess'}:{message['transcript']}"

    def _send_now(self, message: dict[str, Any]) -> None:
        self._outgoing.put_nowait((0.0, self._numbered(message)))

    def _numbered(self, message: dict[str, Any]) -> dict[str, Any]:
        number, self._sequence = self._sequence, self._sequence + 1
        return message | {"request_id": self._request_id, "sequence_id": number}
