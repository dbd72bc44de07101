"""Brings an utterance to the caller in real time: as paced frames, or as one file after another."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable

from voice.audio.fade import faded_in
from voice.audio.mp3 import encode_mp3
from voice.core.clock import now_ms
from voice.engine.bell import Bell
from voice.engine.play_clock import PlayClock
from voice.engine.spoken import Piece, SpokenText

FRAME_MS = 20.0
# Once there is more, it leaves in larger pieces: each costs as much as three times the sound in it.
LONGEST_FRAME_MS = 60.0
# What the client has in store: every stall shorter than this is inaudible, every interruption this much late.
LEAD_MS = 200.0
# Encoding what is longer would keep the event loop for more than a few milliseconds.
ENCODE_INLINE_MS = 2_000.0
# Between sending a file and its first sound lie the way to the client and its decoder, which is slow to
# start in a browser. The next file must not overlap the one before, nor come late enough to be noticed.
FIRST_FILE_LAG_MS = 125.0
FILE_LAG_MS = 45.0

# With the piece, its audio, its length in ms and, of a file, the PCM that it was made of.
SendAudio = Callable[[Piece, bytes, float, bytes], Awaitable[None]]


class Playout(ABC):
    """One utterance's way to the caller. `run` may be cancelled, and begun again elsewhere with `begins`."""

    def __init__(
        self,
        spoken: SpokenText,
        send: SendAudio,
        sounds: Callable[[Piece], None],
        progress: Callable[[], None],
    ) -> None:
        self._spoken = spoken
        self._send = send
        self._sounds = sounds
        self._progress = progress
        # Whether nothing has sounded at this client before; known when it is released.
        self.is_first = False
        self._origin_ms = 0.0
        self.clock = PlayClock()
        self.acknowledged = Bell()
        self._last_begun: Piece | None = None

    @property
    def heard_ms(self) -> float:
        """The position in the utterance up to which the caller has heard it."""
        return self._origin_ms + self.clock.heard_ms(now_ms())

    @property
    def sent_ms(self) -> float:
        """The position up to which it has been sent."""
        return self._origin_ms + self.clock.sent_ms

    def begins(self, from_ms: float) -> None:
        """The next run plays from this position. Whoever stops it before its first step has heard nothing."""
        self._origin_ms = from_ms
        self.clock = PlayClock()

    async def run(self) -> None:
        """Returns when everything has been heard."""
        await self._play()
        await self._until_heard()

    def where_to_resume(self, heard_ms: float) -> float:
        return heard_ms

    @abstractmethod
    async def _play(self) -> None:
        """Send everything."""

    async def _until_heard(self) -> None:
        while (left_ms := self.clock.heard_by_ms - now_ms()) > 0:
            await self.acknowledged.wait(left_ms)

    async def _emit(self, piece: Piece, audio: bytes, duration_ms: float, sound: bytes = b"") -> None:
        await self._send(piece, audio, duration_ms, sound)
        self.clock.sent(duration_ms, now_ms())
        if piece is not self._last_begun:
            self._last_begun = piece
            self._sounds(piece)
        self._spoken.changed.ring()  # there may be room for more
        self._progress()
        await asyncio.sleep(0)  # this one leaves before the next one is made: the first is what is waited for


class FramePlayout(Playout):
    """16-bit PCM in frames of 20 to 60 ms, as much as there is, against absolute deadlines: after a stall it
    catches up to its lead."""

    async def _play(self) -> None:
        index = 0
        skip_ms = self._origin_ms
        while True:
            if index >= len(self._spoken.pieces):
                if self._spoken.is_complete:
                    return
                await self._spoken.changed.wait()
                continue
            piece = self._spoken.pieces[index]
            if piece.is_complete and piece.starts_ms + piece.duration_ms <= skip_ms:
                index += 1
                continue
            at = self._spoken.audio.size_bytes(max(0.0, skip_ms - piece.starts_ms))
            await self._play_piece(piece, at, is_resumed=at > 0)
            index += 1

    async def _play_piece(self, piece: Piece, at: int, *, is_resumed: bool) -> None:
        while True:
            early_ms = self.clock.lead_ms(now_ms()) - LEAD_MS
            if early_ms > 0:
                await asyncio.sleep(early_ms / 1000)
            frame = self._frame(piece, at)
            if frame is None:
                await self._spoken.changed.wait()
                continue
            if not frame:
                return
            at += len(frame)
            if is_resumed:
                frame, is_resumed = faded_in(frame, self._spoken.audio.rate_hz), False
            await self._emit(piece, frame, self._spoken.audio.duration_ms(len(frame)))

    def _frame(self, piece: Piece, at: int) -> bytes | None:
        """Whole times 20 ms but at the piece's end; empty behind it, None where more has to come first."""
        audio = self._spoken.audio
        frame = bytes(piece.audio[at : at + audio.size_bytes(LONGEST_FRAME_MS)])
        if piece.is_complete:
            return frame
        return frame[: len(frame) - len(frame) % audio.size_bytes(FRAME_MS)] or None


class FilePlayout(Playout):
    """One complete MP3 a piece, for a client that plays what arrives at once: never two that overlap."""

    def where_to_resume(self, heard_ms: float) -> float:
        return self._spoken.word_start_ms(heard_ms)

    async def _play(self) -> None:
        index = 0
        while True:
            if index < len(self._spoken.pieces) and self._spoken.pieces[index].is_complete:
                await self._play_piece(self._spoken.pieces[index])
                index += 1
            elif index >= len(self._spoken.pieces) and self._spoken.is_complete:
                return
            else:
                await self._spoken.changed.wait()

    async def _play_piece(self, piece: Piece) -> None:
        skip_ms = max(0.0, self._origin_ms - piece.starts_ms)
        pcm = bytes(piece.audio[self._spoken.audio.size_bytes(skip_ms) :])
        if not pcm:
            return
        if skip_ms:
            pcm = faded_in(pcm, self._spoken.audio.rate_hz)
        duration_ms = self._spoken.audio.duration_ms(len(pcm))
        is_long = duration_ms > ENCODE_INLINE_MS
        file = await asyncio.to_thread(encode_mp3, pcm) if is_long else encode_mp3(pcm)
        await self._until_heard()
        self.clock.assume_lag(FIRST_FILE_LAG_MS if self.is_first else FILE_LAG_MS)
        self.is_first = False
        await self._emit(piece, file, duration_ms, pcm)
