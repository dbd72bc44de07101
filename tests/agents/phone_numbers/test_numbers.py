"""Settings → Phone numbers, and the same over REST."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from accounts.models import ApiKey
from accounts.selectors import api_key_find
from accounts.services import api_key_create
from agents.models import Agent, PhoneNumber, TwilioAccount
from agents.phone_numbers import check
from agents.phone_numbers.webhooks import KEY_PLACE
from agents.services import agent_create
from tests.addresses.world import signed_in
from tests.agents.phone_numbers.conftest import ACCOUNT_SID, NUMBER, TOKEN
from tests.cast import Cast
from tests.simulators.server import Fault
from tests.simulators.twilio.simulator import TwilioSimulator

PUBLIC = "https://voice.example.com"


def address(cast: Cast, rest: str = "") -> str:
    return f"/o/{cast.acme.pk}/settings/phones/{rest}"


@pytest.fixture
def number(cast: Cast) -> PhoneNumber:
    return PhoneNumber.objects.create(organisation=cast.acme, number=NUMBER)


@pytest.fixture
def agent(cast: Cast) -> Agent:
    return agent_create(organisation=cast.acme, settings={"name": "Ada"}, created_by=None)


def test_a_number_is_added_as_people_write_it_and_changed(cast: Cast, alice: Client, agent: Agent) -> None:
    typed = {"number": "+1 (555) 010-0999", "label": "Sales", "agent": agent.pk, "fallback_number": ""}
    page = alice.post(address(cast, "new/"), typed, follow=True).content.decode()
    assert NUMBER in page and "Sales" in page and "Ada" in page
    row = PhoneNumber.objects.get()
    changed = {"label": "Help", "fallback_number": "+44 20 7946 0018", "voicemail_number": "+15550100222"}
    alice.post(address(cast, f"{row.pk}/"), changed)
    row.refresh_from_db()
    assert (row.number, row.label, row.agent) == (NUMBER, "Help", None)
    assert (row.fallback_number, row.voicemail_number) == ("+442079460018", "+15550100222")
    alice.post(address(cast, f"{row.pk}/remove/"))
    assert not PhoneNumber.objects.exists()


@pytest.mark.parametrize("typed", ["", "555 0100", "+0155501000", "+1555", "+1555010099912345", "sip:a@b.c"])
def test_what_is_no_number_is_refused_with_a_sentence(cast: Cast, alice: Client, typed: str) -> None:
    response = alice.post(address(cast, "new/"), {"number": typed})
    assert response.status_code == 422 and response.context["form"].errors["number"]


def test_a_number_is_there_once_an_organisation(cast: Cast, alice: Client, number: PhoneNumber) -> None:
    response = alice.post(address(cast, "new/"), {"number": NUMBER})
    assert "already" in response.content.decode() and PhoneNumber.objects.count() == 1
    PhoneNumber.objects.create(organisation=cast.other, number=NUMBER)


def test_a_number_does_not_fall_back_on_itself(cast: Cast, alice: Client, number: PhoneNumber) -> None:
    response = alice.post(address(cast, f"{number.pk}/"), {"fallback_number": NUMBER})
    assert response.context["form"].errors["fallback_number"]
    response = alice.post(
        address(cast, "new/"), {"number": "+15550100111", "voicemail_number": "+15550100111"}
    )
    assert response.context["form"].errors["voicemail_number"]


def test_agents_of_others_cannot_be_chosen(cast: Cast, alice: Client) -> None:
    theirs = agent_create(organisation=cast.other, settings={"name": "Theirs"}, created_by=None)
    response = alice.post(address(cast, "new/"), {"number": NUMBER, "agent": theirs.pk})
    assert response.context["form"].errors["agent"]


def test_members_look_and_change_nothing(cast: Cast, number: PhoneNumber) -> None:
    bob = signed_in(cast.bob)
    page = bob.get(address(cast)).content.decode()
    assert NUMBER in page and "Configure" not in page and KEY_PLACE not in page
    assert bob.post(address(cast, f"{number.pk}/remove/")).status_code == 403
    assert signed_in(cast.charlie).get(address(cast)).status_code == 404


def test_without_an_account_the_page_shows_what_to_paste(
    cast: Cast, alice: Client, number: PhoneNumber, settings: Any
) -> None:
    settings.PUBLIC_URL = PUBLIC
    page = alice.get(address(cast)).content.decode()
    assert f"{PUBLIC}/api/twilio/voice?api_key={KEY_PLACE}" in page and "ngrok" not in page
    settings.PUBLIC_URL = ""
    assert "ngrok http" in alice.get(address(cast)).content.decode()
    page = alice.post(address(cast, f"{number.pk}/configure/"), follow=True).content.decode()
    assert "No Twilio account is stored." in page and "refuses" not in page


def configured(twilio: TwilioSimulator) -> dict[str, str | None]:
    (at_twilio,) = twilio.numbers.values()
    return at_twilio.settings


def key_in(url: str | None) -> str:
    return parse_qs(urlsplit(url or "").query)["api_key"][0]


def test_configuring_has_the_number_at_twilio_ask_us_with_a_key_of_its_own(
    cast: Cast, alice: Client, twilio: TwilioSimulator, account: TwilioAccount, number: PhoneNumber
) -> None:
    page = alice.post(address(cast, f"{number.pk}/configure/"), follow=True).content.decode()
    assert f"{NUMBER} is configured" in page
    set_up = configured(twilio)
    for name, path in (
        ("voice_url", "voice"),
        ("voice_fallback_url", "fallback"),
        ("status_callback", "status"),
    ):
        assert (set_up[name] or "").startswith(f"{PUBLIC}/api/twilio/{path}?api_key=vx_")
    assert set_up["voice_method"] == set_up["voice_fallback_method"] == "POST"
    first = key_in(set_up["voice_url"])
    found = api_key_find(first)
    assert found and found.organisation == cast.acme and NUMBER in found.name
    assert first not in page
    alice.post(address(cast, f"{number.pk}/configure/"))
    second = key_in(configured(twilio)["voice_url"])
    assert api_key_find(first) is None and api_key_find(second)
    alice.post(address(cast, f"{number.pk}/remove/"))
    assert api_key_find(second) is None


def test_what_twilio_refuses_leaves_everything_as_it_was(
    cast: Cast, alice: Client, twilio: TwilioSimulator, account: TwilioAccount, number: PhoneNumber
) -> None:
    alice.post(address(cast, f"{number.pk}/configure/"))
    before = configured(twilio)["voice_url"]
    for faults in ([Fault(status=401)], [Fault(status=500)], [Fault(), Fault(status=400)]):
        twilio.faults.extend(faults)
        page = alice.post(address(cast, f"{number.pk}/configure/"), follow=True).content.decode()
        assert "Twilio refuses it" in page or "could not be asked" in page
        assert configured(twilio)["voice_url"] == before and api_key_find(key_in(before))
    assert ApiKey.objects.filter(revoked_at=None).count() == 1
    other = PhoneNumber.objects.create(organisation=cast.acme, number="+15550100777")
    page = alice.post(address(cast, f"{other.pk}/configure/"), follow=True).content.decode()
    assert "has no number +15550100777" in page


def test_the_check_says_what_a_call_would_meet(
    cast: Cast,
    alice: Client,
    twilio: TwilioSimulator,
    account: TwilioAccount,
    number: PhoneNumber,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(check, "TIME_LIMIT_S", 1.0)
    settings.PUBLIC_URL = twilio.base_url  # somebody else, over http
    page = alice.post(address(cast, f"{number.pk}/check/"), follow=True).content.decode()
    for sentence in ("over https only", "answered by somebody else", "No socket opens", "no active agent"):
        assert sentence in page
    assert "asks another address" in page
    settings.PUBLIC_URL = "http://127.0.0.1:9"
    agent_create(organisation=cast.acme, settings={"name": "Ada"}, created_by=None)
    alice.post(address(cast, f"{number.pk}/configure/"))
    page = alice.post(address(cast, f"{number.pk}/check/"), follow=True).content.decode()
    assert "cannot be reached" in page and "Ada answers." in page and "asks this address" in page


def test_programs_do_the_same(cast: Cast, twilio: TwilioSimulator, agent: Agent) -> None:
    _, key = api_key_create(organisation=cast.acme, name="Program", created_by=None)

    def ask(method: str, path: str, body: Any = None) -> Any:
        sent = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        return getattr(Client(), method)(f"/api/dashboard/{path}", headers={"x-api-key": key}, **sent)

    assert ask("get", "twilio-account").status_code == 404
    wrong = ask("put", "twilio-account", {"account_sid": ACCOUNT_SID, "auth_token": "f" * 32})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "twilio_refused")
    stored = ask("put", "twilio-account", {"account_sid": ACCOUNT_SID, "auth_token": TOKEN})
    assert stored.json()["state"] == "works" and TOKEN not in stored.content.decode()
    assert ask("post", "twilio-account/test").json()["said"] == "Acme"
    created = ask("post", "phone-numbers", {"number": "+1 555 010 0999", "agent_id": agent.pk})
    assert (created.status_code, created.json()["number"], created.json()["agent_id"]) == (
        201,
        NUMBER,
        agent.pk,
    )
    one = f"phone-numbers/{created.json()['id']}"
    for body, field in (
        ({"number": NUMBER}, "number"),
        ({"number": "12"}, "number"),
        ({"number": "+15550100111", "agent_id": "nobody"}, "agent_id"),
    ):
        refused = ask("post", "phone-numbers", body)
        assert refused.status_code == 400 and refused.json()["errors"][0]["field"] == field
    assert ask("patch", one, {"fallback_number": NUMBER}).status_code == 400
    assert ask("patch", one, {"label": "Sales", "agent_id": None}).json()["agent_id"] is None
    assert ask("post", f"{one}/configure").json()["configured_at"]
    twilio.faults.append(Fault(status=500))
    assert ask("post", f"{one}/configure").json()["code"] == "twilio_unreachable"
    assert [each["label"] for each in ask("get", "phone-numbers").json()["results"]] == ["Sales"]
    assert ask("delete", one).status_code == 204 and ask("get", one).status_code == 404
    assert ask("delete", "twilio-account").status_code == 204
