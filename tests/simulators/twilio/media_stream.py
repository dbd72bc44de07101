"""One media stream: a WebSocket on which a caller speaks and hears in real time."""

from __future__ import annotations

import asyncio
import base64
import binascii
import random
import time
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.simulators.twilio.messages import Messages
from tests.simulators.twilio.misbehaviour import Misbehaviour, Mischief, nonsense_of
from tests.simulators.twilio.playout import FRAME_S, SILENCE, Playout
from tests.simulators.twilio.utterance import Utterance

FRAME_BYTES = 160
QUIET_FRAME = bytes([SILENCE]) * FRAME_BYTES
QUIET_PAYLOAD = base64.b64encode(QUIET_FRAME).decode()
OPEN_LIMIT_S = 5.0
LEAVE_LIMIT_S = 5.0
# A server that takes nothing for so long loses what was said meanwhile (31930).
DISCARDED_AFTER_S = 1.0


@dataclass
class Saying:
    """An utterance on its way. Instants, in seconds: when its first and its last sound had been sent, and
    when the first had been spoken by the stream's own time, however late a busy machine sends it."""

    utterance: Utterance
    at: int = 0
    first_s: float | None = None
    last_s: float | None = None
    spoken_s: float | None = None
    said: asyncio.Event = field(default_factory=asyncio.Event)


class MediaStream:
    """`run()` it; what it notes is there to read meanwhile and afterwards. All instants are the clock's."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        messages: Messages,
        *,
        headers: dict[str, str] | None = None,
        misbehaviour: Misbehaviour | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._url = url
        self._headers = headers or {}
        self._misbehaviour = misbehaviour
        self._clock = clock
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._sayings: list[Saying] = []
        self._marks_changed = asyncio.Event()
        self._task: asyncio.Task[Any] | None = None
        self.messages = messages
        self.begins_s = clock()
        self.ended_s: float | None = None
        self.playout = Playout(self.begins_s)
        # What the caller said; what came when, and of sound also when it begins to be heard, and bytes.
        self.said: list[Saying] = []
        self.received: list[tuple[float, str]] = []
        self.arrivals: list[tuple[float, float, int]] = []
        self.nonsense: list[tuple[float, str]] = []
        self.marks_echoed: list[tuple[float, str]] = []
        self.frames_sent = 0
        self.frames_discarded = 0
        # How it ended: "refused" (31920), "server", "caller", "update" (of the call by REST) or "cut".
        self.end = ""
        self.close_code: int | None = None
        self.is_open = asyncio.Event()
        self.is_over = asyncio.Event()

    @property
    def sid(self) -> str:
        return self.messages.stream_sid

    async def run(self) -> str:
        """From the handshake to the end; how it ended."""
        try:
            async with asyncio.timeout(OPEN_LIMIT_S):
                self._socket = await self._session.ws_connect(
                    self._url, headers=self._headers, compress=0, max_msg_size=16 * 1024 * 1024
                )
        except (aiohttp.ClientError, TimeoutError, OSError):
            self._over("refused")
            return self.end
        speaking = asyncio.create_task(self._speak(), name="caller speaks")
        marking = asyncio.create_task(self._echo_marks(), name="marks come back")
        try:
            await self._listen()
        finally:
            for task in (speaking, marking):
                task.cancel()
            await asyncio.gather(speaking, marking, return_exceptions=True)
            self._over("server")
            self.close_code = self._socket.close_code
            await self._socket.close()
        return self.end

    def say(self, utterance: Utterance) -> Saying:
        """Behind whatever is being said; wait for `said`."""
        saying = Saying(utterance)
        self._sayings.append(saying)
        self.said.append(saying)
        return saying

    async def press(self, digits: str) -> None:
        for digit in digits:
            await self._send(self.messages.dtmf(digit))

    async def leave(self, end: str = "caller") -> None:
        """The caller hangs up, or the call is taken elsewhere: `stop`, then close."""
        socket = self._socket
        if socket is None or self.is_over.is_set():
            return
        self._over(end)
        try:
            async with asyncio.timeout(LEAVE_LIMIT_S):
                if self._misbehaviour is None or self._misbehaviour.has_stop:
                    await self._send(self.messages.stop())
                await socket.close()
        except TimeoutError:
            pass  # a server that takes nothing any more learns it from the network

    def cut(self) -> None:
        """The network is lost: no `stop`, no closing handshake."""
        if self._socket is None or self.is_over.is_set():
            return
        self._over("cut")
        connection = self._socket._response.connection
        if connection is not None and connection.transport is not None:
            connection.transport.abort()

    async def send_raw(self, text: str) -> None:
        await self._send(text)

    def heard(self) -> bytes:
        """μ-law from the stream's beginning to now or its end."""
        return self.playout.heard(self.begins_s, self.ended_s or self._clock())

    def first_audio_after(self, instant_s: float) -> float | None:
        """When the first sound that came after this instant began to be heard."""
        first = bisect_left(self.arrivals, instant_s, key=lambda arrival: arrival[0])
        return self.arrivals[first][1] if first < len(self.arrivals) else None

    def first_clear_after(self, instant_s: float) -> float | None:
        return next((at_s for at_s in self.playout.clears_s if at_s >= instant_s), None)

    def _over(self, end: str) -> None:
        if self.end:
            return
        self.end = end
        self.ended_s = self._clock()
        self.playout.stop(self.ended_s)
        for saying in self._sayings:
            saying.said.set()
        self.is_over.set()

    async def _send(self, text: str) -> None:
        """A connection that is lost ends the listening, which tells. One that is slow is waited for."""
        if self._socket is None:
            return
        try:
            await self._socket.send_str(text)
        except (ConnectionError, aiohttp.ClientError, RuntimeError):
            if not self.end:
                self._over("cut" if self._socket.closed else "server")

    async def _listen(self) -> None:
        assert self._socket is not None
        async for message in self._socket:
            if self.end:
                continue
            await self._take(message.data)

    async def _take(self, text: object) -> None:
        now_s = self._clock()
        message, why = nonsense_of(text, self.sid)
        if why:
            self.nonsense.append((now_s, why))
            return
        event = str(message["event"])
        self.received.append((now_s, event))
        if event == "media":
            self._play(message["media"]["payload"], now_s)  # type: ignore[index]
        elif event == "mark":
            self.playout.mark(message["mark"]["name"])  # type: ignore[index]
            self._marks_changed.set()
        else:
            for name in self.playout.clear(now_s):
                await self._echo(name)

    def _play(self, payload: str, now_s: float) -> None:
        try:
            sound = base64.b64decode(payload, validate=True)
        except (binascii.Error, ValueError):
            self.nonsense.append((now_s, "31951: media without base64"))
            return
        if sound[:4] == b"RIFF":
            self.nonsense.append((now_s, "a WAV header is played as noise"))
        self.arrivals.append((now_s, self.playout.play(sound, now_s), len(sound)))

    async def _echo(self, name: str) -> None:
        self.marks_echoed.append((self._clock(), name))
        await self._send(self.messages.mark(name))

    async def _echo_marks(self) -> None:
        while True:
            next_s = self.playout.next_mark_s
            try:
                async with asyncio.timeout(None if next_s is None else max(0.0, next_s - self._clock())):
                    await self._marks_changed.wait()
            except TimeoutError:
                pass  # it has been heard
            self._marks_changed.clear()
            for name in self.playout.marks_due(self._clock()):
                await self._echo(name)

    async def _speak(self) -> None:
        """`connected`, `start`, then a frame every 20 ms, sent when its last sample has been spoken."""
        await self._send(self.messages.connected())
        await self._send(self.messages.start())
        self.begins_s = self.playout.begins_s = self._clock()
        self.is_open.set()
        mischief = Mischief(self._misbehaviour, self.messages) if self._misbehaviour else None
        jitter_s = self._misbehaviour.jitter_ms / 1000 if self._misbehaviour else 0.0
        number = 0
        while not self.end:
            number += 1
            due_s = self.begins_s + number * FRAME_S
            await asyncio.sleep(max(0.0, due_s + random.uniform(0, jitter_s) - self._clock()))
            late = int((self._clock() - due_s) / FRAME_S)
            if late * FRAME_S > DISCARDED_AFTER_S + jitter_s:
                self.frames_discarded += late
                number += late
            await self._send_frame(number * 20, mischief)

    async def _send_frame(self, timestamp_ms: int, mischief: Mischief | None) -> None:
        frame = self._next_frame()
        if mischief is not None:
            for text in mischief.sends(frame, timestamp_ms):
                await self._send(text)
        else:
            quiet = frame is QUIET_FRAME
            payload = QUIET_PAYLOAD if quiet else base64.b64encode(frame).decode()
            await self._send(self.messages.media(payload, timestamp_ms))
        self.frames_sent += 1
        self._note_saying(self._clock(), self.begins_s + timestamp_ms / 1000)

    def _next_frame(self) -> bytes:
        if not self._sayings:
            return QUIET_FRAME
        saying = self._sayings[0]
        frame = saying.utterance.sound[saying.at : saying.at + FRAME_BYTES]
        saying.at += FRAME_BYTES
        return frame + QUIET_FRAME[len(frame) :]

    def _note_saying(self, sent_s: float, spoken_s: float) -> None:
        """A frame's sound lies in the 20 ms before it is sent."""
        if not self._sayings:
            return
        saying, utterance = self._sayings[0], self._sayings[0].utterance
        begins_s = sent_s - saying.at / 8_000
        until_ms = saying.at / 8
        if saying.first_s is None and utterance.first_ms < until_ms:
            saying.first_s = begins_s + utterance.first_ms / 1000
            saying.spoken_s = saying.first_s + spoken_s - sent_s
        if saying.last_s is None and utterance.last_ms <= until_ms:
            saying.last_s = begins_s + utterance.last_ms / 1000
        if saying.at >= len(utterance.sound):
            self._sayings.pop(0)
            saying.said.set()
