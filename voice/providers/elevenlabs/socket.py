"""ElevenLabs' multi-context WebSocket: several utterances over one connection, each with an id of its own.

The SDK has no client for it (2.78). Protocol: `wss://…/v1/text-to-speech/{voice}/multi-stream-input`.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from voice.core.errors import NonsenseError, ProviderError, UnreachableError
from voice.providers.access import VendorAccess
from voice.providers.elevenlabs.errors import PROVIDER, refused, told
from voice.providers.elevenlabs.piece import MODEL, Character, Manner, Spoken, characters

OWN_ADDRESS = "https://api.elevenlabs.io"
# After that it is tried over HTTP, and the caller is waiting for neither to answer.
CONNECT_LIMIT_S = 1.5
SEND_LIMIT_S = 2.0
# Whoever keeps a caller waiting for it gives up sooner.
ANSWER_LIMIT_S = 10.0
CLOSE_LIMIT_S = 1.0
PING_S = 20.0
# As long as ElevenLabs allows without a text: callers may be silent for minutes.
INACTIVITY_S = 180
KEEP_ALIVE_S = 120.0
# Audio in base64 with an alignment for each character.
LARGEST_MESSAGE_BYTES = 8 * 1024 * 1024
MOST_QUEUED = 256
# ElevenLabs allows five contexts. What was cut off is spoken to its end there, unless the connection ends.
MOST_CUT_OFF = 2
# Pieces in a row that were waited for so long without a message: there is nobody behind the connection.
MOST_SILENT = 3
SILENT_S = 0.5
ASTRAY_MS = 500.0
ASTRAY_SHARE = 0.25

Message = dict[str, Any]


class MultiContextSocket:
    def __init__(self, access: VendorAccess, manner: Manner, connection: ClientConnection) -> None:
        self._access = access
        self._manner = manner
        self._connection = connection
        self._numbers = itertools.count(1)
        # Contexts whose last message has not come, those among them that nobody listens to any more included.
        self._unfinished: set[str] = set()
        self._silent = 0
        self._contexts: dict[str, asyncio.Queue[Message | ProviderError]] = {}
        self._error: ProviderError | None = None
        self._reader = asyncio.create_task(self._read(), name="elevenlabs-read")
        self._keeper = asyncio.create_task(self._keep_alive(), name="elevenlabs-keep-alive")

    @classmethod
    async def open(cls, access: VendorAccess, manner: Manner) -> MultiContextSocket:
        """Raises ProviderError."""
        base = (access.base_url or OWN_ADDRESS).rstrip("/").replace("http", "ws", 1)
        query = {
            "model_id": MODEL,
            "output_format": manner.output_format,
            "auto_mode": "true",  # whole sentences are sent: nothing needs to be gathered
            "language_code": manner.language_code,
            "inactivity_timeout": str(INACTIVITY_S),
            "sync_alignment": "true",
        }
        voice_id = quote(manner.voice.id, safe="")
        url = f"{base}/v1/text-to-speech/{voice_id}/multi-stream-input?{urlencode(query)}"
        try:
            connection = await connect(
                url,
                additional_headers={"xi-api-key": access.api_key},
                open_timeout=CONNECT_LIMIT_S,
                close_timeout=CLOSE_LIMIT_S,
                ping_interval=PING_S,
                max_size=LARGEST_MESSAGE_BYTES,
                compression=None,  # audio does not get smaller
            )
        except InvalidStatus as error:
            raise refused(access, error.response) from None
        except (OSError, TimeoutError, InvalidHandshake) as error:
            raise UnreachableError(PROVIDER, f"no connection ({type(error).__name__})") from None
        return cls(access, manner, connection)

    @property
    def is_open(self) -> bool:
        cut_off = self._unfinished - self._contexts.keys()
        return self._error is None and len(cut_off) <= MOST_CUT_OFF

    @property
    def is_busy(self) -> bool:
        return bool(self._contexts)

    async def speak(self, text: str) -> AsyncGenerator[Spoken, None]:
        context_id = f"piece-{next(self._numbers)}"
        incoming: asyncio.Queue[Message | ProviderError] = asyncio.Queue(MOST_QUEUED)
        self._contexts[context_id] = incoming
        self._unfinished.add(context_id)
        received_bytes, has_answered, told_ms = 0, False, 0.0
        asked_at = asyncio.get_running_loop().time()
        try:
            await self._send({"text": " ", "context_id": context_id, "voice_settings": self._manner.settings})
            # A text ends with a space; after the flush the context is finished, so that its end is told.
            await self._send({"text": f"{text} ", "context_id": context_id, "flush": True})
            await self._send({"context_id": context_id, "close_context": True})
            while True:
                message = await self._next(incoming)
                if isinstance(message, ProviderError):
                    raise message
                has_answered = True
                audio: bytes = message.get("audio") or b""
                begins_ms = _begins_ms(self._manner.audio.duration_ms(received_bytes), told_ms)
                spoken = Spoken(audio, _characters(message.get("alignment"), begins_ms))
                received_bytes += len(audio)
                told_ms += spoken.characters[-1].end_ms - begins_ms if spoken.characters else 0.0
                yield spoken
                if _is_last(message):
                    return
        finally:
            self._contexts.pop(context_id, None)  # what still comes of it is dropped
            if has_answered:
                self._silent = 0
            elif asyncio.get_running_loop().time() - asked_at >= SILENT_S:
                self._silent += 1
                if self._silent >= MOST_SILENT:
                    self._fail(UnreachableError(PROVIDER, "it has said nothing for several pieces"))

    @staticmethod
    async def _next(incoming: asyncio.Queue[Message | ProviderError]) -> Message | ProviderError:
        try:
            async with asyncio.timeout(ANSWER_LIMIT_S):
                return await incoming.get()
        except TimeoutError:
            return UnreachableError(PROVIDER, "it did not answer in time")

    async def aclose(self) -> None:
        """Also what stops the work on pieces that were cut off."""
        for task in (self._reader, self._keeper):
            task.cancel()
        await asyncio.gather(self._reader, self._keeper, return_exceptions=True)
        try:
            async with asyncio.timeout(CLOSE_LIMIT_S):
                if not self._unfinished:  # it would speak them to their end
                    await self._connection.send('{"close_socket": true}')
                await self._connection.close()
        except (TimeoutError, OSError, ConnectionClosed):
            self._connection.transport.abort()

    async def _keep_alive(self) -> None:
        """A space is a text that is not spoken; without one for three minutes the connection ends."""
        try:
            while True:
                await asyncio.sleep(KEEP_ALIVE_S)
                if not self._contexts:
                    context_id = f"idle-{next(self._numbers)}"
                    await self._send({"text": " ", "context_id": context_id})
                    await self._send({"context_id": context_id, "close_context": True})
        except ProviderError:
            pass  # whoever speaks next is told

    async def _send(self, message: Message) -> None:
        if self._error is not None:
            raise self._error
        try:
            async with asyncio.timeout(SEND_LIMIT_S):
                await self._connection.send(json.dumps(message))
        except (TimeoutError, OSError, ConnectionClosed) as error:
            # Why it broke may have been told just before, and wait to be read.
            await asyncio.wait([self._reader], timeout=CLOSE_LIMIT_S)
            broken = UnreachableError(PROVIDER, f"the connection broke ({type(error).__name__})")
            self._fail(broken)
            raise self._error or broken from None

    async def _read(self) -> None:
        try:
            async for raw in self._connection:
                self._take(raw)
            self._fail(UnreachableError(PROVIDER, "it ended the connection"))
        except ConnectionClosed as error:
            reason = f" {error.rcvd.code} {error.rcvd.reason[:200]}" if error.rcvd else ""
            self._fail(UnreachableError(PROVIDER, self._access.hide_key(f"it closed the connection{reason}")))
        except OSError as error:
            self._fail(UnreachableError(PROVIDER, f"the connection broke ({type(error).__name__})"))
        except ProviderError as error:
            self._fail(error)

    def _take(self, raw: str | bytes) -> None:
        try:
            message = orjson.loads(raw)
            if not isinstance(message, dict):
                raise TypeError
            if message.get("audio"):
                message["audio"] = base64.b64decode(message["audio"], validate=True)
        except (ValueError, TypeError):
            raise NonsenseError(PROVIDER, "it sent something that is no audio message") from None
        if message.get("error") or message.get("code"):
            raise told(self._access, message)
        context_id = str(message.get("contextId") or message.get("context_id") or "")
        if _is_last(message):
            self._unfinished.discard(context_id)
        incoming = self._contexts.get(context_id)
        if incoming is None:
            return  # of an utterance that was cut off
        if incoming.full():
            raise NonsenseError(PROVIDER, "it sends more than can be taken")
        incoming.put_nowait(message)

    def _fail(self, error: ProviderError) -> None:
        if self._error is None:
            self._error = error
        for incoming in self._contexts.values():
            if incoming.full():
                incoming.get_nowait()
            incoming.put_nowait(error)


def _is_last(message: Message) -> bool:
    return bool(message.get("isFinal") or message.get("is_final"))


def _begins_ms(received_ms: float, told_ms: float) -> float:
    """Where a chunk begins in its piece: where its sound does, which is right to the sample.

    Where that is far from the times told so far, the sound is of another rate, and who compares them notices.
    """
    is_astray = abs(told_ms - received_ms) > max(ASTRAY_MS, ASTRAY_SHARE * received_ms)
    return told_ms if is_astray else received_ms


def _characters(alignment: Any, begins_ms: float) -> tuple[Character, ...]:
    """Times count from the beginning of the chunk, which begins in the piece at `begins_ms`."""
    chunk = alignment if isinstance(alignment, dict) else {}
    starts_ms = [begins_ms + start_ms for start_ms in chunk.get("charStartTimesMs") or ()]
    durations_ms = chunk.get("charsDurationsMs") or chunk.get("charDurationsMs") or ()
    ends_ms = [start_ms + ms for start_ms, ms in zip(starts_ms, durations_ms, strict=False)]
    return characters(chunk.get("chars") or (), starts_ms, ends_ms)
