"""A server that is told to stop tells its callers first; one that is killed loses no call."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.browser.product import free_port
from tests.servers.client import Client
from tests.servers.ground import KINDS, ROOT, Ground

SIGNALS = [signal.SIGINT, signal.SIGTERM]
# Of the lease, of the sweep that notices it, and of the worker.
FOUND_WITHIN_S = 60.0


@pytest.fixture
def worker(ground: Ground) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-m", "celery", "--quiet", "-A", "voicex_project", "worker", "--beat-thread"]
        + ["--pool", "solo", "--loglevel", "WARNING", "--without-gossip", "--without-mingle"],
        cwd=ROOT,
        env=ground.environment,
    )
    yield
    process.terminate()
    process.wait(20)


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
@pytest.mark.parametrize("kind", KINDS)
async def test_open_calls_are_told_closed_with_4503_and_recorded(
    ground: Ground, kind: str, number: signal.Signals
) -> None:
    acme = ground.organisation(greeting="Hello, this is a rather long greeting, so that it is cut short.")
    server = ground.start(kind, free_port())
    async with (
        Client(server, api_key=acme.key) as listening,
        Client(server, api_key=acme.key, audio="pcm_24000") as streaming,
        Client(server, api_key="vx_wrong") as refused,
    ):
        await listening.until("connected")
        await streaming.until("connected")
        await refused.until("error")
        while not streaming.audio():
            await streaming.next()
        stopping = asyncio.create_task(asyncio.to_thread(server.stop, number))
        for client in (listening, streaming):
            answer = await client.refused()
            assert (answer.code, answer.close_code) == ("server_shutdown", 4503)
            assert "again" in answer.message
    assert await stopping == 0
    calls = await ground.ended_calls(acme)
    assert [call["end_code"] for call in calls] == ["server_shutdown", "server_shutdown"]
    assert "Traceback" not in server.output()
    assert " ERROR " not in server.output()


@pytest.mark.parametrize("kind", KINDS)
async def test_health_is_told_while_calls_are_open(ground: Ground, kind: str) -> None:
    acme = ground.organisation()
    server = ground.start(kind, free_port())
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as http:
        assert (await http.get("/healthz")).json() == {"status": "ok", "live_calls": 0}
        async with Client(server, api_key=acme.key) as client:
            await client.until("connected")
            assert (await http.get("/healthz")).json()["live_calls"] == 1
    assert await asyncio.to_thread(server.stop) == 0


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
async def test_a_killed_process_leaves_its_calls_transcript_and_an_end(
    ground: Ground, worker: None, kind: str
) -> None:
    acme = ground.organisation(knowledge=[{"question": "When are you open?", "answer": "At nine."}])
    server = ground.start(kind, free_port())
    async with Client(server, api_key=acme.key) as client:
        await client.until("connected")
        await client.text("When are you open?")
        await client.until("audioEnd")
        await asyncio.sleep(1.5)  # the journal is flushed every second
        server.process.kill()
        killed_at = time.monotonic()
        await client.closed()
    server.process.wait()
    while time.monotonic() < killed_at + FOUND_WITHIN_S:
        # Not `calls`, which would do the worker's part.
        (call,) = ground.ask("calls", organisation=acme.id)
        if call["state"] == "ended":
            break
        await asyncio.sleep(0.5)
    assert call["state"] == "ended"
    assert call["end_code"] == "server_lost"
    assert call["turns"] == [["user", "When are you open?"], ["agent", "At nine."]]
