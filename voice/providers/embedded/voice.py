"""The built-in voice: flite in a worker process, with word times, behind the text-to-speech port."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from voice.core.audio import PCM_16000, AudioFormat
from voice.core.errors import ProviderError
from voice.core.events import WordTime
from voice.core.ports import SpeechChunk
from voice.core.spec import VoiceSpec
from voice.providers.embedded.loudness import Loudness
from voice.providers.embedded.spoken_text import SpokenSegment, spoken_segments
from voice.providers.embedded.voice_client import VoiceClient, shared_client
from voice.providers.embedded.voice_frame import FrameKind

PROVIDER = "embedded"
SLOWEST, FASTEST = 0.5, 2.0
# flite begins with up to a quarter of a second of silence, which a caller would hear as thinking.
LEAD_MS = 25.0
# What stays silent after a piece, at normal speed.
TAIL_MS = 180.0


@dataclass(frozen=True, slots=True)
class VoiceTraits:
    """Found by measurement. `deviation_hz`: how far the pitch moves by itself, None where it is fixed."""

    gain_db: float
    stretch: float = 1.0
    deviation_hz: float | None = None


TRAITS: dict[str, VoiceTraits] = {
    "rms": VoiceTraits(gain_db=1.5),
    "slt": VoiceTraits(gain_db=-4.1, deviation_hz=24.0),
    "awb": VoiceTraits(gain_db=0.2, deviation_hz=22.0),
    "kal16": VoiceTraits(gain_db=7.6, stretch=1.1, deviation_hz=11.0),
}


@dataclass(frozen=True, slots=True)
class StyleTraits:
    """Factors on a voice's own pace, pitch and liveliness. Pitch does not move in the voice "rms"."""

    stretch: float = 1.0
    pitch: float = 1.0
    deviation: float = 1.0


STYLES: dict[str, StyleTraits] = {
    "": StyleTraits(),
    "calm": StyleTraits(stretch=1.12, pitch=0.96, deviation=0.8),
    "lively": StyleTraits(stretch=0.92, pitch=1.05, deviation=1.5),
    "serious": StyleTraits(stretch=1.05, pitch=0.92, deviation=0.7),
}


class EmbeddedSpeechStream:
    """One call's mouth. Pieces may overlap; closing an iterator stops its synthesis within some ms."""

    audio = PCM_16000

    def __init__(self, client: VoiceClient, spec: VoiceSpec) -> None:
        traits, style = TRAITS[spec.id], STYLES.get(spec.style.strip().lower(), STYLES[""])
        speed = min(max(spec.speed, SLOWEST), FASTEST)
        stretch = traits.stretch * style.stretch / speed
        deviation_hz = None
        if traits.deviation_hz is not None and style.deviation != 1.0:
            deviation_hz = traits.deviation_hz * style.deviation
        self._client = client
        self._voice = spec.id
        self._manner = (stretch, style.pitch, deviation_hz)
        self._tail_ms = TAIL_MS * stretch / traits.stretch
        self._loudness = Loudness(traits.gain_db)

    async def speak(self, text: str) -> AsyncGenerator[SpeechChunk, None]:
        """Raises ProviderError when the voice is lost; a piece not yet begun is tried twice before."""
        sent_ms = 0.0
        for segment in spoken_segments(text):
            is_begun = False
            for attempt in (1, 2):
                try:
                    async with aclosing(self._segment(text, segment, sent_ms)) as chunks:
                        async for chunk in chunks:
                            is_begun = True
                            sent_ms += PCM_16000.duration_ms(len(chunk.audio))
                            yield chunk
                    break
                except ProviderError as error:
                    # A worker that died of somebody else's words does not end this piece.
                    if is_begun or attempt == 2 or not error.retryable:
                        raise

    async def _segment(
        self, text: str, segment: SpokenSegment, begin_ms: float
    ) -> AsyncGenerator[SpeechChunk, None]:
        order = {"voice": self._voice, "text": segment.text, "manner": self._manner}
        skip_bytes, left_bytes = 0, 0
        words: tuple[WordTime, ...] = ()
        async with aclosing(self._client.ask(FrameKind.SPEAK, order)) as frames:
            async for frame in frames:
                if frame.kind is FrameKind.WORDS:
                    spoken = frame.json()
                    if not spoken:
                        return
                    lead_ms = max(0.0, spoken[0][2] - LEAD_MS)
                    skip_bytes = PCM_16000.size_bytes(lead_ms)
                    left_bytes = PCM_16000.size_bytes(spoken[-1][3] - lead_ms + self._tail_ms)
                    words = self._words(text, segment, spoken, begin_ms - lead_ms)
                elif frame.kind is FrameKind.AUDIO:
                    audio = frame.body[skip_bytes:][:left_bytes]
                    skip_bytes = max(0, skip_bytes - len(frame.body))
                    left_bytes -= len(audio)
                    if audio:
                        yield SpeechChunk(self._loudness.apply(audio), words)
                        words = ()
        if left_bytes:
            # A voice that ends early gets the same pause as the others.
            yield SpeechChunk(bytes(left_bytes), words)

    @staticmethod
    def _words(
        text: str, segment: SpokenSegment, spoken: list[tuple[str, int, float, float]], shift_ms: float
    ) -> tuple[WordTime, ...]:
        """One word for each token of the original, however many were spoken for it ("$5": five dollars)."""
        ends = segment.piece_ends()
        found: list[WordTime] = []
        for _, position, start_ms, end_ms in spoken:
            piece = segment.piece_at(ends, position)
            begin_ms = start_ms + shift_ms
            if found and found[-1].start_char == piece.start_char:
                begin_ms = found.pop().start_ms
            word = text[piece.start_char : piece.end_char]
            found.append(WordTime(word, begin_ms, end_ms + shift_ms, piece.start_char, piece.end_char))
        return tuple(found)

    async def aclose(self) -> None:
        """Nothing to give back: the worker is shared, and pieces end with their iterators."""


class EmbeddedVoice:
    """All calls of a process share one worker. The voices are English and read every language as that."""

    def __init__(self, client: VoiceClient = shared_client) -> None:
        self._client = client
        self._warmed: tuple[int | None, set[str]] = (None, set())

    async def open(self, voice: VoiceSpec, language: str, audio: AudioFormat) -> EmbeddedSpeechStream:
        """Raises ProviderError when flite is not installed or the voice is unknown."""
        if voice.id not in TRAITS:
            raise ProviderError(PROVIDER, f"there is no built-in voice {voice.id!r}", retryable=False)
        stream = EmbeddedSpeechStream(self._client, voice)
        pid, warmed = self._warmed
        if pid is None or pid != self._client.pid or voice.id not in warmed:
            await self.warm(voice)
        return stream

    async def warm(self, voice: VoiceSpec | None = None) -> None:
        """Start the worker and say a word to nobody, so that the first caller does not wait for it."""
        voice = voice or VoiceSpec()
        async with aclosing(EmbeddedSpeechStream(self._client, voice).speak("Hello.")) as chunks:
            async for _ in chunks:
                pass
        pid, warmed = self._warmed
        self._warmed = (self._client.pid, {voice.id} | (warmed if pid == self._client.pid else set()))

    async def aclose(self) -> None:
        """Stop the worker; the next `open` starts another one."""
        await self._client.aclose()
