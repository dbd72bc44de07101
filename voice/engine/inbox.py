"""What the client has sent and the session has not yet looked at: bounded, the oldest sound goes first."""

from __future__ import annotations

from collections import deque

from voice.core.audio import AudioFormat
from voice.core.events import AudioIn, ClientEvent
from voice.engine.bell import Bell

AUDIO_LIMIT_MS = 2_000.0
EVENTS_LIMIT = 256


class Inbox:
    def __init__(self, audio: AudioFormat) -> None:
        self._audio = audio
        self._events: deque[ClientEvent] = deque()
        self._audio_ms = 0.0
        self._arrived = Bell()
        self.dropped_ms = 0.0
        self.dropped_events = 0

    def put(self, event: ClientEvent) -> None:
        """Never waits and never raises."""
        if isinstance(event, AudioIn):
            if not event.audio:
                return  # it has no length that a bound could be reached with
            self._audio_ms += self._audio.duration_ms(len(event.audio))
            self._events.append(event)
            while self._audio_ms > AUDIO_LIMIT_MS and self._drop_oldest_audio():
                pass
        elif len(self._events) < EVENTS_LIMIT:
            self._events.append(event)
        else:
            self.dropped_events += 1
        self._arrived.ring()

    async def take(self) -> ClientEvent:
        while not self._events:
            await self._arrived.wait()
        event = self._events.popleft()
        if isinstance(event, AudioIn):
            self._audio_ms -= self._audio.duration_ms(len(event.audio))
        return event

    def _drop_oldest_audio(self) -> bool:
        """The newest stays, however long it is. Returns whether there was anything to drop."""
        sounds = ((at, event) for at, event in enumerate(self._events) if isinstance(event, AudioIn))
        at, oldest = next(sounds, (-1, None))
        if oldest is None or at == len(self._events) - 1:
            return False
        del self._events[at]
        duration_ms = self._audio.duration_ms(len(oldest.audio))
        self._audio_ms -= duration_ms
        self.dropped_ms += duration_ms
        return True
