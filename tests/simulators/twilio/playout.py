"""What the caller hears of a stream: audio is buffered without limit and played in order, in real time."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

SILENCE = 0xFF
BYTES_A_SECOND = 8_000
FRAME_S = 0.02
# Shorter is arithmetic; longer is a pause that the agent makes, no hole in what it says.
SHORTEST_HOLE_S, LONGEST_HOLE_S = 1e-6, 1.0


@dataclass(slots=True)
class Piece:
    """Sound that is heard from `starts_s` on: μ-law, as much as was not cleared."""

    starts_s: float
    sound: bytes

    @property
    def ends_s(self) -> float:
        return self.starts_s + len(self.sound) / BYTES_A_SECOND


@dataclass(frozen=True, slots=True)
class Hole:
    """The buffer ran empty at `at_s` and was silent for so long before the agent went on."""

    at_s: float
    lasted_s: float


@dataclass(slots=True)
class Playout:
    """One stream's buffer. Whoever uses it tells the time; all instants are of one clock, in seconds.

    An empty buffer begins to play on the next tick of 20 ms, as packets leave a telephone exchange.
    """

    begins_s: float
    pieces: list[Piece] = field(default_factory=list)
    holes: list[Hole] = field(default_factory=list)
    clears_s: list[float] = field(default_factory=list)
    most_buffered_ms: float = 0.0
    ends_s: float = 0.0
    _marks: deque[tuple[float, str]] = field(default_factory=deque)
    _was_cleared: bool = True

    def play(self, sound: bytes, now_s: float) -> float:
        """When it will begin to sound."""
        starts_s = self.ends_s
        if now_s >= self.ends_s:
            starts_s = self._next_tick(now_s)
            silent_s = starts_s - self.ends_s
            if not self._was_cleared and SHORTEST_HOLE_S < silent_s < LONGEST_HOLE_S:
                self.holes.append(Hole(self.ends_s, silent_s))
        self._was_cleared = False
        self.pieces.append(Piece(starts_s, sound))
        self.ends_s = self.pieces[-1].ends_s
        self.most_buffered_ms = max(self.most_buffered_ms, self.buffered_ms(now_s))
        return starts_s

    def mark(self, name: str) -> None:
        """Comes back when all that was sent before it has been heard."""
        self._marks.append((self.ends_s, name))

    def clear(self, now_s: float) -> list[str]:
        """Drops what has not been heard; the marks that waited come back at once."""
        self.clears_s.append(now_s)
        self.stop(now_s)
        names = [name for _, name in self._marks]
        self._marks.clear()
        return names

    def stop(self, now_s: float) -> None:
        """What has not been heard by now never will be."""
        self._was_cleared = True
        while self.pieces and self.pieces[-1].starts_s >= now_s:
            self.pieces.pop()
        if self.ends_s > now_s:
            if self.pieces:
                last = self.pieces[-1]
                last.sound = last.sound[: round((now_s - last.starts_s) * BYTES_A_SECOND)]
            self.ends_s = now_s

    def marks_due(self, now_s: float) -> list[str]:
        """In order; each is told once."""
        due = []
        while self._marks and self._marks[0][0] <= now_s:
            due.append(self._marks.popleft()[1])
        return due

    @property
    def next_mark_s(self) -> float | None:
        return self._marks[0][0] if self._marks else None

    def buffered_ms(self, now_s: float) -> float:
        return max(0.0, self.ends_s - now_s) * 1000

    def is_silent(self, now_s: float) -> bool:
        return now_s >= self.ends_s

    def heard(self, since_s: float, until_s: float) -> bytes:
        """The μ-law timeline between two instants, silence where there was none."""
        line = bytearray([SILENCE]) * round((until_s - since_s) * BYTES_A_SECOND)
        for piece in self.pieces:
            at = round((piece.starts_s - since_s) * BYTES_A_SECOND)
            sound = piece.sound[max(0, -at) :]
            at = max(0, at)
            sound = sound[: max(0, len(line) - at)]
            line[at : at + len(sound)] = sound
        return bytes(line)

    def _next_tick(self, now_s: float) -> float:
        ticks, rest_s = divmod(now_s - self.begins_s, FRAME_S)
        return self.begins_s + (ticks + (rest_s > 1e-9)) * FRAME_S
