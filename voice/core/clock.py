"""The time a session lives by: the event loop's, so that tests can run a conversation in virtual time."""

from __future__ import annotations

import asyncio


def now_ms() -> float:
    """Milliseconds on the running loop's monotonic clock. Raises RuntimeError outside a loop."""
    return asyncio.get_running_loop().time() * 1000
