"""What both servers queue is bounded both ways, whatever the application and its client do."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import psutil
import pytest
import websockets
from websockets.asyncio.client import connect

from tests.browser.product import free_port
from tests.servers.flooded_server import PIECE, PUSHED_PIECES
from tests.servers.ground import KINDS, ROOT

# Daphne as it comes takes in some 250 MB to 2 GB in each of these.
ROOM_BYTES = 20e6
FLOOD_S = 1.5


@dataclass
class Flooded:
    address: str
    process: psutil.Process

    def memory_bytes(self) -> int:
        return int(self.process.memory_info().rss)

    def connections(self) -> int:
        return sum(each.status == psutil.CONN_ESTABLISHED for each in self.process.net_connections("tcp"))


@pytest.fixture(scope="module", params=KINDS)
def flooded(request: pytest.FixtureRequest) -> Iterator[Flooded]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.servers.flooded_server", request.param, str(port)], cwd=ROOT
    )
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            time.sleep(0.1)
    yield Flooded(f"ws://127.0.0.1:{port}", psutil.Process(process.pid))
    process.terminate()
    assert process.wait(20) == 0


async def test_what_nobody_reads_is_not_taken_in(flooded: Flooded) -> None:
    before = flooded.memory_bytes()
    sent_bytes = 0
    async with connect(f"{flooded.address}/deaf", compression=None, close_timeout=0.1) as client:
        try:
            async with asyncio.timeout(FLOOD_S):
                while True:
                    await client.send(PIECE)
                    sent_bytes += len(PIECE)
        except (TimeoutError, websockets.ConnectionClosed):
            pass
        assert flooded.memory_bytes() - before < ROOM_BYTES
        assert sent_bytes < ROOM_BYTES  # the network's buffers and the queue, no more
        client.transport.abort()


async def test_tiny_messages_that_nobody_reads_are_not_taken_in(flooded: Flooded) -> None:
    before = flooded.memory_bytes()
    async with connect(f"{flooded.address}/deaf", compression=None, close_timeout=0.1) as client:
        try:
            async with asyncio.timeout(FLOOD_S):
                while True:
                    await client.send(b"")
        except (TimeoutError, websockets.ConnectionClosed):
            pass
        assert flooded.memory_bytes() - before < ROOM_BYTES
        client.transport.abort()


async def test_what_the_client_does_not_read_waits_in_the_application(flooded: Flooded) -> None:
    before = flooded.memory_bytes()
    async with connect(
        f"{flooded.address}/pushy", compression=None, max_queue=1, close_timeout=0.1
    ) as client:
        await asyncio.sleep(FLOOD_S)
        assert flooded.memory_bytes() - before < ROOM_BYTES
        client.transport.abort()


async def test_a_client_that_reads_gets_all_of_it(flooded: Flooded) -> None:
    got_bytes = 0
    async with connect(f"{flooded.address}/pushy", compression=None) as client:
        async with asyncio.timeout(60):
            async for piece in client:
                got_bytes += len(piece)
        assert client.close_code == 1000
    assert got_bytes == PUSHED_PIECES * len(PIECE)


async def test_reading_goes_on_after_a_stop(flooded: Flooded) -> None:
    """Far more than fits is on its way both ways at once."""
    pieces = 300
    async with connect(f"{flooded.address}/echo", compression=None) as client:

        async def send() -> None:
            for number in range(pieces):
                await client.send(bytes([number % 251]) * len(PIECE))

        sending = asyncio.create_task(send())
        async with asyncio.timeout(60):
            for number in range(pieces):
                assert (await client.recv())[0] == number % 251
        await sending


async def test_a_client_whose_application_has_left_is_dropped(flooded: Flooded) -> None:
    async with connect(f"{flooded.address}/rude", compression=None) as client:
        await client.send(PIECE)
        async with asyncio.timeout(10):
            with pytest.raises(websockets.ConnectionClosed):
                await client.recv()


async def test_a_sentence_may_be_longer_than_what_is_taken_in(flooded: Flooded) -> None:
    async with connect(f"{flooded.address}/long", compression=None) as client, asyncio.timeout(10):
        assert len(await client.recv()) == 8 * len(PIECE)
    async with connect(f"{flooded.address}/echo", compression=None) as client, asyncio.timeout(10):
        with pytest.raises(websockets.ConnectionClosed):
            await client.send(8 * PIECE)
            await client.recv()


async def test_a_client_that_reads_nothing_does_not_linger(flooded: Flooded) -> None:
    async with connect(
        f"{flooded.address}/stuck", compression=None, max_queue=1, close_timeout=0.1
    ) as client:
        async with asyncio.timeout(20):
            for _ in range(200):
                if flooded.connections() == 0:
                    break
                await asyncio.sleep(0.1)
        assert flooded.connections() == 0
        client.transport.abort()
