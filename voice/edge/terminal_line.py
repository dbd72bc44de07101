"""The media stream of a telephone without a carrier: speaks μ-law, plays what comes, echoes marks."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection, connect

from voice.audio.mulaw import SILENCE, mulaw_of_pcm, pcm_of_mulaw
from voice.core.audio import MULAW_8000, PCM_8000
from voice.edge.terminal_caller import Playback

OPEN_LIMIT_S = 10.0
SEND_LIMIT_S = 5.0
FRAME_MS = 20
FRAME_BYTES = MULAW_8000.size_bytes(FRAME_MS)
LARGEST_MESSAGE_BYTES = 4 * 1024 * 1024


class TerminalLine:
    """One stream of a call. `said` and `heard` are the call's, PCM at 8 kHz by its clock `now_ms`."""

    def __init__(
        self,
        url: str,
        *,
        call_sid: str,
        account_sid: str,
        parameters: Mapping[str, str],
        headers: Mapping[str, str],
        said: Playback,
        heard: Playback,
        now_ms: Callable[[], float],
    ) -> None:
        self._url = url
        self._sids = {"accountSid": account_sid, "callSid": call_sid}
        self._parameters = dict(parameters)
        self._headers = dict(headers)
        self._said = said
        self._heard = heard
        self._now_ms = now_ms
        self._stream_sid = f"MZ{secrets.token_hex(16)}"
        self._sequence = 0
        self._socket: ClientConnection | None = None
        self._pending = bytearray()
        self._has_said_all = asyncio.Event()
        self._marks: deque[tuple[float, str]] = deque()
        self._marks_changed = asyncio.Event()
        self._left = False
        self.is_open = asyncio.Event()
        # When the last sound of what was said had been sent.
        self.said_until_ms = 0.0

    async def run(self) -> bool:
        """Until either side ends it; whether it came to be. Raises ValueError for what is no stream."""
        try:
            self._socket = await connect(
                self._url,
                open_timeout=OPEN_LIMIT_S,
                max_size=LARGEST_MESSAGE_BYTES,
                compression=None,
                additional_headers=self._headers,
            )
        except (OSError, TimeoutError, websockets.WebSocketException):
            return False
        tasks = [asyncio.create_task(each) for each in (self._speak(), self._echo_marks())]
        try:
            await self._listen()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            # What lay in the line's buffer is heard by nobody any more.
            self._heard.stop(self._now_ms())
            self._has_said_all.set()
            await self._socket.close()
        return True

    async def say(self, pcm: bytes) -> None:
        """16-bit PCM at 8 kHz, in real time; returns when its last frame is sent, or the line is dead."""
        self._has_said_all.clear()
        self._pending += mulaw_of_pcm(pcm)
        await self._has_said_all.wait()

    async def press(self, digits: str) -> None:
        for digit in digits:
            await self._send("dtmf", dtmf={"track": "inbound_track", "digit": digit})

    async def hang_up(self) -> None:
        if self._socket is None or self._left:
            return
        self._left = True
        await self._send("stop", stop=self._sids)
        await self._socket.close()

    @property
    def _connection(self) -> ClientConnection:
        if self._socket is None:
            raise RuntimeError("the line has not been opened")
        return self._socket

    async def _listen(self) -> None:
        try:
            async for message in self._connection:
                await self._take(message)
        except websockets.ConnectionClosed:
            pass  # the call goes on behind the stream, however that ended

    async def _take(self, message: str | bytes) -> None:
        now_ms = self._now_ms()
        match json.loads(message):
            case {"event": "media", "media": {"payload": str(payload)}}:
                self._heard.play(pcm_of_mulaw(base64.b64decode(payload, validate=True)), now_ms)
            case {"event": "mark", "mark": {"name": str(name)}}:
                self._marks.append((self._heard.ends_at_ms, name))
                self._marks_changed.set()
            case {"event": "clear"}:
                self._heard.stop(now_ms)
                await self._echo(len(self._marks))
            case _:
                raise ValueError("no message of a stream")

    async def _echo(self, count: int) -> None:
        # All at once: while one is sent, a `clear` may want the rest.
        names = [self._marks.popleft()[1] for _ in range(count)]
        for name in names:
            await self._send("mark", mark={"name": name})

    async def _echo_marks(self) -> None:
        """Each when what was sent before it has been heard."""
        while True:
            wait_s = (self._marks[0][0] - self._now_ms()) / 1000 if self._marks else None
            if wait_s is None or wait_s > 0:
                try:
                    async with asyncio.timeout(wait_s):
                        await self._marks_changed.wait()
                except TimeoutError:
                    pass  # it is due
            self._marks_changed.clear()
            now_ms = self._now_ms()
            await self._echo(sum(1 for due_ms, _ in self._marks if due_ms <= now_ms))

    async def _speak(self) -> None:
        """An open microphone: what there is to say, else silence; a frame is sent when it has been spoken."""
        await self._send_text({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        media_format = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
        about = {"tracks": ["inbound"], "mediaFormat": media_format, "customParameters": self._parameters}
        await self._send("start", start={"streamSid": self._stream_sid, **self._sids, **about})
        self.is_open.set()
        began_s, number = time.monotonic(), 0
        while True:
            number += 1
            await asyncio.sleep(max(0.0, began_s + number * FRAME_MS / 1000 - time.monotonic()))
            frame = bytes(self._pending[:FRAME_BYTES])
            del self._pending[:FRAME_BYTES]
            if frame:
                self._said.play(pcm_of_mulaw(frame), self._now_ms() - FRAME_MS)
                self.said_until_ms = self._now_ms()
            sound = base64.b64encode(frame.ljust(FRAME_BYTES, bytes([SILENCE]))).decode("ascii")
            place = {"track": "inbound", "chunk": str(number), "timestamp": str(number * FRAME_MS)}
            await self._send("media", media={**place, "payload": sound})
            if not self._pending:
                self._has_said_all.set()

    async def _send(self, event: str, **fields: Any) -> None:
        self._sequence += 1
        numbered = {"sequenceNumber": str(self._sequence), "streamSid": self._stream_sid}
        await self._send_text({"event": event, **numbered, **fields})

    async def _send_text(self, message: dict[str, Any]) -> None:
        try:
            async with asyncio.timeout(SEND_LIMIT_S):
                await self._connection.send(json.dumps(message))
        except websockets.ConnectionClosed:
            self._has_said_all.set()  # the listener tells


def line_playback() -> Playback:
    """What is said or heard on a line."""
    return Playback(PCM_8000)
