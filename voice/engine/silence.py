"""Policy: what the agent does when nobody says anything, and how long a call may last."""

from __future__ import annotations

from voice.core.spec import LimitsSpec


class Silence:
    """Counts from the last thing that was said. Whether this is a silence at all, others decide."""

    def __init__(self, limits: LimitsSpec, now_ms: float) -> None:
        self._limits = limits
        self._started_ms = now_ms
        self._silent_since_ms = now_ms
        self._reminded_at_ms = now_ms
        self._reminders = 0

    def broken(self, now_ms: float) -> None:
        """Somebody spoke: the next silence begins here."""
        self._silent_since_ms = self._reminded_at_ms = now_ms
        self._reminders = 0

    def reminding(self, now_ms: float) -> None:
        """A reminder is being given. It spaces the next one, but the caller has been silent all along."""
        self._reminded_at_ms = now_ms
        self._reminders += 1

    def reminded(self, now_ms: float) -> None:
        """The reminder has been heard: from here on the next one is counted."""
        self._reminded_at_ms = now_ms

    @property
    def reminder_due_ms(self) -> float | None:
        if not self._limits.reminder_s or self._reminders >= self._limits.reminders:
            return None
        return self._reminded_at_ms + self._limits.reminder_s * 1000

    @property
    def hang_up_due_ms(self) -> float | None:
        if not self._limits.hang_up_s:
            return None
        return self._silent_since_ms + self._limits.hang_up_s * 1000

    @property
    def longest_call_due_ms(self) -> float:
        return self._started_ms + self._limits.max_call_s * 1000
