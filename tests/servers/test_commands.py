"""A live call is told things by another process than the one that holds it."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from typing import Any

from tests.servers.client import Client
from tests.servers.ground import Ground, StartedServer

# The look once a second, and a busy machine.
WITHIN_S = 10.0


async def settled(ground: Ground, command: str) -> str:
    for _ in range(round(WITHIN_S / 0.1)):
        found = ground.ask("outcome", command=command)
        if found["state"] == "settled":
            return str(found["outcome"])
        await asyncio.sleep(0.1)
    raise AssertionError(f"still {found}")


async def test_another_process_has_the_agent_say_something(server: StartedServer, ground: Ground) -> None:
    acme = ground.organisation()
    async with Client(server, api_key=acme.key, audio="pcm_16000") as client:
        await client.until("connected")
        command = ground.ask("command", organisation=acme.id, kind="say", text="Your taxi is there.")
        turn = await client.until("turn")
        assert turn["payload"]["heardText"] == "Your taxi is there."
        assert await settled(ground, command["id"]) == "done"
    (call,) = await ground.ended_calls(acme)
    assert ["agent", "Your taxi is there."] in call["turns"]


async def test_another_process_ends_a_call_after_last_words(server: StartedServer, ground: Ground) -> None:
    acme = ground.organisation()
    async with Client(server, api_key=acme.key, audio="pcm_16000") as client:
        await client.until("connected")
        command = ground.ask("command", organisation=acme.id, kind="end", text="Goodbye.")
        assert (await client.until("turn"))["payload"]["heardText"] == "Goodbye."
        assert (await client.until("ended"))["payload"]["code"] == "ended_by_operator"
        assert await client.closed() == 1000
    assert await settled(ground, command["id"]) == "done"
    (call,) = await ground.ended_calls(acme)
    assert call["end_code"] == "ended_by_operator"


async def test_the_api_of_one_server_ends_a_call(server: StartedServer, ground: Ground) -> None:
    acme = ground.organisation()
    async with Client(server, api_key=acme.key) as client:
        call_id = (await client.until("connected"))["callId"]
        path = f"http://127.0.0.1:{server.port}/api/dashboard/calls/{call_id}/commands"
        first, again = [await asyncio.to_thread(_post, path, acme.key, {"kind": "end"}) for _ in range(2)]
        assert first["id"] == again["id"]
        assert await client.closed() == 1000
    assert await settled(ground, first["id"]) == "done"


async def test_a_key_that_another_process_revokes_ends_its_call(
    server: StartedServer, ground: Ground
) -> None:
    acme = ground.organisation()
    async with Client(server, api_key=acme.key) as client:
        await client.until("connected")
        ground.ask("revoke", key=acme.key_id)
        async with asyncio.timeout(WITHIN_S):
            assert await client.closed() == 4001
    (call,) = await ground.ended_calls(acme)
    assert call["end_code"] == "key_revoked"


def _post(path: str, key: str, body: dict[str, Any]) -> dict[str, Any]:
    headers = {"x-api-key": key, "Content-Type": "application/json", "Idempotency-Key": "once"}
    request = urllib.request.Request(path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        found: dict[str, Any] = json.load(answer)
        return found
