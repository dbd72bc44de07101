"""Calls that agents make: how they end when nobody answers, and what is asked of Twilio."""

from __future__ import annotations

import pytest

from calls.models import Call, OutboundCall
from tests.outbound.conftest import CALLEE, Office
from tests.simulators.twilio.carrier import Callee
from tests.simulators.twilio.simulator import NUMBER


@pytest.mark.parametrize(
    ("callee", "code", "by", "status", "sip"),
    [
        (Callee("busy"), "busy", "caller", "busy", 486),
        (Callee("no-answer"), "no_answer", "caller", "no-answer", 487),
        (Callee("busy", sip=603), "rejected", "caller", "busy", 603),
        (Callee("failed", sip=404), "carrier_failed", "platform", "failed", 404),
    ],
)
def test_a_call_that_nobody_answers_ends_with_its_reason_and_twilios_codes(
    office: Office, callee: Callee, code: str, by: str, status: str, sip: int
) -> None:
    office.twilio.callees[CALLEE] = callee
    answer = office.call(ring_s=5)
    assert answer.status_code == 201, answer.json()
    made = answer.json()
    assert (made["direction"], made["from_number"], made["to_number"]) == ("outbound", NUMBER, CALLEE)
    ended = office.ended(made["id"])
    assert (ended["end_reason"]["code"], ended["end_reason"]["by"]) == (code, by)
    assert f"SIP {sip}" in ended["end_reason"]["message"]
    assert (ended["outbound"]["status"], ended["outbound"]["sip_code"]) == (status, sip)
    assert (ended["state"], ended["duration_s"]) == ("ended", 0.0)


def test_twilio_is_given_a_token_that_names_the_call_and_no_key(office: Office) -> None:
    office.twilio.callees[CALLEE] = Callee("busy")
    made = office.call().json()
    office.ended(made["id"])
    (asked,) = [each for each in office.twilio.requests if each.path.endswith("/Calls.json")]
    form = dict(asked.body)
    assert form["Timeout"] == ["30"] and "MachineDetection" not in form
    assert f"token={made['id']}" in form["Url"][0] and f"token={made['id']}" in form["StatusCallback"][0]
    assert office.raw_key not in str(form)
    row = Call.objects.get(pk=made["id"])
    assert row.carrier_sid in office.twilio.calls


def test_the_same_idempotency_key_calls_once(office: Office) -> None:
    office.twilio.callees[CALLEE] = Callee("busy")
    first = office.call("k1", variables={"name": "Ann"})
    again = office.call("k1", variables={"name": "Ann"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    other = office.call("k1", variables={"name": "Bob"})
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    assert len(office.twilio.calls) == OutboundCall.objects.count() == 1
