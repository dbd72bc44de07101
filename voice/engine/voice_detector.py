"""Turns probabilities of speech into "the caller began" and "the caller stopped", with their true times."""

from __future__ import annotations

from dataclasses import dataclass

from voice.core.audio import AudioFormat
from voice.core.ports import VoiceActivityStream

OPENS_AT = 0.5
CLOSES_BELOW = 0.35
# Gaps between words are shorter than this; what is longer counts as a pause.
PAUSE_MS = 160.0
# Most of them are shorter than this, too.
FADE_MS = 96.0
# At the lowest sensitivity a sound must last this long to be taken for speech at all.
LONGEST_OPENING_MS = 96.0


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    onset_ms: float


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    offset_ms: float


@dataclass(frozen=True, slots=True)
class SpeechFades:
    """It may be about to end: `SpeechEnded` or `SpeechGoesOn` follows."""

    offset_ms: float


@dataclass(frozen=True, slots=True)
class SpeechGoesOn:
    """What had faded was a gap between words."""


VoiceChange = SpeechStarted | SpeechFades | SpeechGoesOn | SpeechEnded


class VoiceDetector:
    """Hysteresis over voice activity. Times are the session clock's, taken back to where the sound was.

    At sensitivity 1 a single frame above the threshold opens speech.
    """

    def __init__(self, activity: VoiceActivityStream, audio: AudioFormat, sensitivity: float) -> None:
        self._activity = activity
        self._audio = audio
        self._opening_ms = (1 - min(max(sensitivity, 0.0), 1.0)) * LONGEST_OPENING_MS
        self._fed_ms = 0.0
        self._judged_ms = 0.0
        self._loud_since_ms: float | None = None
        self._last_speech_ms = 0.0
        self._has_faded = False
        self.is_open = False

    def feed(self, sound: bytes, now_ms: float) -> list[VoiceChange]:
        """Judge audio whose last sample arrived at `now_ms`."""
        self._fed_ms += self._audio.duration_ms(len(sound))
        found: list[VoiceChange] = []
        for probability in self._activity.feed(sound):
            starts_ms = now_ms - (self._fed_ms - self._judged_ms)
            self._judged_ms += self._activity.frame_ms
            ends_ms = now_ms - (self._fed_ms - self._judged_ms)
            if self.is_open:
                change: VoiceChange | None = self._while_open(probability, ends_ms)
            else:
                change = self._while_closed(probability, starts_ms, ends_ms)
            if change is not None:
                found.append(change)
        return found

    def close(self) -> SpeechEnded | None:
        """The audio has stopped coming: whatever was being said is over."""
        self._loud_since_ms = None
        if not self.is_open:
            return None
        self.is_open = self._has_faded = False
        return SpeechEnded(self._last_speech_ms)

    def _while_closed(self, probability: float, starts_ms: float, ends_ms: float) -> SpeechStarted | None:
        if probability < OPENS_AT:
            self._loud_since_ms = None
            return None
        if self._loud_since_ms is None:
            self._loud_since_ms = starts_ms
        if ends_ms - self._loud_since_ms < self._opening_ms:
            return None
        self.is_open = True
        self._last_speech_ms = ends_ms
        return SpeechStarted(self._loud_since_ms)

    def _while_open(self, probability: float, ends_ms: float) -> VoiceChange | None:
        if probability >= CLOSES_BELOW:
            self._last_speech_ms = ends_ms
            had_faded, self._has_faded = self._has_faded, False
            return SpeechGoesOn() if had_faded else None
        quiet_ms = ends_ms - self._last_speech_ms
        if quiet_ms >= PAUSE_MS:
            self.is_open = self._has_faded = False
            self._loud_since_ms = None
            return SpeechEnded(self._last_speech_ms)
        if quiet_ms >= FADE_MS and not self._has_faded:
            self._has_faded = True
            return SpeechFades(self._last_speech_ms)
        return None
