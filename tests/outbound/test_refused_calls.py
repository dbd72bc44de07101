"""Calls that are not made: each with a stable code, and without a row or a place taken."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Organisation, Plan
from agents.models import AgentVersion, PhoneNumber
from agents.services import agent_create
from agents.twilio_account.services import twilio_account_remove
from calls.models import Call, CallState, OutboundCall
from tests.outbound.conftest import CALLEE, Office, told
from tests.simulators.server import Fault
from tests.simulators.twilio.carrier import Callee


def was_not_made(office: Office) -> bool:
    assert office.twilio.calls == {}
    return not Call.objects.exists()


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        ({"to": "0711 1234"}, 400, "not_e164"),
        ({"to": "+1555010444x"}, 400, "not_e164"),
        ({"from": "+15550109999"}, 400, "unknown_number"),
        ({"to": "+4930123456"}, 403, "country_not_allowed"),
        ({"to": "+99912345678"}, 403, "country_not_allowed"),
        ({"agent_id": "664a00000000000000000000"}, 400, "agent_not_found"),
        ({"on_machine": "shout"}, 400, "invalid_choice"),
        ({"ring_s": 4}, 400, "min_value"),
        ({"variables": {"a b": "c"}}, 400, "invalid_variables"),
        ({"variables": [1]}, 400, "invalid_variables"),
    ],
)
def test_a_wish_that_cannot_be_is_told_why(
    office: Office, wish: dict[str, Any], status: int, code: str
) -> None:
    assert told(office.call(**wish)) == (status, code)
    assert was_not_made(office)


def test_an_organisation_says_where_its_agents_may_call(office: Office) -> None:
    Organisation.objects.filter(pk=office.organisation.pk).update(called_countries=["DE"])
    assert told(office.call()) == (403, "country_not_allowed")
    office.twilio.callees["+4930123456"] = Callee("busy")
    assert office.call(to="+4930123456").status_code == 201


def test_foreign_numbers_and_agents_are_unknown(office: Office, cast: Any) -> None:
    number = PhoneNumber.objects.create(organisation=cast.other, number="+15550108888")
    agent = agent_create(organisation=cast.other, settings={"name": "Eve"}, created_by=None)
    assert told(office.call(**{"from": number.number})) == (400, "unknown_number")
    assert told(office.call(agent_id=agent.pk)) == (400, "agent_not_found")


def test_without_an_account_nobody_is_called(office: Office) -> None:
    twilio_account_remove(account=office.organisation.twilio_account)
    assert told(office.call()) == (409, "no_twilio_account")
    assert was_not_made(office)


def test_a_message_for_machines_must_be_there(office: Office) -> None:
    agent = agent_create(organisation=office.organisation, settings={"name": "Bo"}, created_by=None)
    assert told(office.call(agent_id=agent.pk, on_machine="leave_message")) == (400, "no_voicemail_message")
    assert AgentVersion.objects.count() == 2 and was_not_made(office)


@pytest.mark.parametrize(
    ("fault", "status", "code", "words"),
    [
        (Fault(status=401), 422, "twilio_credentials_refused", "20003"),
        (
            Fault(status=403, body={"code": 20403, "message": "No"}),
            422,
            "twilio_credentials_refused",
            "20403",
        ),
        (Fault(status=403, body={"code": 21215, "message": "Not there"}), 422, "twilio_refused", "21215"),
        (Fault(status=429), 429, "twilio_busy", "20429"),
        (Fault(status=400, body={"code": 21215, "message": "Not there"}), 422, "twilio_refused", "21215"),
    ],
)
def test_what_twilio_refuses_is_told_with_its_code_and_takes_no_place(
    office: Office, fault: Fault, status: int, code: str, words: str
) -> None:
    office.twilio.faults.append(fault)
    answer = office.call("k")
    assert told(answer) == (status, code)
    assert words in answer.json()["detail"]
    assert was_not_made(office)
    # Mended, the same wish is asked for again.
    office.twilio.callees[CALLEE] = Callee("busy")
    assert office.call("k").status_code == 201


@pytest.mark.parametrize("fault", [Fault(status=503), Fault(garbage=True)])
def test_where_twilio_may_have_dialled_the_same_key_rings_nobody_twice(office: Office, fault: Fault) -> None:
    office.twilio.faults.append(fault)
    assert told(office.call("k")) == (503, "twilio_unreachable")
    row = Call.objects.get()
    assert (row.state, row.end_code) == (CallState.ENDED, "carrier_failed")
    again = office.call("k")
    assert (again.status_code, again.json()["id"]) == (200, row.pk)
    assert office.twilio.calls == {}


def test_calls_at_once_and_calls_a_second_are_the_plans(office: Office) -> None:
    office.twilio.callees[CALLEE] = Callee("no-answer")
    Plan.objects.update(calls_at_once=1)
    assert office.call(ring_s=120).status_code == 201
    assert told(office.call()) == (429, "too_many_calls")
    Plan.objects.update(calls_at_once=10, dialled_per_second=1)
    Call.objects.all().delete()
    assert office.call(ring_s=120).status_code == 201
    assert told(office.call()) == (429, "rate_limited")


def test_an_organisation_keeps_places_for_those_who_call_it(office: Office) -> None:
    office.twilio.callees[CALLEE] = Callee("no-answer")
    own = Organisation.objects.filter(pk=office.organisation.pk)
    own.update(dialled_at_once=1)
    assert office.call(ring_s=120).status_code == 201
    assert told(office.call()) == (429, "too_many_calls")
    own.update(dialled_at_once=2, dialled_per_second=1)
    OutboundCall.objects.update(created_at=timezone.now())
    assert told(office.call()) == (429, "rate_limited")
    # The plan is lowered later: it counts.
    own.update(dialled_at_once=100, dialled_per_second=200)
    Plan.objects.update(dialled_per_second=1)
    OutboundCall.objects.update(created_at=timezone.now())
    assert told(office.call()) == (429, "rate_limited")
