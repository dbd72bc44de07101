"""Numbers of an organisation that send callers on to each other, in a circle at last."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client

from accounts.models import Organisation
from accounts.services import api_key_create
from agents.models import Agent, PhoneNumber
from agents.phone_numbers import services
from agents.services import agent_create
from tests.agents.form_data import form_data
from tests.cast import Cast, make_cast

FRONT, BACK, NIGHT, ELSEWHERE = "+15550100001", "+15550100002", "+15550100003", "+442079460018"


def number(organisation: Organisation, own: str, fallback: str = "", voicemail: str = "") -> PhoneNumber:
    return PhoneNumber.objects.create(
        organisation=organisation, number=own, fallback_number=fallback, voicemail_number=voicemail
    )


def save(client: Client, phone_number: PhoneNumber, **fields: str) -> Any:
    return client.post(f"/o/{phone_number.organisation_id}/settings/phones/{phone_number.pk}/", fields)


@pytest.mark.parametrize("field", ["fallback_number", "voicemail_number"])
@pytest.mark.parametrize("named_as", ["fallback", "voicemail"])
@pytest.mark.parametrize("is_long", [False, True])
def test_what_leads_back_is_refused_beside_its_field(
    cast: Cast, alice: Client, field: str, named_as: str, is_long: bool
) -> None:
    front = number(cast.acme, FRONT)
    number(cast.acme, BACK, **{named_as: NIGHT if is_long else FRONT})
    number(cast.acme, NIGHT, ELSEWHERE, FRONT)
    response = save(alice, front, label="Sales", **{field: BACK})
    assert response.status_code == 422
    (said,) = response.context["form"].errors[field]
    assert "round in a circle" in said
    front.refresh_from_db()
    assert (front.label, front.fallback_number, front.voicemail_number) == ("", "", "")


def test_a_new_number_that_others_name_already_closes_no_circle(cast: Cast, alice: Client) -> None:
    number(cast.acme, BACK, FRONT)
    new = {"number": FRONT, "fallback_number": BACK}
    response = alice.post(f"/o/{cast.acme.pk}/settings/phones/new/", new)
    assert response.status_code == 422 and response.context["form"].errors["fallback_number"]
    assert PhoneNumber.objects.count() == 1


def test_what_does_not_lead_back_is_saved(cast: Cast, alice: Client) -> None:
    front, back = number(cast.acme, FRONT), number(cast.acme, BACK, NIGHT)
    # A circle that the number is no part of, and another organisation's row, are no reason.
    number(cast.acme, NIGHT, ELSEWHERE)
    number(cast.other, BACK, FRONT)
    assert save(alice, front, fallback_number=BACK).status_code == 302
    PhoneNumber.objects.filter(number=NIGHT).update(fallback_number=BACK)
    assert save(alice, front, fallback_number=BACK, voicemail_number=NIGHT).status_code == 302
    assert save(alice, back, fallback_number=ELSEWHERE).status_code == 302, "and so one gets out of it"


def test_programs_are_told_which_field_leads_back(cast: Cast) -> None:
    _, key = api_key_create(organisation=cast.acme, name="Program", created_by=None)
    front = number(cast.acme, FRONT)
    number(cast.acme, BACK, FRONT)

    def ask(method: str, path: str, body: dict[str, str]) -> Any:
        address = f"/api/dashboard/phone-numbers{path}"
        sent = {"data": json.dumps(body), "content_type": "application/json"}
        return getattr(Client(), method)(address, headers={"x-api-key": key}, **sent)

    refused = ask("patch", f"/{front.pk}", {"voicemail_number": BACK})
    assert refused.status_code == 400
    (told,) = refused.json()["errors"]
    assert (told["field"], told["code"]) == ("voicemail_number", "circle")
    number(cast.acme, NIGHT, ELSEWHERE)
    PhoneNumber.objects.filter(number=NIGHT).update(voicemail_number="+15550100004")
    refused = ask("post", "", {"number": "+15550100004", "fallback_number": NIGHT})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "circle")
    assert ask("patch", f"/{front.pk}", {"label": "Sales"}).status_code == 200


def puts_through_to(cast: Cast, *targets: str) -> Agent:
    transfer = {"targets": [{"name": f"No. {to}", "to": to, "line": ""} for to in targets], "ring_s": 20}
    settings = {"name": "Ada", "transfer": transfer}
    return agent_create(organisation=cast.acme, settings=settings, created_by=None)


def test_an_agent_that_puts_callers_through_to_a_number_does_not_answer_it(cast: Cast, alice: Client) -> None:
    agent = puts_through_to(cast, FRONT)
    front, back = number(cast.acme, FRONT), number(cast.acme, BACK)
    refused = save(alice, front, agent=agent.pk)
    assert refused.status_code == 422
    (said,) = refused.context["form"].errors["agent"]
    assert "in a circle" in said
    new = {"number": NIGHT, "agent": puts_through_to(cast, NIGHT).pk}
    assert alice.post(f"/o/{cast.acme.pk}/settings/phones/new/", new).status_code == 422
    assert save(alice, back, agent=agent.pk).status_code == 302
    _, key = api_key_create(organisation=cast.acme, name="Program", created_by=None)
    answer = alice.patch(
        f"/api/dashboard/phone-numbers/{front.pk}",
        json.dumps({"agent_id": agent.pk}),
        content_type="application/json",
        headers={"x-api-key": key},
    )
    (told,) = answer.json()["errors"]
    assert (answer.status_code, told["field"], told["code"]) == (400, "agent_id", "circle")


def test_an_agent_does_not_put_callers_through_to_a_number_that_it_answers(cast: Cast, alice: Client) -> None:
    agent = puts_through_to(cast)
    PhoneNumber.objects.create(organisation=cast.acme, number=FRONT, agent=agent)
    number(cast.other, BACK)
    address = f"/o/{cast.acme.pk}/agents/{agent.pk}/"
    refused = alice.post(address, form_data(transfer_targets=f"Night = {BACK}\nFront = {FRONT}"))
    assert refused.status_code == 422
    assert refused.context["form"].errors["transfer_targets"] == [
        f"Line 2: this agent answers {FRONT} itself, so callers would go round in a circle."
    ]
    assert alice.post(address, form_data(transfer_targets=f"Night = {BACK}")).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_two_who_save_at_once_close_no_circle() -> None:
    cast = make_cast()
    rows = [number(cast.acme, FRONT), number(cast.acme, BACK)]

    def save_other(index: int) -> bool:
        try:
            services.phone_number_update(phone_number=rows[index], fallback_number=rows[1 - index].number)
        except services.GoesRound:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(2) as both:
        saved = list(both.map(save_other, range(2)))
    assert sorted(saved) == [False, True]
    connection.close()
