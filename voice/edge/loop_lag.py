"""How late the event loop comes: one task measures it all the time, since every call waits for as long."""

from __future__ import annotations

import asyncio
import logging

from prometheus_client import Histogram

from voice.core.clock import now_ms

logger = logging.getLogger(__name__)

EVERY_MS = 20.0
# A frame of sound lasts for 20 ms: later than this and callers hear it.
NOTEWORTHY_MS = 100.0
LEAST_BETWEEN_WARNINGS_MS = 10_000.0
LAG = Histogram(
    "voicex_event_loop_lag_seconds",
    "How much later than asked for a task of the event loop was woken.",
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0),
)


async def watch_loop() -> None:
    """Runs until it is cancelled."""
    warned_at_ms, worst_ms, late_times = float("-inf"), 0.0, 0
    while True:
        due_ms = now_ms() + EVERY_MS
        await asyncio.sleep(EVERY_MS / 1000)
        late_ms = max(0.0, now_ms() - due_ms)
        LAG.observe(late_ms / 1000)
        if late_ms < NOTEWORTHY_MS:
            continue
        worst_ms, late_times = max(worst_ms, late_ms), late_times + 1
        if now_ms() - warned_at_ms >= LEAST_BETWEEN_WARNINGS_MS:
            logger.warning(
                "the event loop was held up for %.0f ms (%d times since the last such line)",
                worst_ms,
                late_times,
            )
            warned_at_ms, worst_ms, late_times = now_ms(), 0.0, 0
