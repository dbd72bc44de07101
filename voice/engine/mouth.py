"""The agent's voice in the format that leaves the session: speaks one piece at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from voice.audio.resample import Resampler
from voice.core.audio import AudioFormat, Encoding
from voice.core.errors import ProviderError
from voice.core.ports import SpeechChunk, TextToSpeech
from voice.core.spec import AgentSpec
from voice.engine.kept_speech import KeptSpeech
from voice.engine.model_stream import close_iterator

FIRST_AUDIO_LIMIT_MS = 5_000.0
NEXT_AUDIO_LIMIT_MS = 5_000.0
# Converting more at once would keep the event loop busy for too long.
CONVERT_AT_ONCE_MS = 1_000.0


def playout_format(audio_out: AudioFormat) -> AudioFormat:
    """The PCM that is played, or encoded into files."""
    return AudioFormat(Encoding.PCM_S16LE, audio_out.rate_hz)


class Mouth:
    """Opened before it is needed. Raises ProviderError where the voice cannot be had or falls silent."""

    def __init__(self, speech: TextToSpeech, agent: AgentSpec, audio: AudioFormat, kept: KeptSpeech) -> None:
        self._speech = speech
        self._agent = agent
        self._kept = kept
        self.audio = audio

    async def open(self) -> None:
        self._stream = await self._speech.open(self._agent.voice, self._agent.language, self.audio)
        if self._stream.audio.encoding is not Encoding.PCM_S16LE:
            await self._stream.aclose()
            raise ProviderError(
                self._agent.voice.provider, f"speaks {self._stream.audio.encoding}, not PCM", retryable=False
            )

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def speak(self, text: str, *, is_fixed: bool) -> AsyncIterator[SpeechChunk]:
        """PCM in `self.audio`. A fixed line is spoken by the provider once and then from memory."""
        if not is_fixed:
            async for chunk in self._speak(text):
                yield chunk
            return
        key = (self._agent.voice, self._agent.language, self.audio.rate_hz, text)
        chunks = self._kept.find(key)
        if chunks is not None:
            for chunk in chunks:
                yield chunk
            return
        spoken: list[SpeechChunk] = []
        async for chunk in self._speak(text):
            spoken.append(chunk)
            yield chunk
        self._kept.keep(key, spoken)

    async def _speak(self, text: str) -> AsyncIterator[SpeechChunk]:
        source = self._stream.speak(text)
        convert = _Converter(self._stream.audio, self.audio)
        limit_ms = FIRST_AUDIO_LIMIT_MS
        has_sound = False
        try:
            while True:
                try:
                    async with asyncio.timeout(limit_ms / 1000):
                        chunk = await anext(source)
                except StopAsyncIteration:
                    break
                except TimeoutError:
                    raise ProviderError(
                        self._agent.voice.provider, f"no audio for {limit_ms / 1000:g} s", retryable=True
                    ) from None
                has_sound = has_sound or bool(chunk.audio)
                limit_ms = NEXT_AUDIO_LIMIT_MS
                words = chunk.words
                for part in convert.parts(chunk.audio):
                    yield SpeechChunk(part, words)
                    words = ()
                    await asyncio.sleep(0)  # a long piece must not keep other calls waiting
                if words:
                    yield SpeechChunk(b"", words)
        finally:
            await close_iterator(source)
        if not has_sound:
            raise ProviderError(self._agent.voice.provider, "spoke without a sound", retryable=True)


class _Converter:
    """One piece's change of rate; carries what does not fill a sample to the next chunk."""

    def __init__(self, source: AudioFormat, target: AudioFormat) -> None:
        self._resample = (
            None if source.rate_hz == target.rate_hz else Resampler(source.rate_hz, target.rate_hz)
        )
        self._step_bytes = source.size_bytes(CONVERT_AT_ONCE_MS)
        self._odd = b""

    def parts(self, audio: bytes) -> list[bytes]:
        audio = self._odd + audio
        whole = len(audio) - len(audio) % 2
        self._odd = audio[whole:]
        steps = [audio[at : min(at + self._step_bytes, whole)] for at in range(0, whole, self._step_bytes)]
        return [part for step in steps if (part := self._resample(step) if self._resample else step)]
