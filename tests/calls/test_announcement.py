"""A command is announced to whoever listens, over the channel layer, when there is Redis."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import pytest_asyncio
from channels.layers import channel_layers
from django.conf import settings as configured

from calls.announcement import announce
from voice.edge.announcements import announced_calls

REDIS_URL = configured.REDIS_URL


@pytest_asyncio.fixture
async def layer(settings: Any) -> Any:
    settings.REDIS_URL = REDIS_URL
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {"hosts": [settings.REDIS_URL]},
        }
    }
    channel_layers.backends = {}
    yield
    channel_layers.backends = {}


@pytest.mark.skipif(not REDIS_URL, reason="REDIS_URL is not set")
async def test_whoever_listens_is_told_which_call_at_once(layer: None) -> None:
    told: asyncio.Queue[str] = asyncio.Queue()
    listeners = [asyncio.create_task(announced_calls(told.put_nowait)) for _ in range(2)]
    try:
        for number in range(20):  # until both have joined
            await asyncio.to_thread(announce, f"c{number}")
            await asyncio.sleep(0.05)
        heard = [told.get_nowait() for _ in range(told.qsize())]
        assert heard.count("c19") == 2
    finally:
        for listener in listeners:
            listener.cancel()
        await asyncio.gather(*listeners, return_exceptions=True)


async def test_a_redis_that_is_away_holds_nobody_up(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {"hosts": [settings.REDIS_URL]},
        }
    }
    channel_layers.backends = {}
    try:
        async with asyncio.timeout(3):
            await asyncio.to_thread(announce, "c1")
    finally:
        channel_layers.backends = {}
    assert "could not be announced" in caplog.text
