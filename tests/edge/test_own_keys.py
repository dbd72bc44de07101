"""Organisations' own vendor keys in calls: whose is used, and who is told of one that is refused."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, ClassVar

import pytest

from accounts.models import Organisation
from accounts.services import api_key_create
from agents.models import VendorCredential
from agents.services import agent_create
from agents.vendor_keys import base_address
from agents.vendor_keys.services import vendor_key_remove, vendor_key_save, vendor_switch
from calls.models import Call
from tests.edge.asgi_client import AsgiClient
from tests.edge.conftest import Acme, Providers
from tests.fakes.model import FakeModel
from voice.core.errors import CredentialsError
from voice.core.ports import TextDelta
from voice.core.spec import AgentSpec, Message
from voice.edge.database import in_database
from voice.engine.breaker import BREAKERS
from voice.providers import registry
from voice.providers.access import VendorAccess
from voice.providers.registry import PortKind

GOOD, BAD = "canary_good_key_0001", "canary_bad_key_00002"
MODEL = "openai/gpt-oss-20b"
SETTINGS = {"name": "Ada", "model": {"provider": "groq", "name": MODEL, "fallback": "none"}}


class KeyedModel(FakeModel):
    """Knows its key, and refuses a bad one as a vendor does."""

    made: ClassVar[list[KeyedModel]] = []

    def __init__(self, access: VendorAccess) -> None:
        super().__init__("We open at nine.")
        self.access = access
        self.made.append(self)

    async def reply(self, agent: AgentSpec, messages: Sequence[Message]) -> AsyncIterator[TextDelta]:
        if self.access.api_key == BAD:
            raise CredentialsError("groq", "it answered 401 (invalid_api_key): Invalid API Key")
        async for delta in super().reply(agent, messages):
            yield delta


@pytest.fixture(autouse=True)
def groq(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    async def takes(access: VendorAccess) -> str:
        return "1 model"

    monkeypatch.setattr(registry, "check_key", takes)
    builder = (__name__, "KeyedModel", lambda settings: {"access": settings.access("groq")})
    monkeypatch.setitem(registry.BUILDERS, (PortKind.LANGUAGE_MODEL, "groq"), builder)
    monkeypatch.setattr(KeyedModel, "made", [])
    yield
    registry._registry._own.take_all()


async def store(organisation: Organisation, key: str, **more: Any) -> VendorCredential:
    return await in_database(
        vendor_key_save, organisation=organisation, vendor="groq", api_key=key, created_by=None, **more
    )


async def agent_of(organisation: Organisation) -> str:
    """The API key of an organisation whose one agent thinks with Groq."""
    await in_database(agent_create, organisation=organisation, settings=SETTINGS, created_by=None)
    _, raw_key = await in_database(api_key_create, organisation=organisation, name="t", created_by=None)
    return raw_key


async def asked(raw_key: str) -> None:
    """A call in which the caller types a question and hears an answer, or an apology."""
    async with AsgiClient(api_key=raw_key) as client:
        await client.until("connected")
        client.says(type="text", payload={"text": "When do you open?"})
        await client.until("audioEnd")


@pytest.fixture
def strangers(settings: Any) -> None:
    settings.PRIVATE_VENDOR_ADDRESSES = False


@pytest.fixture
async def acme_key(acme: Acme) -> str:
    await in_database(acme.agent.delete)
    return await agent_of(acme.organisation)


async def refused(raw_key: str) -> tuple[int, str]:
    async with AsgiClient(api_key=raw_key) as client:
        error = await client.until("error")
        return await client.closed(), error["payload"]["message"]


async def test_a_call_thinks_with_its_organisations_key_and_another_with_its_own(
    acme: Acme, acme_key: str, cast: Any, providers: Providers
) -> None:
    other_key = await agent_of(cast.other)
    await store(cast.acme, GOOD)
    await store(cast.other, GOOD + "_of_the_other")
    await asked(acme_key)
    await asked(other_key)
    await asked(acme_key)
    assert [model.access.api_key for model in KeyedModel.made] == [GOOD, GOOD + "_of_the_other"]
    assert [len(model.requests) for model in KeyedModel.made] == [2, 1]


async def test_a_call_remembers_which_vendors_bill_its_organisation_itself(
    acme: Acme, acme_key: str, cast: Any, providers: Providers
) -> None:
    key = await store(cast.acme, GOOD)
    await asked(acme_key)
    await in_database(vendor_key_remove, credential=key)
    call = await Call.objects.aget(organisation=cast.acme)
    assert call.own_vendors == ["groq"]


async def test_a_key_that_is_refused_in_a_call_is_told_to_its_organisation_and_hurts_no_other(
    acme: Acme, acme_key: str, cast: Any, providers: Providers, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    other_key = await agent_of(cast.other)
    bad, good = await store(cast.acme, BAD), await store(cast.other, GOOD)
    await asked(acme_key)
    await asked(other_key)
    await bad.arefresh_from_db()
    await good.arefresh_from_db()
    assert bad.state == VendorCredential.State.REFUSED and "Invalid API Key" in bad.said
    assert good.state == VendorCredential.State.WORKS
    of_acme, of_other = KeyedModel.made
    assert BREAKERS.of(of_acme, MODEL).is_open and not BREAKERS.of(of_other, MODEL).is_open
    assert len(of_other.requests) == 1
    assert BAD not in caplog.text


async def test_a_key_that_was_replaced_meanwhile_is_not_blamed(
    acme: Acme, acme_key: str, providers: Providers
) -> None:
    await store(acme.organisation, BAD)
    async with AsgiClient(api_key=acme_key) as client:
        await client.until("connected")
        client.says(type="text", payload={"text": "When do you open?"})
        await client.until("audioEnd")
        newer = await store(acme.organisation, GOOD)
    await newer.arefresh_from_db()
    assert newer.state == VendorCredential.State.WORKS


async def test_a_vendor_that_was_switched_off_or_whose_key_was_removed_is_refused_in_words(
    acme: Acme, acme_key: str, providers: Providers
) -> None:
    credential = await store(acme.organisation, GOOD)
    await in_database(vendor_switch, organisation=acme.organisation, vendor="groq", is_enabled=False)
    code, message = await refused(acme_key)
    assert code == 4004
    assert message == (
        "Groq cannot be used: your organisation has switched it off. "
        "Choose another provider in the agent's settings."
    )
    await in_database(vendor_switch, organisation=acme.organisation, vendor="groq", is_enabled=True)
    await in_database(vendor_key_remove, credential=credential)
    code, message = await refused(acme_key)
    assert code == 4004
    assert message == (
        "Groq cannot be used: there is no API key for it (GROQ_API_KEY). "
        "Add one under Settings → Vendors, or choose another provider in the agent's settings."
    )
    assert KeyedModel.made == []


async def test_a_key_that_cannot_be_read_is_refused_in_words(
    acme: Acme, acme_key: str, providers: Providers
) -> None:
    await store(acme.organisation, GOOD)
    await VendorCredential.objects.aupdate(sealed="nonsense")
    code, message = await refused(acme_key)
    assert code == 4004 and "groq" in message
    assert KeyedModel.made == []


async def test_an_address_that_leads_into_a_private_network_by_now_is_not_called(
    acme: Acme, acme_key: str, providers: Providers, strangers: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["8.8.8.8", "169.254.169.254"])
    monkeypatch.setattr(base_address, "_resolve", lambda *_: [(0, 0, 0, "", (next(answers), 443))])
    await store(acme.organisation, GOOD, base_url="https://rebound.example.com")
    code, message = await refused(acme_key)
    assert code == 4004 and "private network" in message
    assert providers.transcriber.streams == []
