"""What a client sends is what the application gets, however it is cut into pieces on the way."""

from __future__ import annotations

import asyncio
import random
import struct
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode

from voicex_project import socket_protocol
from voicex_project.socket_frames import size_of_frame, text_of_frame
from voicex_project.socket_protocol import Inbox, SocketProtocol

LARGEST_BYTES = 100_000
HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
TEXTS = ("", "a", '{"event":"media"}', "ä €🙂" * 20, "x" * 125, "x" * 126, "y" * 65_535, "z" * 65_536)


class Line(asyncio.Transport):
    """What a protocol writes to."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.is_closed = False
        self.is_paused = False

    def write(self, data: Any) -> None:
        self.written += bytes(data)

    def close(self) -> None:
        self.is_closed = True

    abort = close

    def is_closing(self) -> bool:
        return self.is_closed

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False


class Client:
    """One that has been let in; `got` is what the application received from it."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.line = Line()
        self.lets_in = asyncio.Event()
        self.lets_in.set()
        self._reads = asyncio.Event()
        self._reads.set()

    async def connect(self) -> Client:
        config = uvicorn.Config(
            self._application,
            ws=SocketProtocol,
            ws_max_size=LARGEST_BYTES,
            interface="asgi3",
            log_config=None,
        )
        config.load()
        self.protocol = SocketProtocol(config, ServerState(), {})
        self.protocol.connection_made(self.line)
        self.protocol.data_received(HANDSHAKE)
        await self.settle()
        return self

    async def _application(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await self.lets_in.wait()
        await send({"type": "websocket.accept"})
        self.send = send
        while (message := await receive())["type"] != "websocket.disconnect":
            self.got.append(message)
            await self._reads.wait()
        self.got.append(message)

    async def settle(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    async def sends(self, data: bytes, cuts: list[int]) -> None:
        for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
            self.protocol.data_received(data[start:end])
            await self.settle()

    def reads_nothing(self) -> None:
        self._reads.clear()

    def goes(self) -> None:
        self._reads.set()
        if not self.protocol.disconnected:
            self.protocol.connection_lost(None)


@pytest.fixture
async def client() -> Any:
    made = await Client().connect()
    yield made
    made.goes()
    await made.settle()


def masked(opcode: Opcode, data: bytes, *, fin: bool = True) -> bytes:
    return Frame(opcode, data, fin).serialize(mask=True)


def text(said: str) -> bytes:
    return masked(Opcode.TEXT, said.encode())


@pytest.mark.parametrize("seed", range(30))
async def test_messages_come_whole_and_in_order_wherever_the_network_cuts_them(
    client: Client, seed: int
) -> None:
    lot = random.Random(seed)
    sent, data = [], b""
    for _ in range(lot.randint(1, 12)):
        said, kind = lot.choice(TEXTS), lot.random()
        if kind < 0.6:
            data += text(said)
        elif kind < 0.75:
            data += masked(Opcode.PING, b"there?")
            continue
        elif kind < 0.9:
            encoded = said.encode()
            at = lot.randint(0, len(encoded))
            data += masked(Opcode.TEXT, encoded[:at], fin=False) + masked(Opcode.CONT, encoded[at:])
        else:
            data += masked(Opcode.BINARY, said.encode())
            sent.append({"type": "websocket.receive", "bytes": said.encode()})
            continue
        sent.append({"type": "websocket.receive", "text": said})
    await client.sends(data, sorted(lot.randint(0, len(data)) for _ in range(lot.choice((0, 3, 40)))))
    assert client.got == sent


async def test_a_message_may_come_byte_by_byte(client: Client) -> None:
    data = text("hello") + text("x" * 200)
    await client.sends(data, list(range(1, len(data))))
    assert [each["text"] for each in client.got] == ["hello", "x" * 200]


async def test_a_message_in_the_middle_of_another_is_an_error(client: Client) -> None:
    await client.sends(masked(Opcode.TEXT, b"half", fin=False) + text("whole"), [])
    assert [each.get("code") for each in client.got] == [1002]
    assert client.line.is_closed


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (masked(Opcode.TEXT, b"\xff\xfe"), 1007),
        (text("x" * (LARGEST_BYTES + 1)), 1009),
        (struct.pack("!BBQ", 0x81, 0xFF, 1 << 40), 1009),
        (Frame(Opcode.TEXT, b"unmasked").serialize(mask=False), 1002),
        (b"\xc1" + text("compressed, it says")[1:], 1002),
        (b"\x8b" + text("of no kind")[1:], 1002),
    ],
    ids=["no UTF-8", "too long", "far too long", "unmasked", "compressed", "of no kind"],
)
async def test_what_is_none_of_the_protocol_ends_it_once(client: Client, data: bytes, code: int) -> None:
    await client.sends(data + text("and more"), [])
    assert [each.get("code") for each in client.got] == [code]
    assert client.line.is_closed


async def test_whoever_speaks_before_being_let_in_is_understood_all_the_same() -> None:
    client = Client()
    client.lets_in.clear()
    await client.connect()
    early, data = text("early"), text("late")
    await client.sends(early + data[:7], [len(early) - 3])
    client.lets_in.set()
    await client.settle()
    await client.sends(data[7:] + text("last"), [])
    assert [each["text"] for each in client.got] == ["early", "late", "last"]
    client.goes()
    await client.settle()


async def test_a_client_that_is_not_read_is_stopped_and_goes_on_when_it_is(client: Client) -> None:
    client.reads_nothing()
    await client.sends(b"".join(text(str(n)) for n in range(socket_protocol.MOST_WAITING + 1)), [])
    assert client.line.is_paused
    client._reads.set()
    await client.settle()
    assert not client.line.is_paused
    assert [each["text"] for each in client.got] == [str(n) for n in range(socket_protocol.MOST_WAITING + 1)]


@pytest.mark.parametrize("said", TEXTS, ids=len)
async def test_a_text_leaves_as_the_library_would_send_it(client: Client, said: str) -> None:
    client.line.written = b""
    await client.send({"type": "websocket.send", "text": said})
    assert client.line.written == Frame(Opcode.TEXT, said.encode()).serialize(mask=False)


async def test_nothing_is_sent_to_a_client_that_has_left(client: Client) -> None:
    client.goes()
    client.line.written = b""
    with pytest.raises(OSError):
        await client.send({"type": "websocket.send", "text": "hello"})
    assert not client.line.written


@pytest.mark.parametrize("said", TEXTS, ids=len)
def test_a_frame_tells_its_size_as_soon_as_its_head_is_there(said: str) -> None:
    data = text(said)
    head = len(data) - len(said.encode()) - 4
    assert [size_of_frame(data[:length], 0) for length in range(head)] == [0] * head
    assert size_of_frame(data[:head], 0) == len(data)
    behind = b"other" + data
    read = text_of_frame(behind, 5, len(data))
    assert read == (said if len(said.encode()) < 1 << 16 else None)
    assert text_of_frame(data[:-1], 0, len(data)) is None


async def test_an_inbox_loses_nothing_when_its_reader_gives_up() -> None:
    inbox = Inbox()
    reading = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    inbox.put_nowait("for whoever comes next")
    reading.cancel()
    await asyncio.wait([reading])
    assert reading.cancelled()
    assert await inbox.get() == "for whoever comes next"
    assert inbox.empty()
