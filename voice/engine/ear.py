"""The caller's sound on its way in: to the voice detector for when, and to a transcriber for what."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

from voice.core.audio import AudioFormat
from voice.core.clock import now_ms
from voice.core.errors import CapacityError, ProviderError, UnreachableError
from voice.core.events import PortName, ProviderSwitched
from voice.core.ports import Ports, Spare, Transcriber, TranscriberStream
from voice.core.spec import AgentSpec, TranscriberSpec
from voice.engine import turn_events as told
from voice.engine.breaker import BREAKERS, Breaker, Breakers
from voice.engine.endpointing import Endpointing
from voice.engine.hearing import Hearing
from voice.engine.model_stream import CLOSE_LIMIT_S
from voice.engine.replay import Mark, Replay
from voice.engine.usage import UsageMeter
from voice.engine.voice_detector import VoiceDetector

logger = logging.getLogger(__name__)

# A client that stops sending in the middle of a word has muted its microphone or lost its line.
GAP_MS = 500.0
LONG_OPENING_S = 10.0
SHORT_OPENING_S = 2.0
COUNT_EVERY_MS = 1_000.0
# A call begins without its transcriber if that takes longer: the greeting can be heard meanwhile.
WAITED_FOR_S = 2.0
# One transcriber may break off so often within a minute before another one is asked.
MOST_LOSSES = 2
LOSSES_WITHIN_MS = 60_000.0


class Ear:
    """Reports speech, words, and `EarLost` when no transcriber is left.

    What no final transcript covers is kept: whoever takes over hears it again. Only where that is not
    whole any more, `EarReplaced` tells that the lost transcriber's guess has to do.
    """

    def __init__(
        self,
        ports: Ports,
        agent: AgentSpec,
        audio: AudioFormat,
        report: Callable[[told.TurnEvent], None],
        trouble: Callable[[ProviderError], None],
        switched: Callable[[ProviderSwitched], None],
        usage: UsageMeter,
        breakers: Breakers = BREAKERS,
    ) -> None:
        self._choices = [Spare(agent.transcriber, ports.transcriber), *ports.spare_transcribers]
        self._primary = ports.transcriber
        self._voice_activity = ports.voice_activity
        self._end_of_turn = ports.end_of_turn
        self._agent = agent
        self._audio = audio
        self._report = report
        self._trouble = trouble
        self._switched = switched
        self._usage = usage
        self._breakers = breakers
        self._stream: TranscriberStream | None = None
        self._replay = Replay(audio)
        self._hearing = Hearing(trusts_guesses=ports.transcriber.guesses_well)
        self._losses_ms: list[float] = []
        self._opening: asyncio.Task[TranscriberStream] | None = None
        self._sample_bytes = audio.bytes_per_sample
        self._odd = b""
        # What has come while no transcriber listened.
        self._unheard_ms = 0.0
        # What it has heard and the call's usage does not say yet.
        self._uncounted_ms = 0.0
        self._heard_at_ms = 0.0
        self.dropped_ms = 0.0

    def endpointing(self) -> Endpointing:
        return Endpointing.of(
            self._agent,
            self._primary.finalize_after_ms,
            self._end_of_turn,
            trusts_guesses=self._primary.guesses_well,
        )

    async def open(self) -> None:
        """The first transcriber that can be had soon; `run` waits for one that is slow. Raises CapacityError.

        Raises ProviderError when there is no voice detector; then nothing is left open.
        """
        self._choices.sort(key=lambda choice: not self._breaker(choice).admits())
        self._opening = asyncio.create_task(self._open_next(), name="transcriber opening")
        try:
            await asyncio.wait([self._opening], timeout=WAITED_FOR_S)
            if self._opening.done() and isinstance(self._opening.exception(), CapacityError):
                self._stream = await self._opening
            activity = self._voice_activity.open(self._audio)
        except BaseException:
            await self.aclose()
            raise
        sensitivity = self._agent.turn_taking.interruption_sensitivity
        self._detector = VoiceDetector(activity, self._audio, sensitivity)

    async def aclose(self) -> None:
        self._count()
        opening, self._opening = self._opening, None
        if opening is not None:
            opening.cancel()
            opened = (await asyncio.gather(opening, return_exceptions=True))[0]
            if not isinstance(opened, BaseException):
                self._stream = opened
        stream, self._stream = self._stream, None
        if stream is not None:
            self.dropped_ms += stream.dropped_ms
            await stream.aclose()

    def hear(self, audio: bytes, at_ms: float) -> None:
        """Audio whose last sample arrives at `at_ms`, which is now."""
        audio = self._odd + audio
        if odd := len(audio) % self._sample_bytes:
            audio, self._odd = audio[:-odd], audio[-odd:]
        else:
            self._odd = b""
        self._heard_at_ms = at_ms
        # Before the detector: the onset must lie in what the transcriber has.
        self._replay.add(audio)
        duration_ms = self._audio.duration_ms(len(audio))
        if self._stream is not None:
            self._stream.send(audio)
            self._uncounted_ms += duration_ms
            if self._uncounted_ms >= COUNT_EVERY_MS:
                self._count()
        else:
            self._unheard_ms += duration_ms
        for change in self._detector.feed(audio, at_ms):
            self._hearing.voice(change)
            self._report(change)

    def notice_gap(self) -> None:
        """Call now and then: ends speech whose sound has stopped coming."""
        if self._detector.is_open and now_ms() - self._heard_at_ms > GAP_MS:
            ended = self._detector.close()
            if ended is not None:
                self._hearing.voice(ended)
                self._report(ended)

    def begin_speech(self) -> None:
        self._replay.mark(Mark.BEGIN_SPEECH)
        if self._stream is not None:
            self._stream.begin_speech()

    def finalize(self) -> None:
        self._replay.mark(Mark.FINALIZE)
        self._hearing.asked(now_ms())
        if self._stream is not None:
            self._stream.finalize()

    async def run(self) -> None:
        """Report transcripts until cancelled; a transcriber that is lost is replaced."""
        await self._await_opening()
        while self._stream is not None:
            error = await self._listen_until_lost()
            self._trouble(error)
            await self._close_lost()
            if not await self._replace(error):
                break
        self._report(told.EarLost())

    # --- inside ---------------------------------------------------------------------------------
    async def _await_opening(self) -> None:
        """What has been said while the transcriber was opened is heard first."""
        if self._opening is None:
            return
        try:
            stream = await asyncio.shield(self._opening)
        except ProviderError as error:
            self._trouble(error)
        else:
            self._hear_again(stream)
        self._opening = None

    async def _listen_until_lost(self) -> ProviderError:
        listening = asyncio.ensure_future(self._listen())
        stalling = asyncio.ensure_future(self._hearing.stalled())
        try:
            await asyncio.wait((listening, stalling), return_when=asyncio.FIRST_COMPLETED)
            if listening.done():
                listening.result()
                return ProviderError(self._provider, "ended", retryable=True)
            return UnreachableError(self._provider, "it has not answered for too long")
        except ProviderError as error:
            return error
        finally:
            listening.cancel()
            stalling.cancel()
            await asyncio.gather(listening, stalling, return_exceptions=True)

    async def _listen(self) -> None:
        stream, choice = self._stream, self._choices[0]
        if stream is None:
            return
        async for transcript in stream:
            if transcript.is_final:
                self._replay.settled()
                self._breaker(choice).succeeded()
            self._hearing.words(transcript.text, is_final=transcript.is_final)
            self._report(
                told.Words(transcript.text, transcript.is_final, transcript.alternatives, transcript.sign)
            )

    def _count(self, *, again_ms: float = 0.0) -> None:
        """What has been heard since the last time; and `again_ms`, which another had heard before."""
        choice = self._choices[0].choice
        self._usage.listened(choice.provider, choice.model, self._uncounted_ms)
        self._usage.listened(choice.provider, choice.model, again_ms, again=True)
        self._uncounted_ms = 0.0

    @property
    def _provider(self) -> str:
        return self._choices[0].choice.provider

    def _breaker(self, choice: Spare[TranscriberSpec, Transcriber]) -> Breaker:
        return self._breakers.of(choice.port, choice.choice.model)

    async def _close_lost(self) -> None:
        try:
            async with asyncio.timeout(CLOSE_LIMIT_S):
                await self.aclose()
        except (ProviderError, TimeoutError, OSError) as error:
            logger.info("closing a lost transcriber failed: %s", type(error).__name__)

    async def _replace(self, error: ProviderError) -> bool:
        """Another transcriber, or the same one again, listens to what is not settled. False: none is left."""
        self._breaker(self._choices[0]).failed(error)
        self._losses_ms = [at for at in self._losses_ms if now_ms() - at < LOSSES_WITHIN_MS] + [now_ms()]
        try:
            if len(self._losses_ms) > MOST_LOSSES or not error.retryable:
                self._next_choice(error)
            stream = await self._open_next()
        except ProviderError as last:
            if last is not error:
                self._trouble(last)
            return False
        if not self._replay.is_whole:
            self._replay.forget()
            self._report(told.EarReplaced())
        self._hearing.begins_anew(now_ms(), owes_final=self._replay.owes_final)
        self._hear_again(stream)
        return True

    def _hear_again(self, stream: TranscriberStream) -> None:
        size_bytes = sum(len(each) for each in self._replay if isinstance(each, bytes))
        duration_ms = self._audio.duration_ms(size_bytes)
        self._uncounted_ms += min(duration_ms, self._unheard_ms)
        self._count(again_ms=max(0.0, duration_ms - self._unheard_ms))
        self._unheard_ms = 0.0
        for item in self._replay:
            match item:
                case Mark.BEGIN_SPEECH:
                    stream.begin_speech()
                case Mark.FINALIZE:
                    stream.finalize()
                case bytes():
                    stream.send(item)
        self._stream = stream

    def _next_choice(self, error: ProviderError) -> None:
        """Raises `error` when there is none."""
        failed = self._choices[0]
        if len(self._choices) == 1:
            raise error
        self._count()
        del self._choices[0]
        self._losses_ms.clear()
        kind = type(error).__name__
        self._switched(ProviderSwitched(PortName.TRANSCRIBER, failed.choice.provider, self._provider, kind))

    async def _open_next(self) -> TranscriberStream:
        while True:
            choice = self._choices[0]
            limit_s = SHORT_OPENING_S if len(self._choices) > 1 else LONG_OPENING_S
            agent = replace(self._agent, transcriber=choice.choice)
            try:
                async with asyncio.timeout(limit_s):
                    return await choice.port.open(agent, self._audio)
            except TimeoutError:
                error: ProviderError = UnreachableError(self._provider, f"not there within {limit_s:g} s")
            except ProviderError as failure:
                error = failure
            if not isinstance(error, CapacityError):
                self._breaker(choice).failed(error)
            self._next_choice(error)
