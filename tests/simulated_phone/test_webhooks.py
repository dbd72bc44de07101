"""How long Twilio waits for a customer's server, how often it asks again, and what comes in its place."""

from __future__ import annotations

import asyncio

import pytest

from tests.simulated_phone.customer import PUBLIC, Customer
from tests.simulators.twilio.simulator import TwilioSimulator
from tests.simulators.twilio.webhooks import Limits, limits_of


def test_a_fragment_overrides_the_limits_and_is_neither_sent_nor_signed():
    url, limits = limits_of("https://a.example/voice?k=v#ct=2000&rt=50&tt=99000&rc=9&rp=5xx,rt")
    assert url == "https://a.example/voice?k=v"
    assert limits == Limits(2_000, 100, 15_000, 5, frozenset({"5xx", "rt"}))
    assert limits_of("https://a.example/voice")[1] == Limits()


async def test_the_same_request_five_times_at_once_is_one_to_the_customer_s_eye(
    customer: Customer, twilio: TwilioSimulator
):
    call = twilio.ring(customer.says("/voice", "<Hangup/>"), copies=5)
    await call.wait_until_over()
    forms = customer.forms("/voice")
    assert len(forms) == 5 and all(form == forms[0] for form in forms) and customer.signed == [True] * 5


async def test_a_server_that_is_slow_or_fails_is_asked_again_as_the_fragment_says(
    customer: Customer, twilio: TwilioSimulator
):
    customer.status = 500
    call = twilio.ring(customer.says("/voice", "<Hangup/>") + "#rc=2&rp=5xx")
    await call.wait_until_over()
    assert len(customer.forms("/voice")) == 3 and call.answers[0].tries == 3
    assert call.errors[0][0] == 11200
    call = twilio.ring(PUBLIC + "/voice")
    await call.wait_until_over()
    assert len(customer.forms("/voice")) == 4


async def test_no_answer_in_time_leads_to_the_fallback(customer: Customer):
    customer.delay_s = 0.4
    fallback = customer.says("/fallback", "<Say>Sorry.</Say>")
    # Fifteen seconds are 150 ms here.
    async with TwilioSimulator({PUBLIC: customer.base_url}, limit_scale=100) as twilio:
        call = twilio.ring(customer.says("/voice", "<Say>late</Say>"), fallback_url=fallback)
        await asyncio.sleep(0.25)
        customer.delay_s = 0.0
        await call.wait_until_over()
    form = customer.forms("/fallback")[0]
    assert (form["ErrorCode"], form["ErrorUrl"]) == ("11200", PUBLIC + "/voice")
    assert "late" not in call.said()
    assert call.answers[0].took_ms == pytest.approx(150, abs=100)


async def test_nobody_there_is_an_application_error(customer: Customer, twilio: TwilioSimulator):
    twilio.addresses.reached_at["https://gone.example.com"] = "http://127.0.0.1:9"
    call = twilio.ring("https://gone.example.com/voice#rc=3")
    await call.wait_until_over()
    assert call.errors[0][0] == 11205 and call.answers[0].tries == 4
    assert [each.kind for each in call.heard] == ["application error"]


async def test_nothing_ever_leaves_the_machine(customer: Customer, twilio: TwilioSimulator):
    call = twilio.ring("https://api.example.org/voice")
    await call.wait_until_over()
    assert "loopback" in call.errors[0][1]


async def test_the_fallback_stands_in_for_later_documents_too_and_not_for_itself(
    customer: Customer, twilio: TwilioSimulator
):
    fallback = customer.says("/fallback", "<Say>Sorry.</Say>")
    redirect = customer.says("/voice", f"<Redirect>{PUBLIC}/nothing</Redirect>")
    call = twilio.ring(redirect, fallback_url=fallback)
    await call.wait_until_over()
    assert call.said() == ["Sorry."]
    assert customer.forms("/fallback")[0]["ErrorUrl"] == PUBLIC + "/nothing"
    customer.documents["/fallback"] = "nothing either"
    call = twilio.ring(redirect, fallback_url=fallback)
    await call.wait_until_over()
    assert call.errors[0][0] == 12100 and len(customer.forms("/fallback")) == 2
