"""Who may not talk: told why in JSON, closed a second later with the published code, and no row left."""

from __future__ import annotations

import asyncio

import pytest
import websockets

from tests.servers.client import Client, Refused, new_address
from tests.servers.ground import Ground, StartedServer

WRONG_KEY = "vx_" + "A" * 43
UNKNOWN_ID = "0" * 24


async def refused(server: StartedServer, *, address: str = "", **query: str) -> Refused:
    async with Client(server, address=address, **query) as client:
        answer = await client.refused()
        assert client.types() == ["error"]
        return answer


async def test_without_a_valid_key_there_is_4001_a_second_after_the_reason(server: StartedServer) -> None:
    wrong = [WRONG_KEY, "", "nonsense", "x" * 5_000, "vx_\N{SNOWMAN}", "\0"]
    queries: list[dict[str, str]] = [{}, *({"api_key": key} for key in wrong)]
    for answer in await asyncio.gather(*(refused(server, **query) for query in queries)):
        assert (answer.code, answer.close_code) == ("unauthorised", 4001)
        assert "API Keys" in answer.message
        assert 0.8 < answer.held_s < 5


async def test_a_revoked_key_is_refused_at_once(server: StartedServer, ground: Ground) -> None:
    acme = ground.organisation()
    ground.ask("revoke", key=acme.key_id)
    assert (await refused(server, api_key=acme.key)).close_code == 4001
    assert ground.calls(acme) == []


async def test_foreign_inactive_and_malformed_agents_are_answered_like_unknown_ones(
    server: StartedServer, ground: Ground
) -> None:
    acme, other = ground.organisation(), ground.organisation()
    inactive = ground.ask("another_agent", organisation=acme.id, agent={}, is_active=False)["agent"]
    asked = (UNKNOWN_ID, other.agent, inactive, "../etc", "0" * 5_000, "\0")
    answers = await asyncio.gather(*(refused(server, api_key=acme.key, agent_id=agent) for agent in asked))
    assert {(answer.code, answer.close_code) for answer in answers} == {("agent_not_found", 4005)}
    assert len({answer.message for answer in answers}) == 1
    assert ground.calls(acme) == []


async def test_an_organisation_without_an_active_agent_has_no_default(
    server: StartedServer, ground: Ground
) -> None:
    acme = ground.organisation()
    ground.ask("set_active", agent=acme.agent, is_active=False)
    assert (await refused(server, api_key=acme.key)).close_code == 4005


async def test_a_model_above_the_plan_is_4003(server: StartedServer, ground: Ground) -> None:
    acme = ground.organisation(plan={"allowed_models": ["groq/small"]})
    answer = await refused(server, api_key=acme.key)
    assert (answer.code, answer.close_code) == ("model_not_allowed", 4003)
    assert "Answerer" in answer.message


async def test_a_provider_that_is_missing_is_4004(server: StartedServer, ground: Ground) -> None:
    lacking = [
        ground.organisation(**{part: {"provider": "nowhere"}}) for part in ("model", "voice", "transcriber")
    ]
    for answer in await asyncio.gather(*(refused(server, api_key=each.key) for each in lacking)):
        assert (answer.code, answer.close_code) == ("provider_unavailable", 4004)
        assert "nowhere" in answer.message
    assert [ground.calls(each) for each in lacking] == [[], [], []]


async def test_more_calls_a_minute_than_the_plan_has_are_4029(server: StartedServer, ground: Ground) -> None:
    acme = ground.organisation(plan={"calls_per_minute": 3})
    # A refused connection does not count: a client with a wrong agent does not lock itself out.
    await asyncio.gather(*(refused(server, api_key=acme.key, agent_id=UNKNOWN_ID) for _ in range(3)))
    for _ in range(3):
        async with Client(server, api_key=acme.key) as client:
            await client.until("connected")
    for answer in await asyncio.gather(*(refused(server, api_key=acme.key) for _ in range(2))):
        assert (answer.code, answer.close_code) == ("rate_limited", 4029)
    assert len(await ground.ended_calls(acme)) == 3


async def test_more_calls_at_once_than_the_plan_has_are_4029_until_one_ends(
    server: StartedServer, ground: Ground
) -> None:
    acme = ground.organisation(plan={"calls_at_once": 1})
    async with Client(server, api_key=acme.key) as client:
        await client.until("connected")
        answer = await refused(server, api_key=acme.key)
        assert (answer.code, answer.close_code) == ("too_many_calls", 4029)
    await ground.ended_calls(acme)
    async with Client(server, api_key=acme.key) as client:
        await client.until("connected")


async def test_without_a_free_transcriber_there_is_4503_before_any_greeting(
    server: StartedServer, ground: Ground
) -> None:
    acme = ground.organisation(greeting="Hello.")
    async with (
        Client(server, api_key=acme.key) as first,
        Client(server, api_key=acme.key) as second,
        Client(server, api_key=acme.key) as third,
    ):
        for client in (first, second, third):
            await client.until("connected")
        answer = await refused(server, api_key=acme.key)
        assert (answer.code, answer.close_code) == ("capacity", 4503)
    assert len(await ground.ended_calls(acme)) == 3


async def test_an_unknown_audio_format_is_4400(server: StartedServer, ground: Ground) -> None:
    answer = await refused(server, api_key=ground.organisation().key, audio="flac")
    assert (answer.code, answer.close_code) == ("malformed", 4400)
    assert "pcm_24000" in answer.message


async def test_a_token_opens_one_conversation_with_its_own_agent(
    server: StartedServer, ground: Ground
) -> None:
    acme = ground.organisation()
    other = ground.ask("another_agent", organisation=acme.id, agent={})["agent"]

    def token() -> str:
        made: str = ground.ask("token", organisation=acme.id, owner=acme.owner, agent=acme.agent)["token"]
        return made

    first = token()
    async with Client(server, token=first) as client:
        assert (await client.until("connected"))["agentName"] == "Ada"
    answer = await refused(server, token=first)
    assert (answer.code, answer.close_code) == ("token_used", 4009)
    assert (await refused(server, token=token(), agent_id=other)).close_code == 4005
    assert (await refused(server, token="forged")).close_code == 4001


async def test_an_address_that_is_refused_too_often_is_told_so_and_not_held(
    server: StartedServer, ground: Ground
) -> None:
    acme, address = ground.organisation(), new_address()
    for _ in range(60):
        async with Client(server, address=address, api_key=WRONG_KEY) as client:
            await client.until("error")
    answer = await refused(server, address=address, api_key=acme.key)
    assert (answer.code, answer.close_code) == ("rate_limited", 4029)
    async with Client(server, api_key=acme.key) as elsewhere:
        await elsewhere.until("connected")


async def test_another_path_is_no_socket(server: StartedServer) -> None:
    with pytest.raises(websockets.InvalidStatus) as refusal:
        await websockets.connect(f"{server.address}/ws/elsewhere?api_key={WRONG_KEY}")
    assert refusal.value.response.status_code == 403
