"""One voice on one call: opened when it is needed, with limits on its silence, in the format that leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

from voice.audio.resample import Resampler
from voice.audio.soundness import LOOKED_AT_MS, unsound
from voice.core.audio import AudioFormat, Encoding
from voice.core.clock import now_ms
from voice.core.errors import NonsenseError, UnreachableError
from voice.core.ports import SpeechChunk, SpeechStream, TextToSpeech
from voice.core.spec import VoiceSpec
from voice.engine.model_stream import close_iterator
from voice.engine.reading.form import SpokenForm
from voice.engine.reading.written_words import WrittenWords

# The last voice there is gets more time: late is better than never.
LONG_SILENCE_MS = 5_000.0
# With another voice at hand nobody waits for long.
SHORT_SILENCE_MS = 1_200.0
OPENING_S = 2.0
LAST_OPENING_S = 3.0
# No voice is so slow; one that speaks longer does not end.
LONGEST_MS, LONGEST_MS_PER_CHARACTER = 20_000.0, 400.0
# Converting more at once would keep the event loop busy for too long.
CONVERT_AT_ONCE_MS = 1_000.0
# Words that end so far from where their sound does were spoken at another rate.
WRONG_RATE_SHARE = 0.4
WRONG_RATE_MS = 1_000.0


class VoiceLine:
    """Raises ProviderError where the voice cannot be had, falls silent, or gives what is no speech."""

    def __init__(self, choice: VoiceSpec, port: TextToSpeech, language: str, audio: AudioFormat) -> None:
        self.choice = choice
        self.port = port
        self._language = language
        self._audio = audio
        self._stream: SpeechStream | None = None

    async def open(self, limit_s: float = OPENING_S) -> None:
        if self._stream is not None:
            return
        try:
            async with asyncio.timeout(limit_s):
                stream = await self.port.open(self.choice, self._language, self._audio)
        except TimeoutError:
            raise UnreachableError(self.choice.provider, f"not there within {limit_s:g} s") from None
        if stream.audio.encoding is not Encoding.PCM_S16LE:
            await stream.aclose()
            raise NonsenseError(self.choice.provider, f"speaks {stream.audio.encoding}, not PCM")
        self._stream = stream

    async def aclose(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.aclose()

    async def speak(self, form: SpokenForm, *, has_spare: bool) -> AsyncGenerator[SpeechChunk, None]:
        """One piece as PCM in the format asked for, with the times of its words as they are written."""
        await self.open(OPENING_S if has_spare else LAST_OPENING_S)
        if self._stream is None:
            return
        heard_audio = self._stream.audio
        source = self._stream.speak(form.spoken.strip())
        written = WrittenWords(form)
        convert = _Converter(heard_audio, self._audio)
        begun_ms, duration_ms, words_end_ms = now_ms(), 0.0, 0.0
        longest_ms = LONGEST_MS + len(form.spoken) * LONGEST_MS_PER_CHARACTER
        silence_ms = SHORT_SILENCE_MS if has_spare else LONG_SILENCE_MS
        beginning = b""
        try:
            while True:
                chunk = await self._next(source, silence_ms + begun_ms + duration_ms - now_ms())
                if chunk is None:
                    break
                if chunk.audio and not duration_ms:
                    begun_ms = now_ms()
                if len(beginning) < heard_audio.size_bytes(LOOKED_AT_MS):
                    beginning += chunk.audio
                    if found := unsound(beginning, heard_audio.rate_hz):
                        raise NonsenseError(self.choice.provider, f"it sent {found} for speech")
                duration_ms += heard_audio.duration_ms(len(chunk.audio))
                if duration_ms > longest_ms:
                    raise NonsenseError(self.choice.provider, "it does not come to an end")
                words_end_ms = max([words_end_ms, *(word.end_ms for word in chunk.words)])
                words = written.add(chunk.words)
                for part in convert.parts(chunk.audio):
                    yield SpeechChunk(part, words)
                    words = ()
                    await asyncio.sleep(0)  # a long piece must not keep other calls waiting
                if words:
                    yield SpeechChunk(b"", words)
        finally:
            await close_iterator(source)
        if not duration_ms:
            raise NonsenseError(self.choice.provider, "it spoke without a sound")
        tail, words = convert.tail(), written.finish()
        if tail or words:
            yield SpeechChunk(tail, words)
        astray_ms = abs(duration_ms - words_end_ms)
        if has_spare and words_end_ms and astray_ms > max(WRONG_RATE_MS, WRONG_RATE_SHARE * words_end_ms):
            raise NonsenseError(self.choice.provider, "its sound does not fit its words: another rate")

    async def _next(self, source: AsyncIterator[SpeechChunk], limit_ms: float) -> SpeechChunk | None:
        """`limit_ms` counts from where its sound so far ends: a voice far ahead may rest."""
        try:
            async with asyncio.timeout(max(0.0, limit_ms) / 1000):
                return await anext(source)
        except StopAsyncIteration:
            return None
        except TimeoutError:
            raise UnreachableError(self.choice.provider, "it fell silent") from None


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

    def tail(self) -> bytes:
        """What the filter still holds of the piece's last sound."""
        return self._resample.flush() if self._resample else b""
