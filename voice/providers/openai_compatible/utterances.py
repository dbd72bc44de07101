"""The caller's sound cut into utterances: from shortly before a voice began to where the caller paused."""

from __future__ import annotations

from collections import deque

from voice.core.audio import AudioFormat

# The onset lies so far back at most when the voice detector tells of it.
ONSET_MS = 500.0
# Whisper hears half a minute at once; nobody speaks for so long without a pause.
LONGEST_MS = 30_000.0


class Utterances:
    """Bounded: of an utterance that is too long the oldest sound goes, and is counted."""

    def __init__(self, audio: AudioFormat) -> None:
        self._audio = audio
        self._sound: deque[bytes] = deque()
        self._size_bytes = 0
        self.is_open = False
        self.dropped_ms = 0.0

    @property
    def length_ms(self) -> float:
        return self._audio.duration_ms(self._size_bytes)

    @property
    def sound(self) -> bytes:
        """Of the utterance so far."""
        return b"".join(self._sound)

    def hear(self, audio: bytes) -> None:
        self._sound.append(audio)
        self._size_bytes += len(audio)
        while self.length_ms > (LONGEST_MS if self.is_open else ONSET_MS) and len(self._sound) > 1:
            dropped = self._sound.popleft()
            self._size_bytes -= len(dropped)
            if self.is_open:
                self.dropped_ms += self._audio.duration_ms(len(dropped))

    def begin(self) -> None:
        self.is_open = True

    def end(self) -> bytes:
        """The utterance; empty where no voice has begun. What follows is another one's."""
        sound = self.sound if self.is_open else b""
        self.is_open = False
        self._sound.clear()
        self._size_bytes = 0
        return sound
