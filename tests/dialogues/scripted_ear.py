"""A transcriber that hears what the script lets the caller say, as late and as wrong as the script has it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from tests.dialogues.dialogue import Transcriber
from voice.core.audio import AudioFormat
from voice.core.clock import now_ms
from voice.core.ports import Transcript
from voice.core.spec import AgentSpec
from voice.engine.words import words_of

INTERIM_EVERY_MS = 150.0
# A word is guessed so long after it has been said.
WORD_LAG_MS = 100.0
# Of a transcriber whose finals come only when the decoder has been through all of it.
PLAIN_FINALIZE_AFTER_MS = 350
FINALIZE_AFTER_MS = 200


@dataclass
class HeardWord:
    """`guess`: what it is taken for at first; an empty `text` is taken back in the end."""

    text: str
    guess: str
    starts_ms: float
    ends_ms: float
    # How late the request that covers it is answered; None: as late as usual.
    final_ms: float | None = None
    is_final: bool = False

    @property
    def middle_ms(self) -> float:
        return (self.starts_ms + self.ends_ms) / 2


class ScriptedEarStream:
    """Keeps to its port: each `finalize` is answered once and in order, guesses come before that.

    What is sent in the instant in which it opens has been said before: it hears that again, and no more.
    """

    def __init__(self, ear: ScriptedEar, audio: AudioFormat) -> None:
        self._ear = ear
        self._audio = audio
        self._opened_ms = self._heard_from_ms = now_ms()
        self._out: asyncio.Queue[Transcript | None] = asyncio.Queue()
        self._guess = ""
        self._last_delivery_ms = 0.0
        self._guessing = asyncio.get_running_loop().create_task(self._keep_guessing())

    @property
    def dropped_ms(self) -> float:
        return 0.0

    def send(self, audio: bytes) -> None:
        if now_ms() == self._opened_ms:
            self._heard_from_ms -= self._audio.duration_ms(len(audio))

    @property
    def _unsettled(self) -> list[HeardWord]:
        return [w for w in self._ear.words if not w.is_final and w.middle_ms >= self._heard_from_ms]

    def begin_speech(self) -> None:
        pass

    async def _keep_guessing(self) -> None:
        while True:
            await asyncio.sleep(INTERIM_EVERY_MS / 1000)
            until_ms = now_ms() - WORD_LAG_MS
            heard = [w.guess for w in self._unsettled if w.ends_ms <= until_ms]
            guess = self._ear.written(" ".join(word for word in heard if word))
            if guess and guess != self._guess and not self._ear.is_silent:
                self._guess = guess
                self._put(Transcript(guess, is_final=False), 0.0)

    def finalize(self) -> None:
        """Covers the words that have been said to their middle."""
        covered = [w for w in self._unsettled if w.middle_ms <= now_ms()]
        lags_ms = [w.final_ms for w in covered if w.final_ms is not None]
        for word in covered:
            word.is_final = True
        self._guess = ""
        lag_ms = max(lags_ms, default=self._ear.script.final_ms)
        if lag_ms < 0 or min(lags_ms, default=0.0) < 0 or self._ear.is_silent:
            return
        text = self._ear.written(" ".join(w.text for w in covered if w.text))
        self._put(Transcript(text, is_final=True), lag_ms)

    def _put(self, transcript: Transcript, lag_ms: float) -> None:
        self._last_delivery_ms = max(now_ms() + lag_ms, self._last_delivery_ms)
        delay_s = (self._last_delivery_ms - now_ms()) / 1000
        asyncio.get_running_loop().call_later(delay_s, self._out.put_nowait, transcript)

    async def __aiter__(self) -> AsyncIterator[Transcript]:
        while (transcript := await self._out.get()) is not None:
            yield transcript

    async def aclose(self) -> None:
        self._guessing.cancel()
        await asyncio.gather(self._guessing, return_exceptions=True)
        self._out.put_nowait(None)


class ScriptedEar:
    """`words` grows while the caller speaks: the sound tells when each lies, the script what it is."""

    def __init__(self, script: Transcriber) -> None:
        self.script = script
        self.is_silent = False
        self.words: list[HeardWord] = []

    @property
    def finalize_after_ms(self) -> int:
        return PLAIN_FINALIZE_AFTER_MS if self.script.is_plain else FINALIZE_AFTER_MS

    @property
    def guesses_well(self) -> bool:
        return not self.script.is_plain

    def written(self, text: str) -> str:
        return " ".join(words_of(text)) if self.script.is_plain else text

    async def open(self, agent: AgentSpec, audio: AudioFormat) -> ScriptedEarStream:
        return ScriptedEarStream(self, audio)
