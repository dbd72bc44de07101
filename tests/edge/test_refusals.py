"""Refused connections are held for a second and counted by address, within bounds of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from voice.core.errors import Refusal, RefusalCode
from voice.edge.refusals import HOLD_S, MOST_A_MINUTE, MOST_ADDRESSES, MOST_HELD, Refusals
from voice.edge.socket import Socket
from voice.wire.browser import BrowserWire

REFUSAL = Refusal(RefusalCode.UNAUTHORISED, "No key.")


class SilentClient:
    """Never sends, reads everything, and notes what it got when."""

    def __init__(self) -> None:
        self.incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.incoming.put_nowait({"type": "websocket.connect"})
        self.got: list[tuple[float, str]] = []
        self.socket = Socket(self.incoming.get, self._send, BrowserWire())

    async def _send(self, message: dict[str, Any]) -> None:
        self.got.append((asyncio.get_running_loop().time(), message["type"].removeprefix("websocket.")))


async def open_client() -> SilentClient:
    client = SilentClient()
    await client.socket.accept()
    return client


async def refuse(refusals: Refusals, address: str = "10.0.0.1") -> float:
    """Seconds between the reason and the close."""
    client = await open_client()
    await refusals.refuse(client.socket, REFUSAL, address)
    (_, first), (told_at, second), (closed_at, third) = client.got
    assert (first, second, third) == ("accept", "send", "close")
    return closed_at - told_at


@pytest_asyncio.fixture
async def worn(refusals: Refusals) -> AsyncIterator[Refusals]:
    """An address has used up its refusals of this minute."""
    await asyncio.gather(*(refuse(refusals) for _ in range(MOST_A_MINUTE)))
    yield refusals


async def test_a_refusal_is_held_for_a_second(refusals: Refusals) -> None:
    assert await refuse(refusals) == pytest.approx(HOLD_S, abs=0.05)


async def test_a_client_that_follows_the_published_reconnection_is_never_locked_out(
    refusals: Refusals,
) -> None:
    """Its counter starts anew at each open, so it comes back a second after each close, for ever."""
    for _ in range(200):
        refusals.check("10.0.0.1")
        await refuse(refusals)
        await asyncio.sleep(1)


async def test_beyond_the_limit_an_address_is_refused_unasked_and_not_held(worn: Refusals) -> None:
    with pytest.raises(Refusal) as refusal:
        worn.check("10.0.0.1")
    assert refusal.value.close_code == 4029
    assert await refuse(worn) == 0
    worn.check("10.0.0.2")


async def test_a_minute_later_it_may_try_again(worn: Refusals) -> None:
    for _ in range(20):
        await refuse(worn)  # what is refused unasked does not count anew
    await asyncio.sleep(60)
    worn.check("10.0.0.1")


async def test_so_many_are_held_and_no_more(refusals: Refusals) -> None:
    held = await asyncio.gather(*(refuse(refusals, f"10.0.1.{n}") for n in range(MOST_HELD + 5)))
    assert sum(seconds > 0.5 for seconds in held) == MOST_HELD
    assert await refuse(refusals) > 0.5


async def test_addresses_are_forgotten_before_there_are_too_many(refusals: Refusals) -> None:
    for number in range(0, MOST_ADDRESSES + 100, 100):
        await asyncio.gather(*(refuse(refusals, f"a{number + n}") for n in range(100)))
    assert len(refusals._times_ms) <= MOST_ADDRESSES


async def test_a_client_that_leaves_is_not_held_any_longer(refusals: Refusals) -> None:
    client = await open_client()
    client.incoming.put_nowait({"type": "websocket.disconnect", "code": 1001})
    began = asyncio.get_running_loop().time()
    await refusals.refuse(client.socket, REFUSAL, "10.0.0.1")
    assert asyncio.get_running_loop().time() - began < 0.5
    assert [kind for _, kind in client.got] == ["accept", "send"]
