"""The agent's side of a recording: what was sent and not taken back, where the caller heard it.

A run is sound that a client plays without a break: what arrives while it still has some. When it was heard
follows from when it was sent and from how far the client is behind, which it tells by how much it has played.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

# A client that claims to be further off than this is not believed.
LARGEST_LAG_MS = 2_000.0
MOST_AHEAD_MS = 200.0
# A position this near to the end of a run may have been told any time after it.
END_MS = 5.0


@dataclass(slots=True)
class _Run:
    """`sent_at_ms`: when it would begin without any delay; `before_ms`: all the client had played then."""

    sent_at_ms: float
    before_ms: float
    duration_ms: float = 0.0
    pieces: deque[bytes] = field(default_factory=deque)
    lag_ms: float | None = None
    # No less than it can have been, told after the run's end.
    lag_limit_ms: float | None = None
    stopped_ms: float | None = None
    told_heard_ms: float = 0.0
    # In samples of the track, once it is placed, and how much of it has been taken.
    begins: int | None = None
    taken: int = 0

    @property
    def sent_until_ms(self) -> float:
        return self.sent_at_ms + self.duration_ms


class AgentTrack:
    """16-bit PCM. Everything is told in the order it happened."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._runs: deque[_Run] = deque()
        self._last: _Run | None = None
        # What the client had played of everything when the next run begins, where that is not all of it.
        self._before_ms: float | None = 0.0
        self._lag_ms: float | None = None
        self._taken = 0

    @property
    def end_ms(self) -> float:
        """Of all that was sent."""
        return max([self._taken * 1000 / self._rate_hz, *(self._heard_until_ms(run) for run in self._runs)])

    def sent(self, at_ms: float, pcm: bytes) -> None:
        run = self._last
        if run is None or run.stopped_ms is not None or at_ms > run.sent_until_ms:
            before_ms = self._before_ms
            if before_ms is None:
                before_ms = run.before_ms + run.duration_ms if run is not None else 0.0
            run = self._last = _Run(at_ms, before_ms)
            self._before_ms = None
            self._runs.append(run)
        run.pieces.append(pcm[: len(pcm) // 2 * 2])
        run.duration_ms += len(pcm) // 2 * 1000 / self._rate_hz

    def stopped(self, at_ms: float, played_ms: float | None = None) -> None:
        """What would be heard from now on is not. `played_ms`: of everything, by the sender's count."""
        for run in self._runs:
            if run.stopped_ms is None:
                run.stopped_ms = at_ms
        if self._last is not None and self._last.stopped_ms is None:
            self._last.stopped_ms = at_ms
        if played_ms is not None:
            self._before_ms = played_ms

    def played(self, at_ms: float, position_ms: float) -> None:
        run = self._last
        if run is None:
            return
        into_ms = position_ms - run.before_ms
        if run.stopped_ms is not None:
            if 0 <= into_ms <= run.duration_ms + END_MS:
                run.told_heard_ms = max(run.told_heard_ms, into_ms)
            self._before_ms = position_ms
            return
        if not 0 < into_ms <= run.duration_ms + END_MS:
            return
        lag_ms = at_ms - run.sent_at_ms - into_ms
        if not -MOST_AHEAD_MS <= lag_ms <= LARGEST_LAG_MS:
            return
        if into_ms < run.duration_ms - END_MS:
            run.lag_ms = lag_ms if run.lag_ms is None else min(lag_ms, run.lag_ms)
        run.lag_limit_ms = lag_ms if run.lag_limit_ms is None else min(lag_ms, run.lag_limit_ms)

    def take(self, until_ms: float) -> bytes:
        """The track from where it was last taken. What is told of an earlier time from now on is too late."""
        until = round(until_ms * self._rate_hz / 1000)
        taken = bytearray()
        while self._runs and self._taken < until:
            run = self._runs[0]
            if run.begins is None:
                begins = round((run.sent_at_ms + self._lag_of(run)) * self._rate_hz / 1000)
                if begins >= until:
                    break
                self._lag_ms = self._lag_of(run)
                run.begins = max(begins, self._taken)
            taken += bytes(2 * max(0, run.begins + run.taken - self._taken))
            self._taken = max(self._taken, run.begins + run.taken)
            sound = self._sound_of(run, until - self._taken)
            taken += sound
            run.taken += len(sound) // 2
            self._taken += len(sound) // 2
            if self._taken < until:
                run.pieces.clear()
                self._runs.popleft()
        if self._taken < until:
            taken += bytes(2 * (until - self._taken))
            self._taken = until
        return bytes(taken)

    def _sound_of(self, run: _Run, most: int) -> bytes:
        count = most
        if run.stopped_ms is not None and run.begins is not None:
            by_time = round(run.stopped_ms * self._rate_hz / 1000) - run.begins
            by_word = round(run.told_heard_ms * self._rate_hz / 1000)
            count = max(0, min(most, max(by_time, by_word) - run.taken))
        sound = bytearray()
        while count * 2 > len(sound) and run.pieces:
            piece = run.pieces.popleft()
            left = count * 2 - len(sound)
            sound += piece[:left]
            if len(piece) > left:
                run.pieces.appendleft(piece[left:])
        return bytes(sound)

    def _lag_of(self, run: _Run) -> float:
        if run.lag_ms is not None:
            return min(run.lag_ms, LARGEST_LAG_MS if run.lag_limit_ms is None else run.lag_limit_ms)
        known = [lag for lag in (self._lag_ms, run.lag_limit_ms) if lag is not None]
        return min(known, default=0.0)

    def _heard_until_ms(self, run: _Run) -> float:
        begins_ms = run.sent_at_ms + self._lag_of(run)
        if run.begins is not None:
            begins_ms = run.begins * 1000 / self._rate_hz
        if run.stopped_ms is None:
            return begins_ms + run.duration_ms
        return min(begins_ms + run.duration_ms, max(run.stopped_ms, begins_ms + run.told_heard_ms))
