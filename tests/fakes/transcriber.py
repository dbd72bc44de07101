"""A transcriber that hears what the test lets the caller say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from voice.core.audio import AudioFormat
from voice.core.errors import ProviderError
from voice.core.ports import Transcript, TurnSign
from voice.core.spec import AgentSpec


class FakeTranscriberStream:
    """`hear` is what the caller is saying; `finalize` delivers it as final after `final_ms`."""

    def __init__(self, final_ms: float | None, lines: list[str], unsettled: str = "") -> None:
        """`unsettled`: what the one before it had heard and not delivered, should the sound come again."""
        self.final_ms = final_ms
        self.received_bytes = 0
        self.begun = 0
        self.finalized = 0
        self.is_closed = False
        self._lines = lines
        self._unsettled = unsettled
        self._speaking = ""
        self._alternatives: tuple[str, ...] = ()
        self._queue: asyncio.Queue[Transcript | ProviderError | None] = asyncio.Queue()

    def hear(self, text: str, alternatives: tuple[str, ...] = (), *, interim: bool = True) -> None:
        """Everything said since the last final transcript."""
        self._speaking, self._alternatives = text, alternatives
        if interim:
            self._queue.put_nowait(Transcript(text, is_final=False))

    def sign(self, sign: TurnSign, text: str | None = None) -> None:
        """What it takes the turn for, with everything said since the last final transcript."""
        self._speaking = self._speaking if text is None else text
        self._queue.put_nowait(Transcript(self._speaking, is_final=False, sign=sign))

    def deliver(self, text: str, *, is_final: bool = True, alternatives: tuple[str, ...] = ()) -> None:
        """A transcript out of the blue."""
        self._queue.put_nowait(Transcript(text, is_final, alternatives))

    def fail(self, message: str = "gone") -> None:
        self._queue.put_nowait(ProviderError("fake", message, retryable=True))

    @property
    def unsettled(self) -> str:
        return self._speaking

    @property
    def dropped_ms(self) -> float:
        return 0.0

    def send(self, audio: bytes) -> None:
        self.received_bytes += len(audio)

    def begin_speech(self) -> None:
        self.begun += 1
        if self._lines:
            self._speaking = self._lines.pop(0)
        self._speaking, self._unsettled = self._unsettled or self._speaking, ""

    def finalize(self) -> None:
        self.finalized += 1
        if self.final_ms is not None:
            asyncio.get_running_loop().call_later(self.final_ms / 1000, self._deliver_final)

    def _deliver_final(self) -> None:
        text, self._speaking = self._speaking, ""
        self._queue.put_nowait(Transcript(text, is_final=True, alternatives=self._alternatives))

    async def __aiter__(self) -> AsyncIterator[Transcript]:
        while (item := await self._queue.get()) is not None:
            if isinstance(item, ProviderError):
                raise item
            yield item

    async def aclose(self) -> None:
        self.is_closed = True
        self._queue.put_nowait(None)


class FakeTranscriber:
    """`errors` are raised by the next openings, None opens. `lines`: what the caller says, time by time.

    `opens_after_ms`: how long an opening takes.
    """

    def __init__(
        self,
        *,
        guesses_well: bool = False,
        finalize_after_ms: int = 200,
        final_ms: float | None = 50.0,
        lines: Sequence[str] = (),
    ) -> None:
        self._finalize_after_ms = finalize_after_ms
        self.guesses_well = guesses_well
        self.final_ms = final_ms
        self.lines = list(lines)
        self.errors: list[Exception | None] = []
        self.opens_after_ms = 0.0
        self.streams: list[FakeTranscriberStream] = []

    @property
    def finalize_after_ms(self) -> int:
        return self._finalize_after_ms

    @property
    def stream(self) -> FakeTranscriberStream:
        return self.streams[-1]

    async def open(self, agent: AgentSpec, audio: AudioFormat) -> FakeTranscriberStream:
        if self.errors and (error := self.errors.pop(0)) is not None:
            raise error
        await asyncio.sleep(self.opens_after_ms / 1000)
        unsettled = self.streams[-1].unsettled if self.streams else ""
        self.streams.append(FakeTranscriberStream(self.final_ms, self.lines, unsettled))
        return self.streams[-1]
