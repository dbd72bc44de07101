"""What the session has to tell its client, bounded: a slow client slows the agent, not the memory."""

from __future__ import annotations

from collections import deque

from voice.core.clock import now_ms
from voice.core.events import AudioOut, SessionEvent, TranscriptOut
from voice.engine.bell import Bell

AUDIO_LIMIT_MS = 1_000.0
# Far more than a client that is alive leaves lying; beyond it interim transcripts are left out.
EVENTS_LIMIT = 1_000


class Outbox:
    """One reader takes events in order. Audio waits for room; everything else is always taken."""

    def __init__(self) -> None:
        self._events: deque[SessionEvent] = deque()
        self._audio_ms = 0.0
        self._audio_events = 0
        self._changed = Bell()
        self._reader_waits = False
        self._stirred_ms = 0.0
        self.dropped = 0

    def put(self, event: SessionEvent) -> None:
        """Never waits. Past the bound only interim transcripts are dropped: the next one repeats them."""
        if len(self._events) >= EVENTS_LIMIT and isinstance(event, TranscriptOut) and not event.is_final:
            self.dropped += 1
            return
        self._append(event)

    async def put_audio(self, event: AudioOut) -> None:
        """Waits while the reader has enough lying there. A file longer than the bound goes in by itself."""
        while self._audio_events and self._audio_ms + event.duration_ms > AUDIO_LIMIT_MS:
            await self._changed.wait()
        self._audio_ms += event.duration_ms
        self._audio_events += 1
        self._append(event)

    def drop_audio(self) -> float:
        """Take back audio that has not been sent. Returns how many milliseconds of it there were."""
        dropped_ms = self._audio_ms
        if self._audio_events:
            self._events = deque(event for event in self._events if not isinstance(event, AudioOut))
            self._audio_ms, self._audio_events = 0.0, 0
            self._changed.ring()
        return dropped_ms

    async def take(self) -> SessionEvent:
        self._stirred_ms = now_ms()
        while not self._events:
            self._reader_waits = True
            try:
                await self._changed.wait()
            finally:
                self._reader_waits = False
        self._stirred_ms = now_ms()
        event = self._events.popleft()
        if isinstance(event, AudioOut):
            self._audio_ms -= event.duration_ms
            self._audio_events -= 1
            self._changed.ring()
        return event

    def stuck_ms(self) -> float:
        """For how long events have been lying there without the reader coming for one."""
        return now_ms() - self._stirred_ms if self._events and not self._reader_waits else 0.0

    def _append(self, event: SessionEvent) -> None:
        if not self._events and not self._stirred_ms:
            self._stirred_ms = now_ms()
        self._events.append(event)
        self._changed.ring()
