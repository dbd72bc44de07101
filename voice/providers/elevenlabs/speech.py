"""ElevenLabs' voices behind the text-to-speech port, over its multi-context WebSocket with word times."""

from __future__ import annotations

import itertools
from collections.abc import AsyncGenerator
from contextlib import aclosing

from voice.core.audio import AudioFormat, Encoding
from voice.core.errors import NonsenseError, ProviderError
from voice.core.ports import SpeechChunk
from voice.core.spec import VoiceSpec
from voice.providers.access import VendorAccess
from voice.providers.elevenlabs.alignment import Alignment
from voice.providers.elevenlabs.errors import PROVIDER
from voice.providers.elevenlabs.socket import MultiContextSocket

MODEL = "eleven_flash_v2_5"
# What it speaks at, as raw PCM on every plan.
RATES_HZ = (8_000, 16_000, 22_050, 24_000)
SLOWEST, FASTEST = 0.7, 1.2
# How even (high) or how free (low) a voice speaks.
STABILITY = {"": 0.5, "calm": 0.75, "serious": 0.65, "lively": 0.3}
LONGEST_PIECE_S = 120


class ElevenLabsSpeechStream:
    """One call's mouth: a connection that is opened before it is needed, and again when it was lost."""

    def __init__(self, access: VendorAccess, voice: VoiceSpec, language: str, audio: AudioFormat) -> None:
        self._access = access
        self._voice_id = voice.id
        self.audio = audio
        self._settings = {
            "stability": STABILITY.get(voice.style.strip().lower(), STABILITY[""]),
            "similarity_boost": 0.8,
            "speed": min(max(voice.speed, SLOWEST), FASTEST),
        }
        self._query = {
            "model_id": MODEL,
            "output_format": f"pcm_{audio.rate_hz}",
            "auto_mode": "true",  # whole sentences are sent: nothing needs to be gathered
            "language_code": language.split("-")[0].lower(),
        }
        self._numbers = itertools.count(1)
        self._socket: MultiContextSocket | None = None

    async def connect(self) -> MultiContextSocket:
        """Raises ProviderError."""
        await self.aclose()
        self._socket = await MultiContextSocket.open(self._access, self._voice_id, self._query)
        return self._socket

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
        socket = self._socket
        if socket is None or not socket.is_open:
            socket = await self.connect()
        alignment = Alignment(text)
        limit_bytes = self.audio.size_bytes(LONGEST_PIECE_S * 1000)
        received = 0
        context_id = f"piece-{next(self._numbers)}"
        async with aclosing(socket.speak(context_id, text, self._settings)) as messages:
            async for message in messages:
                audio: bytes = message.get("audio") or b""
                begins_ms = self.audio.duration_ms(received)
                received += len(audio)
                if received > limit_bytes:
                    raise NonsenseError(PROVIDER, "its audio does not end")
                is_last = bool(message.get("isFinal") or message.get("is_final"))
                words = alignment.add(message.get("alignment"), begins_ms, is_last=is_last)
                if audio or words:
                    yield SpeechChunk(audio, tuple(words))

    async def aclose(self) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.aclose()


class ElevenLabsSpeech:
    def __init__(self, access: VendorAccess) -> None:
        self._access = access

    async def open(self, voice: VoiceSpec, language: str, audio: AudioFormat) -> ElevenLabsSpeechStream:
        """Raises ProviderError."""
        rate_hz = min(RATES_HZ, key=lambda rate: (rate < audio.rate_hz, abs(rate - audio.rate_hz)))
        pcm = AudioFormat(Encoding.PCM_S16LE, rate_hz)
        stream = ElevenLabsSpeechStream(self._access, voice, language, pcm)
        await stream.connect()
        return stream
