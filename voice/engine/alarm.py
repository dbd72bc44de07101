"""Wakes the turn machine when its next rule falls due."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

# It must not go off a rounding error before what it is for: it would be set again and again.
ROUNDING_S = 1e-6


class Alarm:
    def __init__(self, goes_off: Callable[[], None]) -> None:
        self._goes_off = goes_off
        self._timer: asyncio.TimerHandle | None = None

    def set(self, at_ms: float | None) -> None:
        """Instead of whatever it was set to before; None stops it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if at_ms is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(at_ms / 1000 + ROUNDING_S, self._goes_off)
