"""One caller at the built-in transcriber: says flite's speech into the port and collects what was heard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cache

from benchmarks.speech.flite_speech import RATE_HZ, silence, spoken
from voice.core.audio import PCM_16000
from voice.core.errors import ProviderError
from voice.core.ports import Transcript
from voice.core.spec import AgentSpec
from voice.providers.embedded.transcriber import EmbeddedTranscriber, EmbeddedTranscriberStream

FRAME_MS = 20
FRAME_BYTES = 2 * RATE_HZ * FRAME_MS // 1000
# Voice activity notices an onset this much later; the transcriber has to look back.
NOTICED_AFTER_MS = 120
# How much faster than life the caller speaks: a decoder needs about a tenth of the time.
PACE = 3.0
# For a machine on which others work too.
PATIENCE_S = 15.0


@cache
def question(text: str, voice: str = "rms") -> bytes:
    return spoken(text, voice)


class SpokenCall:
    """Everything heard is in `heard`, in order; `error` is what ended the iteration, if anything did."""

    def __init__(self, stream: EmbeddedTranscriberStream) -> None:
        self.stream = stream
        self.heard: list[Transcript] = []
        self.error: ProviderError | None = None
        self._news = asyncio.Event()
        self._reading = asyncio.create_task(self._read(), name="reader of transcripts")

    @classmethod
    async def open(cls, transcriber: EmbeddedTranscriber, agent: AgentSpec) -> SpokenCall:
        return cls(await transcriber.open(agent, PCM_16000))

    async def _read(self) -> None:
        try:
            async for transcript in self.stream:
                self.heard.append(transcript)
                self._news.set()
        except ProviderError as error:
            self.error = error
        self._news.set()

    @property
    def interims(self) -> list[str]:
        return [transcript.text for transcript in self.heard if not transcript.is_final]

    @property
    def finals(self) -> list[Transcript]:
        return [transcript for transcript in self.heard if transcript.is_final]

    async def listen(self, pcm: bytes, *, pace: float = PACE) -> None:
        """The microphone's frames, as they would come."""
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        for number, start in enumerate(range(0, len(pcm), FRAME_BYTES), 1):
            self.stream.send(pcm[start : start + FRAME_BYTES])
            await asyncio.sleep(max(0.0, began_s + number * FRAME_MS / 1000 / pace - loop.time()))

    async def say(self, pcm: bytes, *, pace: float = PACE) -> None:
        """Speech with a pause before and after it, its onset noticed late; not finalized."""
        head = 2 * RATE_HZ * NOTICED_AFTER_MS // 1000
        await self.listen(silence(300) + pcm[:head], pace=pace)
        self.stream.begin_speech()
        await self.listen(pcm[head:] + silence(360), pace=pace)

    async def final(self) -> Transcript:
        """Finalize and wait for the one transcript that this owes us."""
        before = len(self.finals)
        self.stream.finalize()
        await self.until(lambda: len(self.finals) > before)
        return self.finals[before]

    async def ask(self, text: str, voice: str = "rms") -> Transcript:
        await self.say(question(text, voice))
        return await self.final()

    async def until(self, is_so: Callable[[], object]) -> None:
        """Raises the stream's error if that comes first, TimeoutError when nothing does."""
        async with asyncio.timeout(PATIENCE_S):
            while not is_so():
                if self._reading.done():
                    raise self.error or AssertionError("the transcripts have ended")
                self._news.clear()
                await self._news.wait()

    async def lost(self) -> ProviderError | None:
        """Wait until the iteration ends by itself."""
        async with asyncio.timeout(PATIENCE_S):
            await self._reading
        return self.error

    async def aclose(self) -> None:
        await self.stream.aclose()
        async with asyncio.timeout(PATIENCE_S):
            await self._reading
