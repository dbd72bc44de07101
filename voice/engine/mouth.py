"""The agent's mouth: speaks one piece at a time, with the agent's own voice or with one that stands in."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncGenerator, Callable, Hashable
from contextlib import aclosing
from dataclasses import replace

from voice.core.audio import AudioFormat, Encoding
from voice.core.errors import ProviderError
from voice.core.events import PortName, ProviderSwitched, WordTime
from voice.core.ports import Ports, Spare, SpeechChunk
from voice.core.spec import AgentSpec
from voice.core.usage import VoiceUsage
from voice.engine.breaker import BREAKERS, Breakers
from voice.engine.kept_speech import Shelf
from voice.engine.lines import Line
from voice.engine.model_stream import CLOSE_LIMIT_S
from voice.engine.reading.form import SpokenForm
from voice.engine.reading.reader import Reader
from voice.engine.recorded_lines import recorded_line
from voice.engine.voice_line import VoiceLine

logger = logging.getLogger(__name__)

# A voice that tells no word times: what surely has been said of a text after so long.
SLOW_MS_PER_CHARACTER = 75.0


def playout_format(audio_out: AudioFormat) -> AudioFormat:
    """The PCM that is played, or encoded into files."""
    return AudioFormat(Encoding.PCM_S16LE, audio_out.rate_hz)


class Mouth:
    """Opened before it is needed. A voice that fails is not asked again in this call: none alternate."""

    def __init__(
        self,
        ports: Ports,
        agent: AgentSpec,
        audio: AudioFormat,
        kept: Shelf,
        switched: Callable[[ProviderSwitched], None],
        breakers: Breakers = BREAKERS,
    ) -> None:
        choices = (Spare(agent.voice, ports.speech), *ports.spare_voices)
        self._voices = [VoiceLine(each.choice, each.port, agent.language, audio) for each in choices]
        self._language = agent.language
        self._reader = Reader(agent.language, agent.pronunciations)
        self._kept = kept
        self._key_ids = ports.key_ids
        self._switched = switched
        self._breakers = breakers
        # The last voice that there is failed on what it was asked for last.
        self._is_lost = False
        self._closing: set[asyncio.Task[None]] = set()
        self.audio = audio

    async def open(self) -> None:
        """The first voice that can be had; if none can, whatever is spoken says so."""
        self._voices.sort(key=lambda voice: not self._breakers.of(voice.port, voice.choice.id).admits())
        for _ in range(len(self._voices)):
            try:
                await self._voices[0].open()
                return
            except ProviderError as error:
                if not await self._gives_way(error):
                    return

    async def aclose(self) -> None:
        if self._closing:
            await asyncio.wait(self._closing)  # each has a limit
        for voice in self._voices:
            await voice.aclose()

    def read(self, text: str) -> SpokenForm:
        """What is said for a text that is written."""
        return self._reader.read(text)

    async def speak(self, form: SpokenForm, *, is_fixed: bool) -> AsyncGenerator[SpeechChunk, None]:
        """PCM in `self.audio`, and words in the written text. A fixed line is spoken by the provider once
        and then from memory.

        Raises the last voice's ProviderError when none is left.
        """
        key = self._key(form)
        chunks = self._kept.find(key) if is_fixed else None
        if chunks is not None:
            for chunk in chunks:
                yield chunk
            return
        voice = self._voices[0]
        spoken: list[SpeechChunk] = []
        async with aclosing(self._speak(form)) as chunks_spoken:
            async for chunk in chunks_spoken:
                if is_fixed and chunk.usage is None:
                    spoken.append(chunk)
                yield chunk
        if is_fixed and voice is self._voices[0]:
            self._kept.keep(key, spoken)

    async def speak_line(self, line: Line, form: SpokenForm) -> AsyncGenerator[SpeechChunk, None]:
        """One of the agent's own lines: from its recording, if there is one and no voice can be had.

        Nobody waits a second time for the last voice once it has failed.
        """
        sound = recorded_line(line, self._language, self.audio.rate_hz)
        if self._is_lost and sound is not None and self._kept.find(self._key(form)) is None:
            yield SpeechChunk(sound)
            return
        has_sound = False
        try:
            async with aclosing(self.speak(form, is_fixed=True)) as chunks:
                async for chunk in chunks:
                    has_sound = has_sound or bool(chunk.audio)
                    yield chunk
        except ProviderError:
            if has_sound or sound is None:
                raise
            yield SpeechChunk(sound)

    def _key(self, form: SpokenForm) -> Hashable:
        """With another key the same choice may be another voice, and who pays is another."""
        choice = self._voices[0].choice
        key_id = self._key_ids.get(choice.provider, "")
        return (choice, key_id, self._language, self.audio.rate_hz, form)

    async def _speak(self, form: SpokenForm) -> AsyncGenerator[SpeechChunk, None]:
        """With the next voice from the word at which one fell silent; that word is said again."""
        from_character, from_ms = 0, 0.0
        while True:
            voice = self._voices[0]
            words: list[WordTime] = []
            duration_ms = 0.0
            rest = form.after(from_character)
            usage = VoiceUsage(voice.choice.provider, voice.choice.id, len(rest.spoken.strip()))
            yield SpeechChunk(b"", usage=usage)
            try:
                piece = voice.speak(rest, has_spare=len(self._voices) > 1)
                async with aclosing(piece):
                    async for chunk in piece:
                        duration_ms += self.audio.duration_ms(len(chunk.audio))
                        placed = tuple(_moved(word, from_character, from_ms) for word in chunk.words)
                        words.extend(placed)
                        yield SpeechChunk(chunk.audio, placed)
            except ProviderError as error:
                from_ms += duration_ms
                from_character = _unsaid_from(form, from_character, words, from_ms, duration_ms)
                rest = form.after(from_character)
                usage.unspoken = len(rest.spoken.strip())
                if not duration_ms:
                    usage.characters = usage.unspoken = 0  # nobody charges for silence
                if not await self._gives_way(error):
                    raise
                if any(character.isalnum() for character in rest.written):
                    continue
            else:
                self._breakers.of(voice.port, voice.choice.id).succeeded()
                self._is_lost = False
            return

    async def _gives_way(self, error: ProviderError) -> bool:
        """Whether there is another voice to go on with."""
        failed = self._voices[0]
        self._breakers.of(failed.port, failed.choice.id).failed(error)
        if len(self._voices) == 1:
            self._is_lost = True
            return False
        del self._voices[0]
        instead, kind = self._voices[0].choice.provider, type(error).__name__
        self._switched(ProviderSwitched(PortName.VOICE, failed.choice.provider, instead, kind))
        # Beside what the next one says: a vendor that has fallen silent does not answer a goodbye either.
        closing = asyncio.create_task(_close(failed), name="closing of a lost voice")
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)
        return True


async def _close(voice: VoiceLine) -> None:
    try:
        async with asyncio.timeout(CLOSE_LIMIT_S):
            await voice.aclose()
    except (ProviderError, TimeoutError, OSError) as error:
        logger.info("closing a lost voice failed: %s", type(error).__name__)


def _moved(word: WordTime, by_characters: int, by_ms: float) -> WordTime:
    return replace(
        word,
        start_ms=word.start_ms + by_ms,
        end_ms=word.end_ms + by_ms,
        start_char=word.start_char + by_characters,
        end_char=word.end_char + by_characters,
    )


def _unsaid_from(
    form: SpokenForm, from_character: int, words: list[WordTime], end_ms: float, duration_ms: float
) -> int:
    """Where the first word begins that was not said to its end. Rather one word twice than one left out."""
    if words:
        said = [word.end_char for word in words if word.end_ms <= end_ms]
        return max(said, default=from_character)
    rest = form.after(from_character)
    said_to = from_character + rest.written_until(int(duration_ms / SLOW_MS_PER_CHARACTER))
    starts = (match.start() for match in re.finditer(r"\S+", form.written))
    return max((at for at in starts if from_character <= at <= said_to), default=from_character)
