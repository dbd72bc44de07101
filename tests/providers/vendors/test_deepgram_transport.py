"""The connection to Deepgram: sound leaves at once while the line takes it, in its order always."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from websockets.asyncio.server import ServerConnection, serve

from voice.providers.deepgram.transport import DeepgramTransport

PIECE_BYTES = 3_200


class Vendor:
    """Reads nothing until it may; `got` is what it has read."""

    def __init__(self) -> None:
        self.got: list[str | bytes] = []
        self.may_read = asyncio.Event()
        self.extensions: list[str] = []
        self._came = asyncio.Event()

    async def take(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        self.extensions.append(connection.request.headers.get("Sec-WebSocket-Extensions", ""))
        await self.may_read.wait()
        async for message in connection:
            self.got.append(message)
            self._came.set()

    async def has_got(self, count: int) -> None:
        async with asyncio.timeout(5):
            while len(self.got) < count:
                self._came.clear()
                await self._came.wait()


@pytest.fixture
async def ground() -> AsyncIterator[tuple[Vendor, DeepgramTransport]]:
    vendor = Vendor()
    async with serve(vendor.take, "127.0.0.1", 0, compression="deflate") as server:
        port = next(iter(server.sockets)).getsockname()[1]
        transport = DeepgramTransport(f"ws://127.0.0.1:{port}", {})
        yield vendor, transport
        vendor.may_read.set()
        transport.abort()


async def test_sound_leaves_at_once_and_uncompressed(ground: tuple[Vendor, DeepgramTransport]) -> None:
    vendor, transport = ground
    vendor.may_read.set()
    assert not transport.write(b"before it is open")
    await transport.open()
    assert transport.write(b"sound")
    await transport.send("a message")
    await vendor.has_got(2)
    assert vendor.got == [b"sound", "a message"]
    assert vendor.extensions == [""]
    await transport.close()
    assert not transport.write(b"after it is closed")


async def test_a_line_that_takes_no_more_is_noticed_and_nothing_is_lost(
    ground: tuple[Vendor, DeepgramTransport],
) -> None:
    vendor, transport = ground
    await transport.open()
    sent = 0
    while transport.write(sent.to_bytes(4, "big") + bytes(PIECE_BYTES)):
        sent += 1
    await transport.send("the end")
    vendor.may_read.set()
    await vendor.has_got(sent + 1)
    assert [int.from_bytes(each[:4], "big") for each in vendor.got[:-1] if isinstance(each, bytes)] == list(
        range(sent)
    )
    assert vendor.got[-1] == "the end"


async def test_a_line_that_has_just_gone_is_no_error_of_whoever_speaks(
    ground: tuple[Vendor, DeepgramTransport], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, transport = ground
    connection = await transport.open()

    def gone() -> None:
        raise RuntimeError("the handler is closed")

    monkeypatch.setattr(connection, "send_data", gone)
    assert not transport.write(b"sound")
    monkeypatch.undo()


async def test_whoever_uses_it_first_opens_it_once(ground: tuple[Vendor, DeepgramTransport]) -> None:
    vendor, transport = ground
    vendor.may_read.set()
    await asyncio.gather(transport.send("one"), transport.send("two"))
    await vendor.has_got(2)
    assert len(vendor.extensions) == 1
