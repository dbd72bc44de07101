"""A voice that hums for as long as the text would take, and knows where each word lies."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

from voice.core.audio import AudioFormat, Encoding
from voice.core.errors import ProviderError
from voice.core.events import WordTime
from voice.core.ports import SpeechChunk
from voice.core.spec import VoiceSpec

CHUNK_MS = 200.0


class FakeSpeechStream:
    def __init__(self, speech: FakeSpeech, audio: AudioFormat) -> None:
        self._speech = speech
        self._audio = audio
        self.is_closed = False

    @property
    def audio(self) -> AudioFormat:
        return self._audio

    async def speak(self, text: str) -> AsyncIterator[SpeechChunk]:
        speech = self._speech
        speech.spoken.append(text)
        speech.open_streams += 1
        try:
            await asyncio.sleep(speech.first_audio_ms / 1000)
            if text in speech.fails_on or speech.fails_always:
                raise ProviderError("fake", "voice is gone", retryable=True)
            if speech.is_mute:
                await asyncio.sleep(3600)
            total_ms = speech.duration_ms(text)
            words = speech.words(text) if speech.has_words else ()
            hum = speech.sample and speech.sample * (
                self._audio.size_bytes(total_ms) // max(1, len(speech.sample))
            )
            step = self._audio.size_bytes(CHUNK_MS)
            for at in range(0, len(hum), step):
                if (
                    speech.breaks_after_ms is not None
                    and self._audio.duration_ms(at) >= speech.breaks_after_ms
                ):
                    raise ProviderError("fake", "voice broke off", retryable=True)
                yield SpeechChunk(hum[at : at + step], words if at == 0 else ())
                await asyncio.sleep(CHUNK_MS / speech.times_real_time / 1000)
        finally:
            speech.open_streams -= 1

    async def aclose(self) -> None:
        await asyncio.sleep(self._speech.closes_after_ms / 1000)
        self.is_closed = True


class FakeSpeech:
    def __init__(
        self,
        *,
        ms_per_character: float = 60.0,
        first_audio_ms: float = 100.0,
        times_real_time: float = 20.0,
        rate_hz: int | None = None,
        has_words: bool = True,
    ) -> None:
        self.ms_per_character = ms_per_character
        self.first_audio_ms = first_audio_ms
        self.times_real_time = times_real_time
        self.rate_hz = rate_hz
        self.has_words = has_words
        self.is_mute = False
        self.breaks_after_ms: float | None = None
        # What it hums with, again and again; empty for a voice without a sound.
        self.sample = b"\xb8\x0b"
        self.opens_after_ms = self.closes_after_ms = 0.0
        self.fails_always = False
        self.fails_on: set[str] = set()
        self.open_error: Exception | None = None
        self.spoken: list[str] = []
        self.streams: list[FakeSpeechStream] = []
        self.open_streams = 0

    async def open(self, voice: VoiceSpec, language: str, audio: AudioFormat) -> FakeSpeechStream:
        if self.open_error is not None:
            raise self.open_error
        await asyncio.sleep(self.opens_after_ms / 1000)
        spoken = AudioFormat(Encoding.PCM_S16LE, self.rate_hz or audio.rate_hz)
        self.streams.append(FakeSpeechStream(self, spoken))
        return self.streams[-1]

    def duration_ms(self, text: str) -> float:
        return len(text) * self.ms_per_character

    def words(self, text: str) -> tuple[WordTime, ...]:
        rate = self.ms_per_character
        return tuple(
            WordTime(m.group(), m.start() * rate, m.end() * rate, m.start(), m.end())
            for m in re.finditer(r"[\w']+", text)
        )
