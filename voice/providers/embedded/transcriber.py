"""The built-in transcriber: a bounded pool of decoder processes behind the speech-to-text port."""

from __future__ import annotations

import asyncio
import logging
import os
from collections import deque

from voice.audio.mulaw import pcm_of_mulaw
from voice.audio.resample import Resampler
from voice.core.audio import AudioFormat, Encoding
from voice.core.errors import CapacityError, ProviderError
from voice.core.ports import Transcript
from voice.core.spec import AgentSpec
from voice.providers.embedded.decoder_client import DecoderClient, DecoderLine
from voice.providers.embedded.decoder_frame import BYTES_A_MS, RATE_HZ, DecoderFrame, DecoderKind, json_frame
from voice.providers.embedded.lesson import Lessons, Unknown
from voice.providers.embedded.utterance_log import UtteranceLog
from voice.providers.embedded.vocabulary import Vocabulary, vocabulary_of

logger = logging.getLogger(__name__)

PROVIDER = "embedded"
# Sound of this rate and less is heard as a telephone's.
TELEPHONE_HZ = 8_000
DECODERS_A_CORE = 2
# Sound from before the onset was noticed; a noticed onset lies at most this far back.
PRE_ROLL_BYTES = 500 * BYTES_A_MS
# The end of a finalised pause may hold the beginning of the next word.
TAIL_BYTES = 120 * BYTES_A_MS
FINAL_TIMEOUT_S = 6.0
LOOK_UP_TIMEOUT_S = 5.0
MOST_RESULTS = 64


class EmbeddedTranscriberStream:
    """One caller's ear. Its decoder is replaced once if it dies, with nothing lost but time."""

    def __init__(self, owner: EmbeddedTranscriber, vocabulary: Vocabulary, audio: AudioFormat) -> None:
        self._owner = owner
        self._vocabulary = vocabulary
        self._is_telephone = audio.rate_hz <= TELEPHONE_HZ
        self._is_mulaw = audio.encoding is Encoding.MULAW
        self._resampler = Resampler(audio.rate_hz, RATE_HZ)
        self._line: DecoderLine | None = None
        self._learning: DecoderLine | None = None
        self._log = UtteranceLog()
        self._recent = bytearray()
        self._odd = b""
        self._is_speech = False
        self._results: deque[Transcript] = deque()
        self._changed = asyncio.Event()
        self._unanswered = 0
        self._deadline: asyncio.TimerHandle | None = None
        self._unknown: asyncio.Future[Unknown] | None = None
        self._is_replaced = False
        self._is_closed = False

    @property
    def dropped_ms(self) -> float:
        """Sound that no decoder heard, because it lagged too far behind."""
        return self._log.dropped_ms

    @property
    def decoder_pid(self) -> int | None:
        return self._line.decoder_pid if self._line is not None else None

    async def connect(self) -> None:
        """Take a decoder and teach it the agent's words. Raises ProviderError."""
        line = await self._owner.client.connect(
            self._on_frame, self._on_change, is_for_telephone=self._is_telephone
        )
        self._learning = line
        try:
            lesson = self._owner.lessons.known(self._vocabulary)
            if lesson is None:
                unknown = await self._look_up(line)
                lesson = await self._owner.lessons.prepare(self._vocabulary, unknown)
            line.write(lesson)
        except BaseException:
            await line.aclose()
            raise
        finally:
            self._learning = None
        if self._is_closed:
            await line.aclose()
            return
        self._line = line
        self._on_change()

    async def _look_up(self, line: DecoderLine) -> Unknown:
        self._unknown = asyncio.get_running_loop().create_future()
        line.write(json_frame(DecoderKind.LOOK_UP, self._vocabulary.all_words))
        try:
            async with asyncio.timeout(LOOK_UP_TIMEOUT_S):
                return await self._unknown
        except TimeoutError:
            raise ProviderError(PROVIDER, "a decoder did not answer in time", retryable=True) from None
        finally:
            self._unknown = None

    def send(self, audio: bytes) -> None:
        if self._is_closed:
            return
        audio = self._odd + (pcm_of_mulaw(audio) if self._is_mulaw else audio)
        whole = len(audio) & ~1
        audio, self._odd = audio[:whole], audio[whole:]
        pcm = self._resampler(audio)
        self._recent += pcm
        del self._recent[:-PRE_ROLL_BYTES]
        if self._is_speech and pcm:
            self._add(DecoderFrame(DecoderKind.AUDIO, pcm))

    def begin_speech(self) -> None:
        if self._is_speech or self._is_closed:
            return
        self._is_speech = True
        if self._recent:
            self._add(DecoderFrame(DecoderKind.AUDIO, bytes(self._recent)))

    def finalize(self) -> None:
        if self._is_closed:
            return
        self._is_speech = False
        # What went into this utterance must not go into the next one, but for a word that may have begun.
        del self._recent[:-TAIL_BYTES]
        self._unanswered += 1
        self._add(DecoderFrame(DecoderKind.FINALIZE))
        if self._unanswered == 1:
            self._watch()  # asking again does not put the limit off

    def _add(self, frame: DecoderFrame) -> None:
        self._log.add(frame)
        self._pump()

    def _pump(self) -> None:
        line = self._line
        while line is not None and line.can_write and (frame := self._log.take()) is not None:
            line.write(frame)

    def _watch(self) -> None:
        """The oldest final transcript owed has to come in time, however busy the decoder is."""
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None
        if self._unanswered and not self._is_closed:
            self._deadline = asyncio.get_running_loop().call_later(FINAL_TIMEOUT_S, self._on_late)

    def _on_late(self) -> None:
        if self._line is not None:
            logger.warning("a decoder did not answer within %s s and is ended", FINAL_TIMEOUT_S)
            self._line.abort()

    def _on_change(self) -> None:
        unknown, learning = self._unknown, self._learning
        if learning is not None and learning.is_lost and unknown is not None and not unknown.done():
            lost = ProviderError(PROVIDER, "a decoder died while it was taught", retryable=True)
            unknown.set_exception(lost)
        if self._line is not None and self._line.is_lost and self._deadline is not None:
            self._deadline.cancel()
        self._pump()
        self._changed.set()

    def _on_frame(self, frame: DecoderFrame) -> None:
        if frame.kind is DecoderKind.INTERIM:
            # A reader that is late wants the newest text only.
            if self._results and not self._results[-1].is_final:
                self._results.pop()
            self._results.append(Transcript(frame.body.decode(), is_final=False))
        elif frame.kind is DecoderKind.FINAL:
            text, alternatives = frame.json()
            self._results.append(Transcript(text, is_final=True, alternatives=tuple(alternatives)))
            self._log.answered()
            self._unanswered -= 1
            self._watch()
        elif frame.kind is DecoderKind.UNKNOWN and self._unknown is not None and not self._unknown.done():
            self._unknown.set_result(Unknown(**frame.json()))
        while len(self._results) > MOST_RESULTS:
            self._results.popleft()

    def __aiter__(self) -> EmbeddedTranscriberStream:
        return self

    async def __anext__(self) -> Transcript:
        while not self._results:
            if self._is_closed:
                raise StopAsyncIteration
            if self._line is not None and self._line.is_lost:
                await self._replace()
                continue
            self._changed.clear()
            await self._changed.wait()
        return self._results.popleft()

    async def _replace(self) -> None:
        if self._is_replaced:
            raise ProviderError(PROVIDER, "the transcriber was lost twice in one call", retryable=True)
        self._is_replaced = True
        logger.warning("a decoder has died in a call and is replaced")
        self._line = None
        self._log.rewind()
        await self.connect()
        self._watch()

    async def aclose(self) -> None:
        """Gives the decoder back, whatever state it is in. Iterations end."""
        if self._is_closed:
            return
        self._is_closed = True
        self._watch()
        self._changed.set()
        line, self._line = self._line, None
        try:
            if line is not None:
                await line.aclose()
        finally:
            self._owner.give_back()


class EmbeddedTranscriber:
    """`decoders`: how many callers can be heard at once; 0 is two a core."""

    # A pause inside a sentence is mostly shorter; the decoder needs 60 to 150 ms for its second pass.
    finalize_after_ms = 350
    guesses_well = False

    def __init__(self, decoders: int = 0) -> None:
        self.client = DecoderClient()
        self.decoders = decoders or DECODERS_A_CORE * (os.cpu_count() or 1)
        self._taken = 0
        self.lessons = Lessons()

    @property
    def free(self) -> int:
        return self.decoders - self._taken

    async def open(self, agent: AgentSpec, audio: AudioFormat) -> EmbeddedTranscriberStream:
        """Raises CapacityError at once when all decoders are taken, ProviderError when none starts."""
        if audio.encoding is Encoding.MP3:
            raise ProviderError(PROVIDER, f"it hears sound, not {audio.encoding}", retryable=False)
        if self._taken >= self.decoders:
            raise CapacityError(PROVIDER, f"all {self.decoders} decoders are in use")
        self._taken += 1
        stream = EmbeddedTranscriberStream(self, vocabulary_of(agent), audio)
        try:
            await stream.connect()
        except BaseException:
            await stream.aclose()
            raise
        return stream

    def give_back(self) -> None:
        self._taken -= 1

    async def warm(self) -> None:
        """Load the model before the first caller comes. Raises ProviderError."""
        await asyncio.to_thread(self.client.start)

    async def aclose(self) -> None:
        """End the host and all decoders; open streams raise ProviderError. The next `open` starts again."""
        await self.client.aclose()
