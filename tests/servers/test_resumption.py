"""A conversation goes on under its historyKey, for its own organisation and agent only."""

from __future__ import annotations

from typing import Any

from tests.servers.client import Client
from tests.servers.ground import Ground, StartedServer

GREETING = "Hello."
UNKNOWN_ID = "0" * 24


async def connected(client: Client) -> dict[str, Any]:
    message = await client.next()
    assert isinstance(message, dict)
    assert message["type"] == "connected", message
    return message


async def test_it_goes_on_without_a_greeting_as_a_new_call(server: StartedServer, ground: Ground) -> None:
    acme = ground.organisation(greeting=GREETING)
    async with Client(server, api_key=acme.key) as client:
        first = await connected(client)
        await client.until("audioEnd")
    await ground.ended_calls(acme)
    async with Client(server, api_key=acme.key, session_id=first["historyKey"]) as client:
        second = await connected(client)
        assert (first["resumed"], second["resumed"]) == (False, True)
        assert second["historyKey"] == first["historyKey"]
        assert second["callId"] != first["callId"]
        await client.text("Hello again")
        # A greeting would have come first.
        spoken = await client.until("transcript")
        assert spoken["payload"]["role"] == "user"
        assert client.audio() == []
    calls = await ground.ended_calls(acme)
    assert {call["session_id"] for call in calls} == {first["historyKey"]}
    assert len(calls) == 2


async def test_an_unknown_or_foreign_key_begins_a_new_conversation(
    server: StartedServer, ground: Ground
) -> None:
    acme, other = ground.organisation(greeting=GREETING), ground.organisation()
    second_agent = ground.ask("another_agent", organisation=acme.id, agent={})["agent"]
    async with Client(server, api_key=acme.key) as client:
        key = (await connected(client))["historyKey"]
    await ground.ended_calls(acme)
    for query in (
        {"api_key": other.key, "session_id": key},
        {"api_key": acme.key, "agent_id": second_agent, "session_id": key},
        {"api_key": acme.key, "session_id": UNKNOWN_ID},
        {"api_key": acme.key, "session_id": "not an id"},
        {"api_key": acme.key, "session_id": ""},
    ):
        async with Client(server, **query) as client:
            begun = await connected(client)
        assert begun["resumed"] is False
        assert begun["historyKey"] not in ("", key, UNKNOWN_ID)


async def test_a_live_one_is_taken_over_even_where_the_plan_has_one_place(
    server: StartedServer, ground: Ground
) -> None:
    acme = ground.organisation(plan={"calls_at_once": 1})
    async with Client(server, api_key=acme.key) as older:
        key = (await connected(older))["historyKey"]
        async with Client(server, api_key=acme.key, session_id=key) as newer:
            assert (await connected(newer))["resumed"] is True
            answer = await older.refused()
            assert (answer.code, answer.close_code) == ("taken_over", 4009)
            await newer.text("Is anybody there?")
            await newer.until("audioEnd")
    first, second = await ground.ended_calls(acme)
    assert (first["end_code"], second["end_code"]) == ("taken_over", "client_hangup")
    assert first["session_id"] == second["session_id"] == key


async def test_somebody_elses_live_conversation_goes_on(server: StartedServer, ground: Ground) -> None:
    acme, other = ground.organisation(), ground.organisation()
    async with Client(server, api_key=acme.key) as theirs:
        key = (await connected(theirs))["historyKey"]
        async with Client(server, api_key=other.key, session_id=key) as stranger:
            assert (await connected(stranger))["historyKey"] != key
        await theirs.text("Are you still there?")
        await theirs.until("audioEnd")
