"""Variables on their way from a connection into the agent's texts, and into the call's record."""

from __future__ import annotations

import json
from typing import Any

import pytest

from accounts.tokens import talk_token_create
from agents.models import Agent
from agents.services import agent_update
from calls.models import Call
from calls.services import PhoneLine
from tests.cast import Cast
from tests.edge.asgi_client import AsgiClient
from tests.edge.conftest import Acme, Providers
from voice.core.audio import MP3_24000, PCM_16000
from voice.core.spec import Channel
from voice.edge.admission import ConnectRequest, authorise
from voice.edge.database import in_database
from voice.engine.kept_speech import KEPT_SPEECH

PROMPT = "You speak with {{ name|default:'a stranger' }} in {{ time_zone }} about order {{ order }}."


def write(agent: Agent, **settings: Any) -> None:
    agent_update(agent=agent, settings={"name": "Ada", **settings}, changed_by=None)


async def test_what_a_client_gives_fills_the_texts_and_stays_with_the_call(
    acme: Acme, providers: Providers
) -> None:
    await in_database(
        write, acme.agent, greeting="Hello {{ name }}.", system_prompt=PROMPT, time_zone="Asia/Tokyo"
    )
    given = {"name": "Bob", "order": 4711}
    query = {"variables": json.dumps(given), "metadata": json.dumps({"agent": "crm-17"})}
    async with AsgiClient(api_key=acme.raw_key, **query) as client:
        connected = await client.until("connected")
        await client.until("audioEnd")
        client.says(type="text", payload={"text": "{{ order }} {% if 1 %}"})
        await client.until("audioEnd", 2)
        transcripts = [m["payload"]["text"] for m in client.messages if m["type"] == "transcript"]
        assert transcripts[0] == "Hello Bob."
    assert providers.model.agent is not None
    assert providers.model.agent.system_prompt == "You speak with Bob in Asia/Tokyo about order 4711."
    assert providers.model.requests[-1][-1].text == "{{ order }} {% if 1 %}", "what is said is data"
    call = await Call.objects.aget(pk=connected["callId"])
    assert call.variables == {"name": "Bob", "order": "4711"}
    assert call.metadata == {"agent": "crm-17"}


async def test_a_call_that_gives_nothing_gets_the_agents_own_defaults(
    acme: Acme, providers: Providers
) -> None:
    variables = [{"name": "order", "default": "unknown"}]
    await in_database(write, acme.agent, system_prompt=PROMPT, variables=variables)
    async with AsgiClient(api_key=acme.raw_key) as client:
        connected = await client.until("connected")
        client.says(type="text", payload={"text": "Hello"})
        await client.until("audioEnd")
    assert providers.model.agent is not None
    assert providers.model.agent.system_prompt == "You speak with a stranger in UTC about order unknown."
    assert (await Call.objects.aget(pk=connected["callId"])).variables == {}


@pytest.mark.parametrize(
    "query", [{"variables": "nonsense"}, {"variables": '{"now": "x"}'}, {"metadata": '{"a": []}'}]
)
async def test_variables_that_cannot_be_refuse_the_connection_with_the_cure(
    query: dict[str, str], acme: Acme, providers: Providers
) -> None:
    async with AsgiClient(api_key=acme.raw_key, **query) as client:
        error = await client.until("error")
        assert error["payload"]["code"] == "malformed" and error["payload"]["message"]
        assert await client.closed() == 4400
    assert await Call.objects.acount() == 0 and providers.speech.streams == []


async def test_a_greeting_for_one_caller_is_not_kept_for_others(acme: Acme, providers: Providers) -> None:
    before = KEPT_SPEECH.size_bytes
    await in_database(write, acme.agent, greeting="A very personal hello to {{ name }}.")
    for name in ("Bob", "Charlie"):
        async with AsgiClient(api_key=acme.raw_key, variables=json.dumps({"name": name})) as client:
            await client.until("audioEnd")
        assert any(name in text for text in providers.speech.spoken)
    assert KEPT_SPEECH.size_bytes == before


def request_of(**fields: Any) -> ConnectRequest:
    return ConnectRequest(Channel.PHONE, PCM_16000, MP3_24000, **fields)


async def test_a_phone_tells_its_number_and_the_talk_page_who_is_signed_in(acme: Acme, cast: Cast) -> None:
    await in_database(write, acme.agent, system_prompt="{{ name }}/{{ caller }}/{{ channel }}/{{ agent }}")

    def prompt(request: ConnectRequest) -> str:
        return authorise(request).agent.system_prompt

    by_phone = request_of(api_key=acme.raw_key, line=PhoneLine(from_number="+4930123456"))
    assert await in_database(prompt, by_phone) == "/+4930123456/phone/Ada"
    called = PhoneLine(from_number="+1", to_number="+4930123456", direction="outbound")
    by_us = request_of(api_key=acme.raw_key, line=called)
    assert await in_database(prompt, by_us) == "/+4930123456/phone/Ada"
    token = talk_token_create(
        organisation_id=acme.organisation.pk, agent_id=acme.agent.pk, user_id=cast.alice.pk
    )
    assert await in_database(prompt, request_of(token=token)) == "Alice//phone/Ada"
