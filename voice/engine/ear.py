"""The caller's sound on its way in: to the voice detector for when, and to the transcriber for what."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable

from voice.core.audio import AudioFormat
from voice.core.clock import now_ms
from voice.core.errors import ProviderError
from voice.core.ports import Ports, TranscriberStream
from voice.core.spec import AgentSpec
from voice.engine import turn_events as told
from voice.engine.endpointing import Endpointing
from voice.engine.voice_detector import VoiceDetector

logger = logging.getLogger(__name__)

# A client that stops sending in the middle of a word has muted its microphone or lost its line.
GAP_MS = 500.0
# What is kept for the transcriber while it is being opened again.
REPLAY_LIMIT_MS = 5_000.0


class Ear:
    """Reports speech, words, and `EarReplaced` or `EarLost` when a transcriber is gone."""

    def __init__(
        self,
        ports: Ports,
        agent: AgentSpec,
        audio: AudioFormat,
        report: Callable[[told.TurnEvent], None],
        trouble: Callable[[ProviderError], None],
    ) -> None:
        self._transcriber = ports.transcriber
        self._voice_activity = ports.voice_activity
        self._end_of_turn = ports.end_of_turn
        self._agent = agent
        self._audio = audio
        self._report = report
        self._trouble = trouble
        self._stream: TranscriberStream | None = None
        self._waiting: deque[bytes] = deque()
        self._waiting_ms = 0.0
        self._odd = b""
        self._heard_at_ms = 0.0
        self._has_missed_speech = False
        self.dropped_ms = 0.0

    def endpointing(self) -> Endpointing:
        return Endpointing.of(
            self._agent,
            self._transcriber.finalize_after_ms,
            self._end_of_turn,
            trusts_guesses=self._transcriber.guesses_well,
        )

    async def open(self) -> None:
        """Raises CapacityError or ProviderError; then nothing is left open."""
        self._stream = await self._transcriber.open(self._agent, self._audio)
        try:
            activity = self._voice_activity.open(self._audio.rate_hz)
        except BaseException:
            await self.aclose()
            raise
        self._detector = VoiceDetector(
            activity, self._audio, self._agent.turn_taking.interruption_sensitivity
        )

    async def aclose(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            self.dropped_ms += stream.dropped_ms
            await stream.aclose()

    def hear(self, audio: bytes) -> None:
        """Audio whose last sample arrives now."""
        audio = self._odd + audio
        whole = len(audio) - len(audio) % self._audio.bytes_per_sample
        audio, self._odd = audio[:whole], audio[whole:]
        self._heard_at_ms = now_ms()
        self._send(audio)  # before the detector: the onset must lie in what the transcriber has
        for change in self._detector.feed(audio, self._heard_at_ms):
            self._report(change)

    def notice_gap(self) -> None:
        """Call now and then: ends speech whose sound has stopped coming."""
        if self._detector.is_open and now_ms() - self._heard_at_ms > GAP_MS:
            ended = self._detector.close()
            if ended is not None:
                self._report(ended)

    def begin_speech(self) -> None:
        if self._stream is not None:
            self._stream.begin_speech()
        else:
            self._has_missed_speech = True

    def finalize(self) -> None:
        if self._stream is not None:
            self._stream.finalize()

    async def run(self) -> None:
        """Report transcripts until cancelled; a transcriber that is lost is opened again once."""
        for is_last in (False, True):
            try:
                await self._listen()
            except ProviderError as error:
                self._trouble(error)
            else:
                self._trouble(ProviderError(self._agent.transcriber.provider, "ended", retryable=True))
            await self._close_lost()
            if is_last or not await self._open_again():
                break
        self._report(told.EarLost())

    async def _listen(self) -> None:
        if self._stream is not None:
            async for transcript in self._stream:
                self._report(told.Words(transcript.text, transcript.is_final, transcript.alternatives))

    async def _close_lost(self) -> None:
        try:
            await self.aclose()
        except ProviderError as error:
            logger.info("closing a lost transcriber failed: %s", error)

    async def _open_again(self) -> bool:
        try:
            self._stream = await self._transcriber.open(self._agent, self._audio)
        except ProviderError as error:
            self._trouble(error)
            return False
        if self._detector.is_open or self._has_missed_speech:
            self._stream.begin_speech()
        while self._waiting:
            self._stream.send(self._waiting.popleft())
        self._waiting_ms = 0.0
        if self._has_missed_speech and not self._detector.is_open:
            self._stream.finalize()  # it began and ended while nobody listened
        self._has_missed_speech = False
        self._report(told.EarReplaced())
        return True

    def _send(self, audio: bytes) -> None:
        if self._stream is not None:
            self._stream.send(audio)
            return
        self._waiting.append(audio)
        self._waiting_ms += self._audio.duration_ms(len(audio))
        while self._waiting_ms > REPLAY_LIMIT_MS:
            dropped_ms = self._audio.duration_ms(len(self._waiting.popleft()))
            self._waiting_ms -= dropped_ms
            self.dropped_ms += dropped_ms
