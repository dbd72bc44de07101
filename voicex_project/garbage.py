"""When the garbage collector looks through all that is alive: every call waits as long as that takes."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from typing import Final

EVERY_S: Final = 1.0
# Of what is young, as many as Python itself lets pass between two full ones.
YOUNG_COLLECTIONS: Final = 10
# What calls leave behind grows, and so does how long it takes to clear away: 900 objects a call.
LONGEST_WAIT_S: Final = 60.0
NEVER: Final = 1_000_000


def collect_only_what_is_young() -> None:
    """From now on Python makes no full collection by itself."""
    gc.set_threshold(*gc.get_threshold()[:2], NEVER)


async def collect_between_calls(is_in_call: Callable[[], bool]) -> None:
    """Makes them instead, when nobody is in a call, or has been for a minute. Runs until it is cancelled."""
    loop = asyncio.get_running_loop()
    collected_s = loop.time()
    while True:
        await asyncio.sleep(EVERY_S)
        if gc.get_count()[2] < YOUNG_COLLECTIONS:
            continue
        if is_in_call() and loop.time() - collected_s < LONGEST_WAIT_S:
            continue
        gc.collect()
        collected_s = loop.time()
