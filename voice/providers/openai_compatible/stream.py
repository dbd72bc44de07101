"""One caller's ear at a server that hears files: an utterance at a time, and a guess at it now and then."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

from voice.core.audio import AudioFormat
from voice.core.errors import ProviderError
from voice.core.ports import Transcript
from voice.providers.openai_compatible.utterances import Utterances

logger = logging.getLogger(__name__)

# So much more of an utterance, and it is guessed at again, if the server has answered the guess before.
GUESS_EVERY_MS = 1_000.0
# Utterances that wait for the server. It hears several times faster than anybody speaks, or is of no use.
MOST_WAITING = 8
MOST_RESULTS = 64

Transcribe = Callable[[bytes], Awaitable[str]]


class UtteranceStream:
    """Owns its tasks: one answers requests in their order, at most one other guesses."""

    def __init__(self, transcribe: Transcribe, audio: AudioFormat) -> None:
        """`transcribe` raises ProviderError."""
        self._transcribe = transcribe
        self._audio = audio
        self._utterances = Utterances(audio)
        self._waiting: deque[bytes] = deque()
        self._unheard_ms = 0.0
        self._has_work = asyncio.Event()
        self._results: deque[Transcript] = deque()
        self._changed = asyncio.Event()
        self._error: ProviderError | None = None
        self._is_closed = False
        self._answering = asyncio.create_task(self._answer(), name="openai-compatible-answer")
        self._guessing: asyncio.Task[None] | None = None
        self._guessed_ms = 0.0
        self._may_guess = True

    @property
    def dropped_ms(self) -> float:
        return self._utterances.dropped_ms + self._unheard_ms

    def send(self, audio: bytes) -> None:
        if self._is_closed or not audio:
            return
        self._utterances.hear(audio)
        is_due = self._utterances.length_ms >= self._guessed_ms + GUESS_EVERY_MS
        is_free = self._may_guess and (self._guessing is None or self._guessing.done())
        if self._utterances.is_open and is_due and is_free:
            self._guessed_ms = self._utterances.length_ms
            self._guessing = asyncio.create_task(
                self._guess(self._utterances.sound), name="openai-compatible-guess"
            )

    def begin_speech(self) -> None:
        self._utterances.begin()

    def finalize(self) -> None:
        if self._is_closed:
            return
        if self._guessing is not None:
            self._guessing.cancel()  # nobody is to wait for a guess
        self._guessed_ms = 0.0
        if len(self._waiting) >= MOST_WAITING:
            self._drop_oldest()
        self._waiting.append(self._utterances.end())
        self._has_work.set()

    def __aiter__(self) -> UtteranceStream:
        return self

    async def __anext__(self) -> Transcript:
        while not self._results:
            if self._is_closed:
                raise StopAsyncIteration
            if self._error is not None:
                raise self._error
            self._changed.clear()
            await self._changed.wait()
        return self._results.popleft()

    async def aclose(self) -> None:
        self._is_closed = True
        self._changed.set()
        tasks = [task for task in (self._answering, self._guessing) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # --- inside ---------------------------------------------------------------------------------
    async def _answer(self) -> None:
        try:
            while True:
                while self._waiting:
                    sound = self._waiting[0]
                    text = await self._transcribe(sound) if sound else ""
                    self._waiting.popleft()
                    self._put(Transcript(text, is_final=True))
                self._has_work.clear()
                await self._has_work.wait()
        except ProviderError as error:
            self._error = error
            self._changed.set()

    async def _guess(self, sound: bytes) -> None:
        try:
            text = await self._transcribe(sound)
            if text and not self._waiting:
                self._put(Transcript(text, is_final=False))
        except ProviderError as error:
            # The final transcript tells whether the server is lost.
            logger.info("no more guesses in this call: %s", type(error).__name__)
            self._may_guess = False

    def _drop_oldest(self) -> None:
        """Its request is answered, with nothing: each keeps its place. The first is being heard already."""
        for index in range(1, len(self._waiting)):
            if self._waiting[index]:
                self._unheard_ms += self._audio.duration_ms(len(self._waiting[index]))
                self._waiting[index] = b""
                return

    def _put(self, transcript: Transcript) -> None:
        if self._results and not self._results[-1].is_final:
            self._results.pop()  # a reader that is late wants the newest text only
        self._results.append(transcript)
        while len(self._results) > MOST_RESULTS:
            self._results.popleft()
        self._changed.set()
