"""ElevenLabs' voices behind the text-to-speech port: over its socket, over HTTP where that cannot be had."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing

from voice.core.audio import AudioFormat, Encoding
from voice.core.errors import NonsenseError, ProviderError, UnreachableError
from voice.core.ports import SpeechChunk
from voice.core.spec import VoiceSpec
from voice.providers.access import VendorAccess
from voice.providers.connections import Connections
from voice.providers.elevenlabs.alignment import Alignment
from voice.providers.elevenlabs.errors import PROVIDER
from voice.providers.elevenlabs.http import RequestPerPiece, new_client
from voice.providers.elevenlabs.piece import Manner, Way
from voice.providers.elevenlabs.socket import MultiContextSocket

logger = logging.getLogger(__name__)

# What it speaks at, as raw PCM on every plan.
RATES_HZ = (8_000, 16_000, 22_050, 24_000)
LONGEST_PIECE_S = 120
# So long nobody tries the socket after it could not be had.
SOCKET_SHUNNED_S = 60.0


class ElevenLabsSpeechStream:
    """One call's mouth: a connection that is opened before it is needed, and again when it was lost."""

    def __init__(self, speech: ElevenLabsSpeech, manner: Manner) -> None:
        self._speech = speech
        self._manner = manner
        self.audio = manner.audio
        self._way: Way | None = None
        # Another connection, made while nobody waits for it.
        self._connecting: asyncio.Task[Way] | None = None

    async def connect(self) -> Way:
        """Raises ProviderError. Pieces on the connection before are heard to their end."""
        before, self._way = self._way, None
        if before is not None and not before.is_busy:
            await before.aclose()
        self._way = await self._speech.way(self._manner)
        return self._way

    async def speak(self, text: str) -> AsyncGenerator[SpeechChunk, None]:
        """Raises ProviderError; a piece that has not begun to sound is tried once more, newly connected."""
        for attempt in (1, 2):
            has_sound = False
            try:
                async with aclosing(self._speak(text)) as chunks:
                    async for chunk in chunks:
                        has_sound = True
                        yield chunk
                return
            except ProviderError as error:
                if has_sound or attempt == 2 or not error.retryable:
                    raise

    async def _speak(self, text: str) -> AsyncGenerator[SpeechChunk, None]:
        way = await self._open_way()
        alignment = Alignment(text)
        limit_bytes = self.audio.size_bytes(LONGEST_PIECE_S * 1000)
        received = 0
        try:
            async with aclosing(way.speak(text)) as pieces:
                async for piece in pieces:
                    received += len(piece.audio)
                    if received > limit_bytes:
                        raise NonsenseError(PROVIDER, "its audio does not end")
                    words = alignment.add(piece.characters)
                    if piece.audio or words:
                        yield SpeechChunk(piece.audio, tuple(words))
        finally:
            if self._way is not way and not way.is_busy:
                await way.aclose()
            elif self._way is way and not way.is_open and self._connecting is None:
                self._connecting = asyncio.create_task(self.connect(), name="elevenlabs-connect")
        if last := alignment.finish():
            yield SpeechChunk(b"", tuple(last))

    async def _open_way(self) -> Way:
        connecting, self._connecting = self._connecting, None
        if connecting is not None:
            return await connecting
        return self._way if self._way is not None and self._way.is_open else await self.connect()

    async def aclose(self) -> None:
        connecting, self._connecting = self._connecting, None
        if connecting is not None:
            connecting.cancel()
            await asyncio.gather(connecting, return_exceptions=True)
        way, self._way = self._way, None
        if way is not None:
            await way.aclose()


class ElevenLabsSpeech:
    def __init__(self, access: VendorAccess) -> None:
        self._access = access
        self._connections = Connections(new_client)
        self._shunned_until_s = 0.0

    async def open(self, voice: VoiceSpec, language: str, audio: AudioFormat) -> ElevenLabsSpeechStream:
        """Raises ProviderError."""
        rate_hz = min(RATES_HZ, key=lambda rate: (rate < audio.rate_hz, abs(rate - audio.rate_hz)))
        manner = Manner(voice, language, AudioFormat(Encoding.PCM_S16LE, rate_hz))
        stream = ElevenLabsSpeechStream(self, manner)
        await stream.connect()
        return stream

    async def way(self, manner: Manner) -> Way:
        """The socket, unless it cannot be had or is not wanted. Raises ProviderError."""
        loop = asyncio.get_running_loop()
        if not self._access.over_http and loop.time() >= self._shunned_until_s:
            try:
                return await MultiContextSocket.open(self._access, manner)
            except UnreachableError as error:
                logger.info("elevenlabs is asked over HTTP, its socket cannot be had: %s", error.message)
            way = await self._over_http(manner)
            self._shunned_until_s = loop.time() + SOCKET_SHUNNED_S
            return way
        return await self._over_http(manner)

    async def _over_http(self, manner: Manner) -> Way:
        return await RequestPerPiece.open(self._access, manner, self._connections.client())

    async def aclose(self) -> None:
        await self._connections.aclose()
