"""Tells the process that holds a call, at once, that there is something for it to read in the database."""

from __future__ import annotations

import asyncio
import logging

import redis
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings

logger = logging.getLogger(__name__)

GROUP = "live-calls"
TIME_LIMIT_S = 1.0


def announce(call_id: str) -> None:
    """Over the channel layer, if it reaches other processes. A lost one costs a second: they ask anyway."""
    if not settings.REDIS_URL:
        return
    try:
        async_to_sync(_send)(call_id)
    except (OSError, redis.RedisError) as error:
        logger.warning("a command could not be announced: %s", type(error).__name__)


async def _send(call_id: str) -> None:
    layer = get_channel_layer()
    if layer is not None:
        async with asyncio.timeout(TIME_LIMIT_S):
            await layer.group_send(GROUP, {"type": "call.commanded", "call_id": call_id})
