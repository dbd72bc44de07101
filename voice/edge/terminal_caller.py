"""A caller without a browser: speaks into `/ws/voice` in real time and notes what comes back when."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import websockets
from websockets.asyncio.client import ClientConnection, connect

from voice.core.audio import PCM_16000, PCM_24000, AudioFormat

OPEN_LIMIT_S = 10.0
SEND_LIMIT_S = 5.0
LARGEST_MESSAGE_BYTES = 4 * 1024 * 1024
HEARD_EVERY_S = 0.1


@dataclass(frozen=True, slots=True)
class Received:
    """A message of the server and when it came, in ms since the connection was open."""

    at_ms: float
    type: str
    body: dict[str, Any]

    @property
    def payload(self) -> dict[str, Any]:
        return self.body.get("payload") or {}


@dataclass(slots=True)
class Playback:
    """What the caller hears: audio plays as it arrives, one piece after the other; a stop drops the rest."""

    format: AudioFormat = PCM_24000
    pieces: list[tuple[float, bytes]] = field(default_factory=list)
    ends_at_ms: float = 0.0

    def play(self, pcm: bytes, at_ms: float) -> None:
        starts_ms = max(at_ms, self.ends_at_ms)
        self.pieces.append((starts_ms, pcm))
        self.ends_at_ms = starts_ms + self.format.duration_ms(len(pcm))

    def stop(self, at_ms: float) -> None:
        if at_ms >= self.ends_at_ms:
            return
        kept: list[tuple[float, bytes]] = []
        for starts_ms, pcm in self.pieces:
            if starts_ms < at_ms:
                kept.append((starts_ms, pcm[: self.format.size_bytes(at_ms - starts_ms)]))
        self.pieces = kept
        self.ends_at_ms = at_ms

    def played_ms(self, at_ms: float) -> float:
        """How much of all audio has sounded by then."""
        return sum(
            min(self.format.duration_ms(len(pcm)), max(0.0, at_ms - starts_ms))
            for starts_ms, pcm in self.pieces
        )

    def timeline(self) -> bytes:
        """PCM from the moment the connection was open, silence where nothing was heard."""
        sound = bytearray(self.format.size_bytes(self.ends_at_ms) + 2)
        for starts_ms, pcm in self.pieces:
            at = self.format.size_bytes(starts_ms)
            sound[at : at + len(pcm)] = pcm
        return bytes(sound)


class TerminalCaller:
    """One call. `frame_ms` is how much sound goes out at a time; MP3 is received, but only PCM is played."""

    def __init__(
        self,
        address: str,
        *,
        api_key: str,
        agent_id: str = "",
        session_id: str = "",
        audio: str = "pcm_24000",
        frame_ms: float = 20.0,
        told: Callable[[Received], None] | None = None,
    ) -> None:
        asked = {"api_key": api_key, "agent_id": agent_id, "session_id": session_id, "audio": audio}
        self._url = f"{address}/ws/voice?{urlencode({name: value for name, value in asked.items() if value})}"
        self._is_pcm = audio == "pcm_24000"
        self._frame_ms = frame_ms
        self._frame_bytes = PCM_16000.size_bytes(frame_ms)
        self._told = told
        self._connection: ClientConnection | None = None
        self._opened_at = 0.0
        self._pending = bytearray()
        self._is_speaking = False
        self._said_all = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._changed = asyncio.Condition()
        self.received: list[Received] = []
        self.audio: list[tuple[float, int]] = []
        self.playback = Playback()
        self.speech_began_ms: float | None = None
        self.speech_ended_ms: float | None = None
        self.is_over = False
        self.close_code: int | None = None

    async def __aenter__(self) -> TerminalCaller:
        """Raises OSError or websockets.WebSocketException when there is no server."""
        self._connection = await connect(
            self._url, open_timeout=OPEN_LIMIT_S, max_size=LARGEST_MESSAGE_BYTES, compression=None
        )
        self._opened_at = time.monotonic()
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._speak())]
        if self._is_pcm:
            self._tasks.append(asyncio.create_task(self._acknowledge()))
        return self

    async def __aexit__(self, *raised: object) -> None:
        for task in self._tasks:
            task.cancel()
        if self._connection is not None:
            await self._connection.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def _socket(self) -> ClientConnection:
        if self._connection is None:
            raise RuntimeError("the caller has not connected")
        return self._connection

    @property
    def now_ms(self) -> float:
        return (time.monotonic() - self._opened_at) * 1000

    def instant_s(self, at_ms: float) -> float:
        """On the clock of this process, time.monotonic(), which others may go by too."""
        return self._opened_at + at_ms / 1000

    async def say(self, pcm: bytes) -> None:
        """Speaks 16-bit PCM at 16 kHz in real time, and returns when its last frame is sent.

        `speech_began_ms` and `speech_ended_ms` are then when the sound's first and last sample were spoken: a
        frame is sent when its last sample is.
        """
        self._said_all.clear()
        self._is_speaking = False
        self._pending += pcm
        await self._said_all.wait()
        if self.speech_began_ms is not None:
            self.speech_ended_ms = self.speech_began_ms + PCM_16000.duration_ms(len(pcm))

    async def send(self, kind: str, payload: dict[str, Any] | None = None) -> None:
        async with asyncio.timeout(SEND_LIMIT_S):
            await self._socket.send(json.dumps({"type": kind, "payload": payload or {}}))

    async def wait_for(self, *kinds: str, since: int = 0, within_s: float = 30.0) -> Received:
        """The first of these types after the `since`th message. Raises TimeoutError, ConnectionError."""
        async with asyncio.timeout(within_s), self._changed:
            while True:
                found = next((each for each in self.received[since:] if each.type in kinds), None)
                if found is not None:
                    return found
                if self.is_over:
                    raise ConnectionAbortedError(f"the server closed with {self.close_code}")
                await self._changed.wait()

    async def wait_for_audio(self, messages: int = 1, within_s: float = 30.0) -> None:
        """Until so many audio messages have come in all. Raises TimeoutError."""
        async with asyncio.timeout(within_s), self._changed:
            await self._changed.wait_for(lambda: len(self.audio) >= messages)

    async def wait_until_over(self, within_s: float = 10.0) -> int | None:
        """The close code."""
        async with asyncio.timeout(within_s), self._changed:
            await self._changed.wait_for(lambda: self.is_over)
        return self.close_code

    def first_audio_after(self, at_ms: float) -> float | None:
        return next((when for when, _ in self.audio if when >= at_ms), None)

    def of_type(self, kind: str) -> Sequence[Received]:
        return [each for each in self.received if each.type == kind]

    async def _listen(self) -> None:
        try:
            async for message in self._socket:
                at_ms = self.now_ms
                if isinstance(message, bytes):
                    self.audio.append((at_ms, len(message)))
                    if self._is_pcm:
                        self.playback.play(message, at_ms)
                    async with self._changed:
                        self._changed.notify_all()
                    continue
                body = json.loads(message)
                received = Received(at_ms, body["type"], body)
                if received.type == "audioStop":
                    self.playback.stop(at_ms)
                if self._told is not None:
                    self._told(received)
                async with self._changed:
                    self.received.append(received)
                    self._changed.notify_all()
        except websockets.ConnectionClosed:
            pass  # the code below tells which way
        finally:
            self.close_code = self._socket.close_code
            self.is_over = True
            self._said_all.set()
            async with self._changed:
                self._changed.notify_all()

    async def _speak(self) -> None:
        """An open microphone: what there is to say, else silence, a frame at a time in real time."""
        next_at = time.monotonic()
        silence = bytes(self._frame_bytes)
        try:
            while True:
                frame = bytes(self._pending[: self._frame_bytes])
                del self._pending[: self._frame_bytes]
                if frame and not self._is_speaking:
                    self._is_speaking = True
                    self.speech_began_ms = self.now_ms - self._frame_ms
                await self._socket.send(frame + silence[len(frame) :])
                if not self._pending:
                    self._said_all.set()
                next_at += self._frame_ms / 1000
                await asyncio.sleep(max(0.0, next_at - time.monotonic()))
        except websockets.ConnectionClosed:
            self._said_all.set()

    async def _acknowledge(self) -> None:
        """Tells the server what has been heard, as a good client does."""
        last_ms = 0.0
        try:
            while True:
                await asyncio.sleep(HEARD_EVERY_S)
                heard_ms = self.playback.played_ms(self.now_ms)
                if heard_ms != last_ms:
                    last_ms = heard_ms
                    await self.send("heard", {"ms": heard_ms})
        except websockets.ConnectionClosed:
            pass  # the listener tells
