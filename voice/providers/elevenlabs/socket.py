"""ElevenLabs' multi-context WebSocket: several utterances over one connection, each with an id of its own.

The SDK has no client for it (2.78). Protocol: `wss://…/v1/text-to-speech/{voice}/multi-stream-input`.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import quote, urlencode

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from voice.core.errors import NonsenseError, ProviderError, UnreachableError
from voice.providers.access import VendorAccess
from voice.providers.elevenlabs.errors import PROVIDER, refused, told

OWN_ADDRESS = "https://api.elevenlabs.io"
CONNECT_LIMIT_S = 5.0
SEND_LIMIT_S = 2.0
CLOSE_LIMIT_S = 1.0
PING_S = 20.0
# As long as ElevenLabs allows: callers may be silent for minutes.
INACTIVITY_S = 180
# Audio in base64 with an alignment for each character.
LARGEST_MESSAGE_BYTES = 8 * 1024 * 1024
MOST_QUEUED = 256

Message = dict[str, Any]


class MultiContextSocket:
    def __init__(self, access: VendorAccess, connection: ClientConnection) -> None:
        self._access = access
        self._connection = connection
        self._contexts: dict[str, asyncio.Queue[Message | ProviderError]] = {}
        self._error: ProviderError | None = None
        self._reader = asyncio.create_task(self._read(), name="elevenlabs-read")

    @classmethod
    async def open(cls, access: VendorAccess, voice_id: str, query: dict[str, str]) -> MultiContextSocket:
        """Raises ProviderError."""
        base = (access.base_url or OWN_ADDRESS).rstrip("/").replace("http", "ws", 1)
        parameters = urlencode(query | {"inactivity_timeout": str(INACTIVITY_S), "sync_alignment": "true"})
        url = f"{base}/v1/text-to-speech/{quote(voice_id, safe='')}/multi-stream-input?{parameters}"
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
        return cls(access, connection)

    @property
    def is_open(self) -> bool:
        return self._error is None

    async def speak(
        self, context_id: str, text: str, settings: dict[str, Any]
    ) -> AsyncGenerator[Message, None]:
        """The messages of one utterance, until its last one. Closing it stops the work at ElevenLabs."""
        incoming: asyncio.Queue[Message | ProviderError] = asyncio.Queue(MOST_QUEUED)
        self._contexts[context_id] = incoming
        is_done = False
        try:
            await self._send({"text": " ", "context_id": context_id, "voice_settings": settings})
            # A text ends with a space; after the flush the context is finished, so that its end is told.
            await self._send({"text": f"{text} ", "context_id": context_id, "flush": True})
            await self._send({"context_id": context_id, "close_context": True})
            while not is_done:
                message = await incoming.get()
                if isinstance(message, ProviderError):
                    raise message
                is_done = bool(message.get("isFinal") or message.get("is_final"))
                yield message
        finally:
            self._contexts.pop(context_id, None)  # what still comes of it is dropped

    async def aclose(self) -> None:
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)
        try:
            async with asyncio.timeout(CLOSE_LIMIT_S):
                await self._connection.send('{"close_socket": true}')
                await self._connection.close()
        except (TimeoutError, OSError, ConnectionClosed):
            self._connection.transport.abort()

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
            message = json.loads(raw)
            if not isinstance(message, dict):
                raise TypeError
            if message.get("audio"):
                message["audio"] = base64.b64decode(message["audio"], validate=True)
        except (ValueError, TypeError):
            raise NonsenseError(PROVIDER, "it sent something that is no audio message") from None
        if message.get("error") or message.get("code"):
            raise told(self._access, message)
        incoming = self._contexts.get(str(message.get("contextId") or message.get("context_id") or ""))
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
