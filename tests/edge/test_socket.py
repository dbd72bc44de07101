"""A socket as its consumer sees it: every send has a limit, there is one close, nothing is lost before it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from voice.core.errors import Refusal, RefusalCode
from voice.edge.socket import EARLY_MESSAGES, SEND_LIMIT_S, Socket, SocketGone
from voice.wire.browser import BrowserWire


class Server:
    def __init__(self, *incoming: dict[str, Any]) -> None:
        self.incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        for message in ({"type": "websocket.connect"}, *incoming):
            self.incoming.put_nowait(message)
        self.sent: list[dict[str, Any]] = []
        self.error: Exception | None = None
        self.is_stuck = False

    async def send(self, message: dict[str, Any]) -> None:
        if self.is_stuck:
            await asyncio.sleep(3600)
        if self.error:
            raise self.error
        self.sent.append(message)

    async def accepted(self) -> Socket:
        socket = Socket(self.incoming.get, self.send, BrowserWire())
        await socket.accept()
        return socket


def text(message: str) -> dict[str, Any]:
    return {"type": "websocket.receive", "text": message}


LEFT = {"type": "websocket.disconnect", "code": 1001}


async def test_text_and_sound_come_in_order() -> None:
    socket = await Server(text("a"), {"type": "websocket.receive", "bytes": b"b", "text": None}).accepted()
    assert [await socket.receive(), await socket.receive()] == ["a", b"b"]


async def test_an_empty_message_is_a_message() -> None:
    socket = await Server(text(""), {"type": "websocket.receive", "bytes": b""}).accepted()
    assert [await socket.receive(), await socket.receive()] == ["", b""]


async def test_the_close_code_of_the_client_is_told() -> None:
    socket = await Server(LEFT).accepted()
    with pytest.raises(SocketGone) as gone:
        await socket.receive()
    assert (gone.value.code, gone.value.stuck) == (1001, False)


async def test_a_client_that_does_not_read_is_given_up() -> None:
    server = Server()
    socket = await server.accepted()
    server.is_stuck = True
    began = asyncio.get_running_loop().time()
    with pytest.raises(SocketGone) as gone:
        await socket.send("hello")
    assert gone.value.stuck
    assert asyncio.get_running_loop().time() - began == pytest.approx(SEND_LIMIT_S, abs=0.1)
    with pytest.raises(SocketGone):
        await socket.send("at once")
    assert asyncio.get_running_loop().time() - began < SEND_LIMIT_S + 0.5


@pytest.mark.parametrize("error", [OSError("reset"), RuntimeError("after close")])
async def test_what_servers_raise_for_a_lost_client_is_a_gone_socket(error: Exception) -> None:
    server = Server()
    socket = await server.accepted()
    server.error = error
    with pytest.raises(SocketGone):
        await socket.send(b"sound")


async def test_it_is_closed_once_and_nothing_is_sent_afterwards() -> None:
    server = Server()
    socket = await server.accepted()
    await socket.refuse(Refusal(RefusalCode.CAPACITY, "Full."))
    await socket.close(1000)
    await socket.refuse(Refusal(RefusalCode.CAPACITY, "Full."))
    with pytest.raises(SocketGone):
        await socket.send("late")
    assert [message["type"] for message in server.sent] == [
        "websocket.accept",
        "websocket.send",
        "websocket.close",
    ]
    assert server.sent[-1]["code"] == 4503


async def test_looking_whether_it_is_there_loses_nothing() -> None:
    server = Server(text("a"), text("b"))
    socket = await server.accepted()
    await socket.check_there()
    server.incoming.put_nowait(text("c"))
    assert [await socket.receive() for _ in range(3)] == ["a", "b", "c"]


async def test_looking_notices_that_it_has_left() -> None:
    socket = await Server(text("a"), LEFT).accepted()
    with pytest.raises(SocketGone):
        await socket.check_there()


async def test_looking_keeps_only_so_much() -> None:
    server = Server(*(text(str(number)) for number in range(100)))
    socket = await server.accepted()
    await socket.check_there()
    assert server.incoming.qsize() == 100 - EARLY_MESSAGES
    assert [await socket.receive() for _ in range(100)] == [str(number) for number in range(100)]


async def test_whoever_leaves_before_the_handshake_is_gone() -> None:
    server = Server()
    await server.incoming.get()
    server.incoming.put_nowait(LEFT)
    with pytest.raises(SocketGone):
        await server.accepted()
