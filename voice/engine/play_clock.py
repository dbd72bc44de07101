"""What the caller has heard of the sound sent: by time, and by the client's word where it gives it."""

from __future__ import annotations

# A client that claims to be further behind than this is not believed.
LARGEST_LAG_MS = 2_000.0


class PlayClock:
    """One uninterrupted run of sound. The client plays what arrives at once, or after what it still has."""

    def __init__(self) -> None:
        self.sent_ms = 0.0
        # When all that was sent would be over at a client without any delay.
        self._ends_at_ms = 0.0
        # How far the client is behind that, as it says or as is assumed of it.
        self._lag_ms = 0.0
        self._is_told = False

    def sent(self, duration_ms: float, now_ms: float) -> None:
        self._ends_at_ms = max(self._ends_at_ms, now_ms) + duration_ms
        self.sent_ms += duration_ms

    def assume_lag(self, lag_ms: float) -> None:
        """Of a client that has not said how far it is."""
        if not self._is_told:
            self._lag_ms = lag_ms

    def unsent(self, duration_ms: float) -> None:
        """Sound that was counted as sent never left."""
        self.sent_ms = max(0.0, self.sent_ms - duration_ms)
        self._ends_at_ms -= duration_ms

    def lead_ms(self, now_ms: float) -> float:
        """How much the client has in store, going by time alone, so that its delay does not starve it."""
        return max(0.0, self._ends_at_ms - now_ms)

    @property
    def heard_by_ms(self) -> float:
        """When all that was sent will have been heard."""
        return self._ends_at_ms + self._lag_ms

    def heard_ms(self, now_ms: float) -> float:
        return min(self.sent_ms, max(0.0, self.sent_ms - max(0.0, self.heard_by_ms - now_ms)))

    def acknowledge(self, position_ms: float, now_ms: float) -> None:
        """The client has played `position_ms` of this run."""
        if not self.sent_ms:
            return
        self._is_told = True
        left_ms = max(0.0, self.sent_ms - position_ms)
        if left_ms or now_ms < self.heard_by_ms:
            self._lag_ms = min(max(now_ms + left_ms - self._ends_at_ms, 0.0), LARGEST_LAG_MS)
