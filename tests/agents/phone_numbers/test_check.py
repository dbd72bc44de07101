"""“Test this webhook” promises no call that would not come, and no agent that would not answer."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.services import api_key_create
from agents.models import Agent, PhoneNumber, TwilioAccount
from agents.phone_numbers import check
from agents.services import agent_create
from tests.agents.phone_numbers.conftest import NUMBER
from tests.cast import Cast
from tests.simulators.twilio.simulator import TwilioSimulator


@pytest.fixture
def ada(cast: Cast, account: TwilioAccount, monkeypatch: pytest.MonkeyPatch) -> Agent:
    monkeypatch.setattr(check, "TIME_LIMIT_S", 0.2)
    return agent_create(organisation=cast.acme, settings={"name": "Ada"}, created_by=None)


@pytest.fixture
def number(cast: Cast) -> PhoneNumber:
    return PhoneNumber.objects.create(organisation=cast.acme, number=NUMBER)


def press(client: Client, number: PhoneNumber, button: str = "check") -> str:
    address = f"/o/{number.organisation_id}/settings/phones/{number.pk}/{button}/"
    page = client.post(address, follow=True).content.decode()
    return page.replace("&#x27;", "'").replace("&quot;", '"')


def at(twilio: TwilioSimulator) -> dict[str, str | None]:
    (at_twilio,) = twilio.numbers.values()
    return at_twilio.settings


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("trunk_sid", "TK" + "0" * 32, "is set to a SIP trunk, not to an address"),
        ("voice_application_sid", "AP" + "0" * 32, "is set to a TwiML App, not to an address"),
    ],
)
def test_what_goes_before_the_address_is_told_and_configured_away(
    ada: Agent,
    alice: Client,
    twilio: TwilioSimulator,
    number: PhoneNumber,
    setting: str,
    value: str,
    words: str,
) -> None:
    press(alice, number, "configure")
    at(twilio)[setting] = value
    page = press(alice, number)
    assert words in page and "asks this address." not in page
    press(alice, number, "configure")
    assert "asks this address." in press(alice, number)


def test_the_agent_that_the_address_names_goes_before_the_numbers_own(
    cast: Cast, ada: Agent, alice: Client, twilio: TwilioSimulator, number: PhoneNumber
) -> None:
    bea = agent_create(organisation=cast.acme, settings={"name": "Bea"}, created_by=None)
    theirs = agent_create(organisation=cast.other, settings={"name": "Theirs"}, created_by=None)
    press(alice, number, "configure")
    assert "Ada answers." in press(alice, number)
    ours = at(twilio)["voice_url"]
    at(twilio)["voice_url"] = f"{ours}&agent_id={bea.pk}"
    page = press(alice, number)
    assert "Bea answers." in page and "Ada answers." not in page
    Agent.objects.filter(pk=bea.pk).update(is_active=False)
    assert "Bea is not active" in press(alice, number)
    for nobody in (theirs.pk, "nobody"):
        at(twilio)["voice_url"] = f"{ours}&agent_id={nobody}"
        page = press(alice, number)
        assert "names an agent that is not there" in page and "answers." not in page
    at(twilio)["voice_url"] = f"https://elsewhere.example.com/?agent_id={bea.pk}"
    assert "Ada answers." in press(alice, number)


def test_an_agent_whose_vendor_cannot_be_used_does_not_answer(
    cast: Cast, ada: Agent, alice: Client, number: PhoneNumber
) -> None:
    settings = {"name": "Cleo", "model": {"provider": "groq", "name": "llama-3.3-70b-versatile"}}
    number.agent = agent_create(organisation=cast.acme, settings=settings, created_by=None)
    number.save()
    page = press(alice, number)
    assert "Cleo takes no calls:" in page and "GROQ_API_KEY" in page and "Cleo answers." not in page


def test_a_number_is_not_pointed_at_an_address_that_twilio_cannot_reach(
    cast: Cast, ada: Agent, alice: Client, twilio: TwilioSimulator, number: PhoneNumber, settings: Any
) -> None:
    settings.PUBLIC_URL, settings.TWILIO_BASE_URL = "", ""
    assert "set PUBLIC_URL to its public https address" in press(alice, number, "configure")
    _, key = api_key_create(organisation=cast.acme, name="Program", created_by=None)
    refused = Client().post(f"/api/dashboard/phone-numbers/{number.pk}/configure", headers={"x-api-key": key})
    assert (refused.status_code, refused.json()["code"]) == (409, "no_public_address")
    number.refresh_from_db()
    assert not at(twilio)["voice_url"] and number.configured_at is None and number.unconfirmed_key is None


def test_programs_are_told_that_an_account_is_to_be_stored_first(
    cast: Cast, twilio: TwilioSimulator, number: PhoneNumber
) -> None:
    _, key = api_key_create(organisation=cast.acme, name="Program", created_by=None)
    url = f"/api/dashboard/phone-numbers/{number.pk}/configure"
    refused = Client().post(url, headers={"x-api-key": key})
    assert (refused.status_code, refused.json()["code"]) == (409, "no_twilio_account")


def test_programs_are_told_what_the_page_says(
    cast: Cast, ada: Agent, twilio: TwilioSimulator, number: PhoneNumber
) -> None:
    url = f"/api/dashboard/phone-numbers/{number.pk}/test"
    _, key = api_key_create(organisation=cast.acme, name="Program", created_by=None)
    told = Client().post(url, headers={"x-api-key": key}).json()
    assert {"is_well": True, "sentence": "Ada answers."} in told["findings"]
    elsewhere = "The number at Twilio asks another address. Press “Configure at Twilio”."
    assert {"is_well": False, "sentence": elsewhere} in told["findings"] and told["is_well"] is False
    _, foreign = api_key_create(organisation=cast.other, name="Program", created_by=None)
    assert Client().post(url, headers={"x-api-key": foreign}).status_code == 404
