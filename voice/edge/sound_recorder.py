"""Keeps what both sides of a call heard, in segments that leave the process while the call goes on."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial

from calls.recordings.storage import segment_save
from voice.audio.sound_log import (
    AgentSound,
    CallerSound,
    Entry,
    Formats,
    Over,
    Played,
    Stopped,
    segment_bytes,
)
from voice.core.audio import AudioFormat, Encoding
from voice.core.clock import now_ms
from voice.core.events import AudioIn, AudioOut, AudioStop, ClientEvent, Heard, SessionEnded, SessionEvent
from voice.core.spec import SessionSpec
from voice.engine.playout import FILE_LAG_MS, FIRST_FILE_LAG_MS

logger = logging.getLogger(__name__)

SEGMENT_S = 10.0
SAVE_LIMIT_S = 20.0
# While a store refuses or hangs: some 40 s of a browser's call, two minutes of a phone's.
MOST_WAITING_BYTES = 3 * 1024 * 1024
# Apart from those of database and conversations: a bucket that hangs holds up nothing but recordings.
_threads = ThreadPoolExecutor(4, thread_name_prefix="edge-sound")


class SoundRecorder:
    """One call's. `came` and `went` only note; a task of its own stores what was noted until `close`."""

    def __init__(self, spec: SessionSpec, started_ms: float) -> None:
        """`started_ms`: where the recording's time begins."""
        agent = AudioFormat(Encoding.PCM_S16LE, spec.audio_out.rate_hz)
        self._formats = Formats(spec.audio_in, agent)
        self._call_id = spec.call_id
        self._started_ms = started_ms
        self._entries: list[Entry] = []
        self._entry_bytes = 0
        self._segments: deque[tuple[int, list[Entry], int]] = deque()
        self._next_index = 0
        self._has_file_sounded = False
        self._is_closing = asyncio.Event()
        self.lost_segments = 0
        self._writer = asyncio.create_task(self._write_regularly(), name=f"sound of {spec.call_id}")

    def came(self, event: ClientEvent) -> None:
        match event:
            case AudioIn(audio):
                self._note(CallerSound(self._now_ms(), audio), len(audio))
            case Heard(position_ms):
                self._note(Played(self._now_ms(), position_ms))
            case _:
                pass

    def went(self, event: SessionEvent, *, is_client_there: bool) -> None:
        """What has just been sent, if the client was still there to be sent it."""
        match event:
            case AudioOut() if is_client_there:
                audio = event.sound or event.audio
                self._note(AgentSound(self._now_ms() + self._lag_ms(event), audio), len(audio))
            case AudioStop(played_ms=played_ms):
                self._note(Stopped(self._now_ms(), played_ms))
            case SessionEnded():
                self._note(Over(self._now_ms()))
            case _:
                pass

    async def close(self) -> None:
        """Stores what is left, if the store takes it. Nothing is noted afterwards."""
        self._is_closing.set()
        await self._writer

    def _now_ms(self) -> float:
        return now_ms() - self._started_ms

    def _lag_ms(self, event: AudioOut) -> float:
        """Of a client that decodes files first, and may say later how far it really is."""
        if not event.sound:
            return 0.0
        lag_ms = FILE_LAG_MS if self._has_file_sounded else FIRST_FILE_LAG_MS
        self._has_file_sounded = True
        return lag_ms

    def _note(self, entry: Entry, size: int = 0) -> None:
        self._entries.append(entry)
        self._entry_bytes += size

    async def _write_regularly(self) -> None:
        is_closing = False
        while not is_closing:
            try:
                async with asyncio.timeout(SEGMENT_S):
                    await self._is_closing.wait()
                is_closing = True
            except TimeoutError:
                pass
            self._end_segment()
            await self._store_segments()
        self.lost_segments += len(self._segments)
        self._segments.clear()
        if self.lost_segments:
            logger.error("%d segments of a recording could not be stored", self.lost_segments)

    def _end_segment(self) -> None:
        if self._entries:
            self._segments.append((self._next_index, self._entries, self._entry_bytes))
            self._next_index += 1
            self._entries, self._entry_bytes = [], 0
        while len(self._segments) > 1 and sum(size for _, _, size in self._segments) > MOST_WAITING_BYTES:
            self._segments.popleft()
            self.lost_segments += 1

    async def _store_segments(self) -> None:
        """In order, up to the first that the store does not take: the next round tries it again."""
        while self._segments:
            index, entries, _ = self._segments[0]
            work = partial(_store, self._call_id, index, self._formats, entries)
            try:
                async with asyncio.timeout(SAVE_LIMIT_S):
                    await asyncio.get_running_loop().run_in_executor(_threads, copy_context().run, work)
            except Exception as error:  # noqa: BLE001  # each store's client has errors of its own
                logger.error("a segment of a recording was not stored: %s", type(error).__name__)
                return
            self._segments.popleft()


def _store(call_id: str, index: int, formats: Formats, entries: list[Entry]) -> None:
    segment_save(call_id, index, segment_bytes(formats, entries))
