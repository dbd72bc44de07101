"""What a broken or hostile client sends: a clear error or a clean end, and the server goes on."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psutil
import pytest
import websockets

from tests.servers.client import Client
from tests.servers.ground import Ground, Organisation, StartedServer

SILENCE = bytes(640)
FRAME_S = 0.02


@pytest.fixture
def acme(ground: Ground) -> Organisation:
    return ground.organisation()


@asynccontextmanager
async def call(server: StartedServer, acme: Organisation, **query: str) -> AsyncIterator[Client]:
    async with Client(server, api_key=acme.key, **query) as client:
        await client.until("connected")
        yield client


@pytest.mark.parametrize(
    "message",
    [
        "no JSON",
        "",
        "[]",
        '"text"',
        "NaN",
        "{",
        "[" * 10_000,
        json.dumps({"type": "no such thing"}),
        json.dumps({"type": 7}),
        json.dumps({"type": "text", "payload": {"text": ""}}),
        json.dumps({"type": "heard", "payload": {"ms": -1}}),
        '{"type": "heard", "payload": {"ms": Infinity}}',
        SILENCE[:-1],
        b"\0",
    ],
    ids=lambda message: repr(message)[:20],
)
async def test_a_bad_message_gets_an_error_and_the_call_goes_on(
    server: StartedServer, acme: Organisation, message: str | bytes
) -> None:
    async with call(server, acme) as client:
        await client.send(message)
        error = await client.until("error")
        assert error["payload"]["code"] == "malformed"
        assert error["payload"]["message"]
        await client.text("Hello")
        assert (await client.until("transcript"))["payload"]["text"] == "Hello"


async def test_the_third_bad_message_ends_the_call(
    server: StartedServer, acme: Organisation, ground: Ground
) -> None:
    async with call(server, acme) as client:
        for _ in range(3):
            await client.send("no JSON")
        assert await client.closed() == 4400
        assert client.types().count("error") == 3
    (row,) = await ground.ended_calls(acme)
    assert row["end_code"] == "invalid_input"


@pytest.mark.parametrize("message", [bytes(64 * 1024 + 2), "x" * (64 * 1024 + 1)], ids=["sound", "text"])
async def test_a_message_over_64_kib_is_4013(
    server: StartedServer, acme: Organisation, ground: Ground, message: str | bytes
) -> None:
    async with call(server, acme) as client:
        await client.send(message)
        answer = await client.refused()
    assert (answer.code, answer.close_code) == ("message_too_large", 4013)
    (row,) = await ground.ended_calls(acme)
    assert row["end_code"] == "invalid_input"


async def test_a_message_over_the_servers_own_limit_ends_the_call(
    server: StartedServer, acme: Organisation, ground: Ground
) -> None:
    async with call(server, acme) as client:
        try:
            await client.send(bytes(300 * 1024))
        except websockets.ConnectionClosed:
            pass  # it need not read to the end
        # Without a close frame where the connection is dropped with the rest of the message unread.
        assert await client.closed() in (1009, 1006)
    (row,) = await ground.ended_calls(acme)
    assert row["end_code"] in ("invalid_input", "connection_lost")


async def test_text_that_is_no_utf_8_ends_the_call(
    server: StartedServer, acme: Organisation, ground: Ground
) -> None:
    async with call(server, acme) as client:
        client.socket.protocol.send_text(b"\xff\xfe")
        client.socket.transport.write(b"".join(client.socket.protocol.data_to_send()))
        assert await client.closed() == 1007
    (row,) = await ground.ended_calls(acme)
    # Daphne does not tell its application which code it closed with.
    assert row["end_code"] == ("invalid_input" if server.kind == "uvicorn" else "connection_lost")


async def test_frames_that_are_no_websocket_end_the_call(
    server: StartedServer, acme: Organisation, ground: Ground
) -> None:
    async with call(server, acme) as client:
        client.socket.transport.write(b"\xff" * 100)
        assert await client.closed() in (1002, 1006)
    (row,) = await ground.ended_calls(acme)
    assert row["end_code"] in ("invalid_input", "connection_lost")


async def test_a_message_in_pieces_is_one_message(server: StartedServer, acme: Organisation) -> None:
    async with call(server, acme) as client:
        await client.socket.send(iter(['{"type": "text", ', '"payload": ', '{"text": "Hello"}}']))
        assert (await client.until("transcript"))["payload"]["text"] == "Hello"


async def test_audio_at_ten_times_real_time_is_4029(
    server: StartedServer, acme: Organisation, ground: Ground
) -> None:
    async with call(server, acme) as client:
        sending = asyncio.create_task(_send_fast(client, SILENCE * 10))
        answer = await client.refused()
        await sending
    assert (answer.code, answer.close_code) == ("audio_too_fast", 4029)
    assert client.types().count("error") == 1
    (row,) = await ground.ended_calls(acme)
    assert row["end_code"] == "invalid_input"


async def test_audio_in_the_documents_pieces_is_not_too_fast(
    server: StartedServer, acme: Organisation
) -> None:
    async with call(server, acme) as client:
        for _ in range(8):
            await client.send(bytes(8192))
            await asyncio.sleep(0.256)
        await client.text("Hello")
        assert (await client.until("transcript"))["payload"]["text"] == "Hello"


async def test_sound_before_connected_is_heard_and_not_an_error(
    server: StartedServer, acme: Organisation
) -> None:
    async with Client(server, api_key=acme.key) as client:
        for _ in range(20):
            await client.send(SILENCE)
        await client.until("connected")
        await client.text("Hello")
        await client.until("transcript")
        assert "error" not in client.types()


async def test_silence_for_ever_is_reminded_and_hung_up(server: StartedServer, ground: Ground) -> None:
    acme = ground.organisation(limits={"reminder_s": 1, "reminders": 1, "hang_up_s": 2, "max_call_s": 60})
    async with call(server, acme) as client:
        ended = await client.until("ended")
        assert ended["payload"]["code"] == "silence"
        assert await client.closed() == 1000
    (row,) = await ground.ended_calls(acme)
    assert row["end_code"] == "silence"
    assert [role for role, _ in row["turns"]] == ["agent", "agent"]


async def test_a_flood_does_not_fill_the_memory(server: StartedServer, acme: Organisation) -> None:
    """Valid sound and control messages as fast as they go, again and again."""
    process = psutil.Process(server.process.pid)
    async with call(server, acme):
        pass  # whatever the first call loads is there now
    before_bytes = process.memory_info().rss
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        async with Client(server, api_key=acme.key) as client:
            await _send_fast(client, bytes(64 * 1024), pause_s=0)
        async with Client(server, api_key=acme.key) as client:
            await _send_fast(client, json.dumps({"type": "heard", "payload": {"ms": 1}}), 2_000, 0)
    grown_bytes = process.memory_info().rss - before_bytes
    assert grown_bytes < 40e6, f"grew by {grown_bytes / 1e6:.0f} MB"
    async with call(server, acme) as client:
        await client.text("Hello")
        await client.until("transcript")


async def test_a_flood_of_a_refused_client_is_not_kept(server: StartedServer) -> None:
    process = psutil.Process(server.process.pid)
    before_bytes = process.memory_info().rss
    async with Client(server) as client:
        await _send_fast(client, bytes(64 * 1024), pause_s=0)
        assert await client.closed() in (4001, 1006)
    assert process.memory_info().rss - before_bytes < 40e6


async def test_pings_are_answered_and_fragments_without_an_end_go_away_with_the_client(
    server: StartedServer, acme: Organisation, ground: Ground
) -> None:
    async with call(server, acme) as client:
        async with asyncio.timeout(10):
            await (await client.socket.ping())
        protocol = client.socket.protocol
        protocol.send_binary(SILENCE, fin=False)
        client.socket.transport.write(b"".join(protocol.data_to_send()))
    (row,) = await ground.ended_calls(acme)
    assert row["end_code"] in ("client_hangup", "connection_lost", "invalid_input")


async def _send_fast(
    client: Client, message: str | bytes, times: int = 1_000, pause_s: float = FRAME_S
) -> None:
    """Until it is all sent or the server has had enough of it."""
    try:
        async with asyncio.timeout(10):
            for _ in range(times):
                await client.send(message)
                await asyncio.sleep(pause_s)
    except (websockets.ConnectionClosed, TimeoutError):
        pass  # closed, or held up: the server does not read any more


async def test_a_request_line_without_end_is_answered_or_cut(server: StartedServer) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    line = f"GET /ws/voice?session_id={'x' * 60_000} HTTP/1.1\r\nHost: localhost\r\n"
    writer.write(f"{line}Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n".encode())
    async with asyncio.timeout(5):
        answer = await reader.read()
    assert not answer or b" 4" in answer.split(b"\r\n")[0]
    writer.close()


async def test_a_flood_of_typed_text_is_told_and_cut(server: StartedServer, ground: Ground) -> None:
    organisation = ground.organisation()
    async with Client(server, api_key=organisation.key) as client:
        await client.until("connected")
        process = psutil.Process(server.process.pid)
        before_bytes = process.memory_info().rss
        with contextlib.suppress(websockets.ConnectionClosed):
            for _ in range(3_000):
                await client.text("many words " * 360)
        try:
            answer = await client.refused()
            assert (answer.code, answer.close_code) == ("rate_limited", 4029)
        except websockets.ConnectionClosed:
            assert server.kind == "daphne"  # whose guard cuts a flood that nothing has read
        assert process.memory_info().rss - before_bytes < 40e6
    (call,) = await ground.ended_calls(organisation)
    assert call["end_code"] in {"invalid_input", "connection_lost"}
