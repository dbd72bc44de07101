"""One caller's connection to Deepgram: sound goes out of a bounded queue, transcripts come in."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any, ClassVar

import orjson
from websockets.exceptions import ConnectionClosed

from voice.core.audio import AudioFormat, Encoding
from voice.core.clock import now_ms
from voice.core.errors import ProviderError
from voice.core.ports import Transcript
from voice.providers.access import VendorAccess
from voice.providers.deepgram.errors import UNREADABLE, lost
from voice.providers.deepgram.transport import transport_of
from voice.providers.deepgram.utterance import Segment, Utterance
from voice.providers.http_errors import LONGEST_CODE

logger = logging.getLogger(__name__)

MOST_QUEUED_MS = 5_000.0
# Sound goes out in pieces of these lengths, while somebody speaks and while nobody does: each message costs
# more than what is in it. The last piece of what was said waits for nothing.
VOICED_PIECE_MS = 60.0
QUIET_PIECE_MS = 200.0
MOST_RESULTS = 64
# Deepgram closes after 10 s without sound or text, and only text counts once it has had some sound.
KEEP_ALIVE_S = 4.0
SEND_LIMIT_S = 5.0
# A request is answered 100 to 250 ms later, now and then 500; where nothing was heard, perhaps never.
PATIENCE_S = 1.0
EMPTY_PATIENCE_S = 0.5
CLOSE_LIMIT_S = 1.0
SILENCE_MS = 100.0


class DeepgramConnection:
    """What both generations of the protocol share; a subclass knows the messages of one."""

    # It tells when a turn begins and ends, beside the words.
    follows_turns: ClassVar[bool] = False

    def __init__(
        self, access: VendorAccess, socket: Any, audio: AudioFormat, connection: AsyncExitStack
    ) -> None:
        """Owns `connection`, which closes the socket."""
        self._access = access
        self._socket = socket
        self._transport = transport_of(socket)
        self._connection = connection
        self._audio = audio
        self._voiced_bytes = audio.size_bytes(VOICED_PIECE_MS)
        self._quiet_bytes = audio.size_bytes(QUIET_PIECE_MS)
        self._most_queued_bytes = audio.size_bytes(MOST_QUEUED_MS)
        # Sound, or None for a request to finish what came before it.
        self._queue: deque[bytes | None] = deque()
        self._queued_bytes = 0
        self._sent_bytes = 0
        # Not yet a piece.
        self._held = bytearray()
        self._is_voiced = False
        self._has_work = asyncio.Event()
        self._sent_s = now_ms() / 1000
        self._utterance = Utterance(follows_turns=self.follows_turns)
        self._results: deque[Transcript] = deque()
        self._changed = asyncio.Event()
        self._error: ProviderError | None = None
        self._is_closed = False
        # Of the requests that are open, oldest first, on the loop's clock; one timer for the oldest.
        self._deadlines: deque[float] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self.dropped_ms = 0.0
        self._tasks = [
            asyncio.create_task(self._send_out(), name="deepgram-send"),
            asyncio.create_task(self._read(), name="deepgram-read"),
        ]

    # --- one generation's words -----------------------------------------------------------------
    async def bridge_silence(self, socket: Any) -> None:
        """Nothing has been sent for a while: keep the connection."""
        raise NotImplementedError

    async def ask_to_finish(self, socket: Any) -> None:
        raise NotImplementedError

    def read(self, message: dict[str, Any]) -> Segment | None:
        """What a message says was heard; None for all other messages. Raises ProviderError.

        Raises one of UNREADABLE where the message does not hold what it should.
        """
        raise NotImplementedError

    @property
    def has_sent_sound(self) -> bool:
        return self._sent_bytes > 0

    def send_silence(self) -> None:
        # 0xFF is zero in μ-law.
        sample = b"\xff" if self._audio.encoding is Encoding.MULAW else b"\0"
        self.send(sample * self._audio.size_bytes(SILENCE_MS))

    def complain(self, code: object) -> str:
        """Logs which kind of complaint it was, and gives it back as it may be shown.

        Deepgram's description may repeat what was sent, and is for no log.
        """
        shown = self._access.hide_key(str(code))[:LONGEST_CODE]
        logger.warning("deepgram complains: %s", shown)
        return shown

    # --- the port -------------------------------------------------------------------------------
    def send(self, audio: bytes) -> None:
        if self._is_closed or not audio:
            return  # an empty message would end the stream
        self._held += audio
        if len(self._held) >= (self._voiced_bytes if self._is_voiced else self._quiet_bytes):
            self._pass_on()

    def begin_speech(self) -> None:
        """Deepgram hears everything anyway; what it has settled does not cover this."""
        self._utterance.begins()
        self._is_voiced = True
        self._pass_on()

    def finalize(self) -> None:
        if self._is_closed:
            return
        self._is_voiced = False
        self._pass_on()
        position_s = self._audio.duration_ms(self._sent_bytes + self._queued_bytes) / 1000
        settled = self._utterance.ask(position_s)
        if settled is not None:
            self._put([settled])
            return
        self._queue.append(None)
        self._has_work.set()
        patience_s = PATIENCE_S if self._utterance.has_guess else EMPTY_PATIENCE_S
        deadline = asyncio.get_running_loop().time() + patience_s
        # None before the one before it: they are answered in order.
        self._deadlines.append(max(deadline, self._deadlines[-1] if self._deadlines else deadline))
        self._watch()

    def __aiter__(self) -> DeepgramConnection:
        return self

    async def __anext__(self) -> Transcript:
        while not self._results:
            if self._is_closed:
                raise StopAsyncIteration
            if self._error is not None:
                raise self._error
            self._changed.clear()
            await self._changed.wait()
        return self._results.popleft()

    async def aclose(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        self._changed.set()
        self._deadlines.clear()
        self._watch()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            async with asyncio.timeout(CLOSE_LIMIT_S):
                await self._socket.send_close_stream()
                await self._connection.aclose()
        except (TimeoutError, OSError, ConnectionClosed):
            pass  # gone already
        finally:
            self._transport.abort()

    # --- inside ---------------------------------------------------------------------------------
    def _pass_on(self) -> None:
        if not self._held or self._is_closed:
            return
        sound = bytes(self._held)
        self._held.clear()
        # Nearly always: to wake a task for it would cost more than it does.
        if not self._queue and self._transport.write(sound):
            self._has_sent(sound)
            return
        self._queue.append(sound)
        self._queued_bytes += len(sound)
        while self._queued_bytes > self._most_queued_bytes:
            self._drop_oldest()
        self._has_work.set()

    async def _send_out(self) -> None:
        try:
            while True:
                await self._wait_for_work()
                async with asyncio.timeout(SEND_LIMIT_S):
                    await self._send_next()
        except (TimeoutError, OSError, ConnectionClosed) as error:
            self._fail(lost(self._access, error))

    async def _wait_for_work(self) -> None:
        """Until there is some, or nothing has been sent for so long that the connection must be kept."""
        while not self._queue and (left_s := self._sent_s + KEEP_ALIVE_S - now_ms() / 1000) > 0:
            self._has_work.clear()
            try:
                async with asyncio.timeout(left_s):
                    await self._has_work.wait()
            except TimeoutError:
                pass  # sound may have left meanwhile

    async def _send_next(self) -> None:
        if not self._queue:
            await self.bridge_silence(self._socket)
            self._has_sent(b"")
            return
        item = self._queue.popleft()
        if item is None:
            await self.ask_to_finish(self._socket)
            return
        self._queued_bytes -= len(item)
        self._has_sent(item)
        await self._socket.send_media(item)

    def _has_sent(self, sound: bytes) -> None:
        self._sent_bytes += len(sound)
        self._sent_s = now_ms() / 1000

    async def _read(self) -> None:
        try:
            while True:
                segment = self.read(await self._next_message())
                if segment is not None:
                    self._put(self._utterance.heard(segment))
                    self._forget_deadlines()
        except ProviderError as error:
            self._fail(error)
        except (OSError, ConnectionClosed, *UNREADABLE) as error:
            self._fail(lost(self._access, error))

    async def _next_message(self) -> dict[str, Any]:
        """Read here: the SDK tries each kind of message it knows, which takes ten times as long, and passes
        over what is no JSON."""
        while True:
            data = await self._transport.recv()
            if isinstance(data, str):
                message = orjson.loads(data)
                if not isinstance(message, dict):
                    raise TypeError("no message of the protocol")
                return message

    def _put(self, transcripts: list[Transcript]) -> None:
        for transcript in transcripts:
            # A reader that is late wants the newest text only, and the newest sign.
            if self._results and not self._results[-1].is_final:
                late = self._results.pop()
                transcript = replace(transcript, sign=transcript.sign or late.sign)
            self._results.append(transcript)
        while len(self._results) > MOST_RESULTS:
            self._results.popleft()
        self._changed.set()

    def _give_up(self) -> None:
        final = self._utterance.give_up()
        if final is not None:
            self._put([final])
        self._forget_deadlines()

    def _forget_deadlines(self) -> None:
        """One for each request that is still open, the newest."""
        while len(self._deadlines) > self._utterance.owed:
            self._deadlines.popleft()
        self._watch()

    def _watch(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._deadlines:
            self._timer = asyncio.get_running_loop().call_at(self._deadlines[0], self._give_up)

    def _fail(self, error: ProviderError) -> None:
        if self._error is None:
            self._error = error
            self._changed.set()

    def _drop_oldest(self) -> None:
        """Sound only: every request to finish keeps its answer."""
        for index, item in enumerate(self._queue):
            if item is not None:
                del self._queue[index]
                self._queued_bytes -= len(item)
                self.dropped_ms += self._audio.duration_ms(len(item))
                return
