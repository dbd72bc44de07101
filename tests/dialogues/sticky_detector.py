"""A voice detector that does its work until it sticks."""

from __future__ import annotations

from collections.abc import Sequence

from voice.core.audio import AudioFormat
from voice.core.ports import VoiceActivity, VoiceActivityStream


class _StickyStream:
    def __init__(self, stream: VoiceActivityStream, activity: StickyActivity) -> None:
        self._stream = stream
        self._activity = activity

    @property
    def frame_ms(self) -> float:
        return self._stream.frame_ms

    def feed(self, sound: bytes) -> Sequence[float]:
        probabilities, stuck_at = self._stream.feed(sound), self._activity.sticks_at
        return probabilities if stuck_at is None else [stuck_at] * len(probabilities)


class StickyActivity:
    """`sticks_at`: the probability that it gives for ever from now on."""

    def __init__(self, activity: VoiceActivity) -> None:
        self._activity = activity
        self.sticks_at: float | None = None

    def open(self, audio: AudioFormat) -> _StickyStream:
        return _StickyStream(self._activity.open(audio), self)
