"""Listens on the channel layer for the calls that have been given a command."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable

import redis
from channels.layers import get_channel_layer

from calls.announcement import GROUP

logger = logging.getLogger(__name__)

# The layer forgets members of a group after a day.
JOIN_AGAIN_S = 3600.0
PAUSE_S = 5.0
LEAVE_S = 1.0


async def announced_calls(tell: Callable[[str], None]) -> None:
    """Until cancelled: `tell` gets the id of each call that is announced, of other processes' too."""
    while True:
        try:
            await _listen(tell)
        except (OSError, redis.RedisError) as error:
            # Meanwhile a command is found a second later.
            logger.warning("commands are not announced: %s", type(error).__name__)
        await asyncio.sleep(PAUSE_S * random.uniform(0.5, 1.5))


async def _listen(tell: Callable[[str], None]) -> None:
    layer = get_channel_layer()
    if layer is None:
        return
    channel = await layer.new_channel()
    try:
        while True:
            await layer.group_add(GROUP, channel)
            try:
                async with asyncio.timeout(JOIN_AGAIN_S):
                    while True:
                        tell(str((await layer.receive(channel)).get("call_id", "")))
            except TimeoutError:
                continue
    finally:
        async with asyncio.timeout(LEAVE_S):
            await layer.group_discard(GROUP, channel)
