"""A call that rings is cancelled: at once here, then at Twilio; nobody is spoken to any more."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.test import Client

from accounts.models import Plan
from agents.models import TwilioAccount
from calls import outbound
from calls.models import Call, Command, CommandKind, OutboundCall
from calls.services import command_give, outbound_answered
from tests.addresses.world import signed_in
from tests.cast import Cast
from tests.outbound.conftest import CALLEE, Office, told
from tests.simulators.server import Fault
from tests.simulators.twilio.carrier import Callee
from voice.providers.twilio.access import connect

LONG_RINGING = Callee("no-answer")


@pytest.fixture
def ringing(office: Office) -> Call:
    office.twilio.callees[CALLEE] = LONG_RINGING
    return Call.objects.get(pk=office.call(ring_s=120).json()["id"])


def end(office: Office, call: Call, key: str = "", **arguments: Any) -> Any:
    return office.client.post(
        f"/api/dashboard/calls/{call.pk}/commands",
        {"kind": "end"} | arguments,
        content_type="application/json",
        headers={"x-api-key": office.raw_key} | ({"Idempotency-Key": key} if key else {}),
    )


def at_twilio(office: Office, call: Call, status: str) -> None:
    """Waits until Twilio has the call so."""
    call.refresh_from_db()
    deadline = time.monotonic() + 5
    while office.twilio.calls[call.carrier_sid].status != status:
        assert time.monotonic() < deadline, office.twilio.calls[call.carrier_sid].status
        time.sleep(0.02)


def asked_to_end(office: Office) -> list[str]:
    return [str(each.body["Status"][0]) for each in office.twilio.requests if "Status" in each.body]


def test_a_ringing_call_is_cancelled_at_twilio_and_gives_its_place_back(
    office: Office, ringing: Call
) -> None:
    Plan.objects.update(calls_at_once=1)
    assert told(office.call()) == (429, "too_many_calls")
    answer = end(office, ringing, reason="The customer has called us.")
    assert (answer.status_code, answer.json()["state"], answer.json()["outcome"]) == (201, "settled", "done")
    at_twilio(office, ringing, "canceled")
    assert asked_to_end(office) == ["canceled"]
    found = office.found(ringing.pk)
    assert found["end_reason"] == {
        "code": "ended_by_operator",
        "by": "operator",
        "message": "The customer has called us.",
    }
    assert (found["state"], found["duration_s"], found["outbound"]["status"]) == ("ended", 0.0, "canceled")
    assert office.call(ring_s=120).status_code == 201


def test_what_has_answered_and_is_not_known_here_to_have_is_hung_up_on(office: Office) -> None:
    office.twilio.callees[CALLEE] = Callee(is_machine=True, greets_s=20.0)
    call = Call.objects.get(pk=office.call(on_machine="leave_message").json()["id"])
    at_twilio(office, call, "in-progress")
    answered = OutboundCall.objects.filter(call=call)
    deadline = time.monotonic() + 5
    while not answered.exclude(answered_at=None).exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    answered.update(answered_at=None)  # as it is before Twilio's word of it has come here
    assert end(office, call).status_code == 201
    assert asked_to_end(office) == ["canceled", "completed"]
    at_twilio(office, call, "completed")
    assert office.found(call.pk)["end_reason"]["code"] == "ended_by_operator"


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (Fault(status=503), 503, "twilio_unreachable"),
        (Fault(garbage=True), 503, "twilio_unreachable"),
        (Fault(status=401), 422, "twilio_refused"),
    ],
)
def test_where_twilio_cannot_be_told_nobody_is_spoken_to_and_the_same_request_tells_it_again(
    office: Office, ringing: Call, fault: Fault, status: int, code: str
) -> None:
    office.twilio.faults.append(fault)
    assert told(end(office, ringing, "k")) == (status, code)
    ringing.refresh_from_db()
    assert (ringing.state, ringing.lease_expires_at) == ("ended", None)
    assert outbound_answered(call_id=ringing.pk, carrier_sid=ringing.carrier_sid, answered_by="") is None
    assert end(office, ringing, "k").status_code == 200
    at_twilio(office, ringing, "canceled")
    assert end(office, ringing, "k").status_code == 200
    assert len(asked_to_end(office)) == 2 and Command.objects.count() == 1
    assert told(end(office, ringing, "other")) == (409, "call_not_live")


def test_a_call_cancelled_while_twilio_is_asked_to_make_it_does_not_ring_on(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Slow:
        def __init__(self, access: Any) -> None:
            self._twilio = connect(access)

        def call_create(self, asked: Any) -> Any:
            command_give(call=Call.objects.get(), kind=CommandKind.END)
            return self._twilio.call_create(asked)

    monkeypatch.setattr(outbound, "connect", Slow)
    office.twilio.callees[CALLEE] = LONG_RINGING
    made = office.call(ring_s=120)
    assert (made.status_code, made.json()["end_reason"]["code"]) == (201, "ended_by_operator")
    at_twilio(office, Call.objects.get(), "canceled")


def test_a_call_that_is_answered_is_ended_by_who_holds_it(office: Office, ringing: Call) -> None:
    outbound_answered(call_id=ringing.pk, carrier_sid=ringing.carrier_sid, answered_by="")
    assert end(office, ringing).json()["state"] == "waiting"
    assert asked_to_end(office) == []


def test_without_the_account_the_call_is_over_here_all_the_same(office: Office, ringing: Call) -> None:
    TwilioAccount.objects.all().delete()
    assert told(end(office, ringing)) == (422, "twilio_refused")
    assert office.found(ringing.pk)["end_reason"]["code"] == "ended_by_operator"


# --- on its page --------------------------------------------------------------------------------
@pytest.fixture
def bob(office: Office, cast: Cast) -> Client:
    return signed_in(cast.bob)


def page_of(call: Call, rest: str = "") -> str:
    return f"/o/{call.organisation_id}/conversations/{call.pk}/{rest}"


def test_the_page_of_a_ringing_call_has_a_button_that_cancels_it(
    office: Office, ringing: Call, bob: Client
) -> None:
    page = bob.get(page_of(ringing)).content.decode()
    assert "Cancel call" in page and "Have the agent say" not in page
    answer = bob.post(page_of(ringing, "end/"), {"end-once": "1"}, headers={"HX-Request": "true"})
    assert "The call ended." in answer.content.decode() and "Cancel call" not in answer.content.decode()
    at_twilio(office, ringing, "canceled")
    assert "Ended from outside" in bob.get(page_of(ringing)).content.decode()


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_the_page_says_when_twilio_could_not_be_told(
    office: Office, ringing: Call, bob: Client, headers: dict[str, str]
) -> None:
    office.twilio.faults.append(Fault(status=503))
    answer = bob.post(page_of(ringing, "end/"), {"end-once": "1"}, headers=headers, follow=True)
    assert "whoever answers is not spoken to" in answer.content.decode()


def test_the_page_has_other_forms_once_somebody_has_answered(
    office: Office, ringing: Call, bob: Client
) -> None:
    polled = page_of(ringing, "commands/?ringing=1")
    assert "HX-Retarget" not in bob.get(polled).headers
    outbound_answered(call_id=ringing.pk, carrier_sid=ringing.carrier_sid, answered_by="")
    answer = bob.get(polled)
    assert answer["HX-Retarget"] == "#commands" and "Have the agent say" in answer.content.decode()
    assert "HX-Retarget" not in bob.get(page_of(ringing, "commands/")).headers
