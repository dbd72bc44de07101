"""The caller's side of a recording: each piece of sound where it was spoken, silence where nothing came.

Sound is known by when it came, which is never before it was spoken: of all that comes within a second, what
was least late tells when it was. So a stall of the line moves nothing, a gap stays a gap, and a client whose
clock is off by some seconds a day is put right in small steps, where it is quiet if that can be.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from voice.audio.pcm import samples_of

# In which the line has its least delay once. What comes later than this after it was spoken is placed late.
WINDOW_MS = 1_000.0
# What is off by less is put right where it is quiet; sound that never came is at least as long.
GAP_MS = 25.0
EARLY_MS = 40.0
STEP_MS = 2.0
# Ahead by more, it is no clock that is off, but a client that sends faster than anybody speaks.
BURST_MS = 1_000.0
QUIET_PEAK = 400


@dataclass(frozen=True, slots=True)
class _Piece:
    """`begins_ms` counts the sound alone; `late_ms` is what has to be added to it at most."""

    at_ms: float
    begins_ms: float
    late_ms: float
    pcm: bytes


class CallerTrack:
    """16-bit PCM. Pieces are given in the order they came."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._sound_ms = 0.0
        self._pieces: deque[_Piece] = deque()
        # Those among the next `_ahead` pieces that could be the least late, the least late first.
        self._least: deque[_Piece] = deque()
        self._ahead = 0
        # What lies from the last sample taken on.
        self._placed = bytearray()
        self._taken = 0

    @property
    def end_ms(self) -> float:
        """Of what has been placed."""
        return (self._taken + len(self._placed) // 2) * 1000 / self._rate_hz

    def came(self, at_ms: float, pcm: bytes) -> None:
        pcm = pcm[: len(pcm) // 2 * 2]
        duration_ms = len(pcm) * 500 / self._rate_hz
        begins_ms, self._sound_ms = self._sound_ms, self._sound_ms + duration_ms
        self._pieces.append(_Piece(at_ms, begins_ms, at_ms - self._sound_ms, pcm))

    def take(self, until_ms: float) -> bytes:
        """The track from where it was last taken. What comes after this is placed after it."""
        while self._pieces and self.end_ms < until_ms and self._begins_ms() < until_ms:
            self._place()
        count = max(0, round(until_ms * self._rate_hz / 1000) - self._taken)
        taken = bytes(self._placed[: count * 2]).ljust(count * 2, b"\0")
        del self._placed[: count * 2]
        self._taken += count
        return taken

    def place_all(self) -> None:
        """No more will come."""
        while self._pieces:
            self._place()

    def _begins_ms(self) -> float:
        """Where the next piece belongs."""
        piece = self._pieces[0]
        while self._ahead < len(self._pieces):
            candidate = self._pieces[self._ahead]
            if candidate.at_ms > piece.at_ms + WINDOW_MS:
                break
            while self._least and self._least[-1].late_ms >= candidate.late_ms:
                self._least.pop()
            self._least.append(candidate)
            self._ahead += 1
        return piece.begins_ms + self._least[0].late_ms

    def _place(self) -> None:
        piece = self._pieces[0]
        off_ms = self._begins_ms() - self.end_ms
        if self._least[0] is piece:
            self._least.popleft()
        self._pieces.popleft()
        self._ahead -= 1
        pcm = piece.pcm
        is_step = abs(off_ms) >= STEP_MS and _is_quiet(pcm)
        if off_ms >= GAP_MS or (is_step and off_ms > 0):
            self._placed += bytes(2 * round(off_ms * self._rate_hz / 1000))
        elif (off_ms <= -EARLY_MS and off_ms > -BURST_MS) or (is_step and off_ms < 0):
            pcm = pcm[2 * round(-off_ms * self._rate_hz / 1000) :]
        self._placed += pcm


def _is_quiet(pcm: bytes) -> bool:
    sound = samples_of(pcm)
    return not len(sound) or (int(sound.max()) < QUIET_PEAK and int(sound.min()) > -QUIET_PEAK)
