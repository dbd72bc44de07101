"""Voices of any server that speaks OpenAI's `/audio/speech` (Kokoro and others), through OpenAI's SDK."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import httpx2
import openai

from voice.core.audio import AudioFormat
from voice.core.errors import NonsenseError, ProviderError, UnreachableError
from voice.core.ports import SpeechChunk
from voice.core.spec import VoiceSpec
from voice.providers.access import VendorAccess
from voice.providers.connections import Connections
from voice.providers.openai_compatible.client import address, new_client, new_http
from voice.providers.openai_compatible.spoken_body import USUAL, SpokenBody
from voice.providers.sdk_errors import SdkErrors
from voice.providers.second_try import with_second_try

SLOWEST, FASTEST = 0.25, 4.0
LONGEST_PIECE_S = 120
DEFAULT_MODEL = "tts-1"


def model_and_voice(voice_id: str) -> tuple[str, str]:
    """Of "kokoro/af_heart": a server may have several models, and each its own voices."""
    model, _, voice = voice_id.rpartition("/")
    return model or DEFAULT_MODEL, voice


class OpenAICompatibleSpeechStream:
    """One call's mouth. It tells no times of words: what was heard is reckoned from the time."""

    audio: AudioFormat = USUAL

    def __init__(self, access: VendorAccess, client: openai.AsyncOpenAI, voice: VoiceSpec) -> None:
        self._vendor = access.vendor
        self._client = client
        self._errors = SdkErrors(access, openai, httpx2)
        self._voice = voice

    def speak(self, text: str) -> AsyncGenerator[SpeechChunk, None]:
        """Raises ProviderError; a piece that has not begun to sound is tried once more."""
        return with_second_try(lambda: self._speak(text))

    async def _speak(self, text: str) -> AsyncGenerator[SpeechChunk, None]:
        model, voice = model_and_voice(self._voice.id)
        left_bytes = USUAL.size_bytes(LONGEST_PIECE_S * 1000)
        try:
            async with self._client.audio.speech.with_streaming_response.create(
                model=model,
                voice=voice,
                input=text,
                response_format="pcm",
                speed=min(max(self._voice.speed, SLOWEST), FASTEST),
            ) as response:
                body = SpokenBody(self._vendor, response.headers.get("content-type", ""))
                async for part in response.iter_bytes():
                    audio = body.add(part)
                    left_bytes -= len(audio)
                    if left_bytes < 0:
                        raise NonsenseError(self._vendor, "its audio does not end")
                    if audio:
                        yield SpeechChunk(audio)
                if rest := body.finish():
                    yield SpeechChunk(rest)
        except ProviderError:
            raise
        except self._errors.kinds as error:
            raise self._errors.named(error) from None  # its request holds the key

    async def aclose(self) -> None:
        """Nothing to give back: connections are shared, and pieces end with their iterators."""


class OpenAICompatibleSpeech:
    def __init__(self, access: VendorAccess) -> None:
        self._access = access
        self._connections = Connections(lambda: new_http(access.vendor))

    async def open(self, voice: VoiceSpec, language: str, audio: AudioFormat) -> OpenAICompatibleSpeechStream:
        """Makes a connection before it is needed. Raises ProviderError."""
        http = self._connections.client()
        client = new_client(self._access, http)
        try:
            await http.head(
                f"{address(self._access.base_url)}/audio/speech"
            )  # whatever it answers, it is there
        except httpx2.HTTPError as error:
            raise UnreachableError(self._access.vendor, f"no connection ({type(error).__name__})") from None
        return OpenAICompatibleSpeechStream(self._access, client, voice)

    async def aclose(self) -> None:
        await self._connections.aclose()
