"""Deepgram's voices (Aura) behind the text-to-speech port, over HTTP through Deepgram's SDK."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing

import httpx
from deepgram import AsyncDeepgramClient
from deepgram.core.api_error import ApiError

from voice.core.audio import AudioFormat, Encoding
from voice.core.errors import NonsenseError, ProviderError, UnreachableError
from voice.core.ports import SpeechChunk
from voice.core.spec import VoiceSpec
from voice.providers.access import VendorAccess
from voice.providers.connections import Connections
from voice.providers.deepgram.errors import PROVIDER
from voice.providers.deepgram.transcriber import environment
from voice.providers.http_errors import error_for
from voice.providers.second_try import with_second_try

OWN_ADDRESS = "https://api.deepgram.com"
RATES_HZ = (8_000, 16_000, 24_000, 32_000, 48_000)
# Otherwise the client waits until a larger chunk has come together.
CHUNK_MS = 20.0
SLOWEST, FASTEST = 0.7, 1.5
LONGEST_PIECE_S = 120
READ_LIMIT_S = 10.0
TIMEOUT = httpx.Timeout(READ_LIMIT_S, connect=2.0, pool=1.0)
LIMITS = httpx.Limits(max_connections=200, max_keepalive_connections=50, keepalive_expiry=120.0)


class DeepgramSpeechStream:
    """One call's mouth. It tells no times of words: what was heard is reckoned from the time."""

    def __init__(
        self, access: VendorAccess, client: AsyncDeepgramClient, voice: VoiceSpec, audio: AudioFormat
    ) -> None:
        self._access = access
        self._client = client
        self._voice = voice
        self.audio = audio

    def speak(self, text: str) -> AsyncGenerator[SpeechChunk, None]:
        """Raises ProviderError; a piece that has not begun to sound is tried once more."""
        return with_second_try(lambda: self._speak(text))

    async def _speak(self, text: str) -> AsyncGenerator[SpeechChunk, None]:
        limit_bytes = self.audio.size_bytes(LONGEST_PIECE_S * 1000)
        speed = min(max(self._voice.speed, SLOWEST), FASTEST)
        audio = self._client.speak.v1.audio.generate(
            text=text,
            model=self._voice.id,
            encoding="linear16",
            sample_rate=self.audio.rate_hz,
            container="none",
            speed=None if speed == 1 else speed,
            request_options={"chunk_size": self.audio.size_bytes(CHUNK_MS), "max_retries": 0},
        )
        received = 0
        try:
            async with aclosing(audio) as pieces:
                async for piece in pieces:
                    received += len(piece)
                    if received > limit_bytes:
                        raise NonsenseError(PROVIDER, "its audio does not end")
                    yield SpeechChunk(piece)
        except ProviderError:
            raise
        except ApiError as error:
            raise _refused(self._access, error) from None  # it holds our request's headers
        except (httpx.HTTPError, TimeoutError) as error:
            raise UnreachableError(PROVIDER, f"its voice broke off ({type(error).__name__})") from None

    async def aclose(self) -> None:
        """Nothing to give back: connections are shared, and pieces end with their iterators."""


class DeepgramSpeech:
    def __init__(self, access: VendorAccess) -> None:
        self._access = access
        self._connections = Connections(lambda: httpx.AsyncClient(timeout=TIMEOUT, limits=LIMITS))

    async def open(self, voice: VoiceSpec, language: str, audio: AudioFormat) -> DeepgramSpeechStream:
        """Makes a connection before it is needed. Raises UnreachableError."""
        http = self._connections.client()
        try:
            # Whatever it answers, it is there.
            await http.head(f"{(self._access.base_url or OWN_ADDRESS).rstrip('/')}/v1/speak")
        except httpx.HTTPError as error:
            raise UnreachableError(PROVIDER, f"no connection ({type(error).__name__})") from None
        rate_hz = min(RATES_HZ, key=lambda rate: (rate < audio.rate_hz, abs(rate - audio.rate_hz)))
        client = AsyncDeepgramClient(
            api_key=self._access.api_key,
            httpx_client=http,
            timeout=READ_LIMIT_S,  # given a client, it would have none otherwise
            **environment(self._access.base_url),
        )
        return DeepgramSpeechStream(self._access, client, voice, AudioFormat(Encoding.PCM_S16LE, rate_hz))

    async def aclose(self) -> None:
        await self._connections.aclose()


def _refused(access: VendorAccess, error: ApiError) -> ProviderError:
    body = error.body
    if isinstance(body, str | bytes):
        try:
            body = json.loads(body)
        except ValueError:
            body = {}
    detail = body if isinstance(body, dict) else {}
    return error_for(
        access,
        error.status_code or 0,
        code=str(detail.get("err_code") or ""),
        words=str(detail.get("err_msg") or detail.get("message") or ""),
        headers=error.headers,
    )
