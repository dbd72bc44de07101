"""The official client drives the simulated REST API: calls, their ends, numbers, and Twilio's errors."""

from __future__ import annotations

import asyncio
import urllib.parse
from collections.abc import Callable
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from tests.simulated_phone.customer import CONNECT, Customer
from tests.simulators.server import Fault
from tests.simulators.twilio.carrier import Callee
from tests.simulators.twilio.simulator import ACCOUNT_SID, AUTH_TOKEN, NUMBER, TwilioSimulator

CALLEE = "+15550104444"
EVENTS = ["initiated", "ringing", "answered", "completed"]


class Loopback(TwilioHttpClient):
    def __init__(self, base_url: str) -> None:
        super().__init__(timeout=5)
        self._base = urllib.parse.urlsplit(base_url)

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        parts = urllib.parse.urlsplit(url)._replace(scheme=self._base.scheme, netloc=self._base.netloc)
        return super().request(method, parts.geturl(), *args, **kwargs)


def client(twilio: TwilioSimulator, sid: str = ACCOUNT_SID, token: str = AUTH_TOKEN) -> Client:
    return Client(sid, token, http_client=Loopback(twilio.base_url))


async def asked(do: Callable[[], Any]) -> Any:
    """The official client blocks."""
    return await asyncio.to_thread(do)


async def refused(do: Callable[[], Any]) -> tuple[int, int]:
    with pytest.raises(TwilioRestException) as raised:
        await asked(do)
    return raised.value.status, raised.value.code


def statuses(customer: Customer) -> list[str]:
    forms = customer.forms("/status")
    assert [form["SequenceNumber"] for form in forms] == [str(number) for number in range(len(forms))]
    return [form["CallStatus"] for form in forms]


async def placed(customer: Customer, twilio: TwilioSimulator, **options: Any) -> Any:
    rest = client(twilio)
    if "url" not in options:
        options["url"] = customer.says("/voice", "<Say>Hello.</Say>")
    return await asked(
        lambda: rest.calls.create(
            to=CALLEE, from_=NUMBER, status_callback=customer.says("/status"),
            status_callback_event=EVENTS, **options,
        )
    )  # fmt: skip


async def test_an_answered_call_runs_its_document_and_tells_its_progress(
    customer: Customer, twilio: TwilioSimulator
):
    twilio.callees[CALLEE] = Callee()
    made = await placed(customer, twilio)
    assert made.sid.startswith("CA") and made.direction == "outbound-api" and made.status == "queued"
    call = twilio.calls[made.sid]
    await call.wait_until_over()
    assert call.said() == ["Hello."]
    assert statuses(customer) == ["initiated", "ringing", "in-progress", "completed"]
    assert customer.forms("/status")[-1]["SipResponseCode"] == "200" and all(customer.signed)
    assert customer.forms("/voice")[0]["Direction"] == "outbound-api"
    fetched = await asked(lambda: client(twilio).calls(made.sid).fetch())
    assert fetched.status == "completed" and fetched.date_created is not None


@pytest.mark.parametrize(
    ("callee", "status", "sip"),
    [
        (Callee("busy"), "busy", "486"),
        (Callee("no-answer"), "no-answer", "487"),
        (Callee(rings_s=60), "no-answer", "487"),
        (Callee("failed", sip=404), "failed", "404"),
        (Callee("busy", sip=603), "busy", "603"),
    ],
)
async def test_a_call_that_nobody_answers_ends_with_its_reason(
    customer: Customer, twilio: TwilioSimulator, callee: Callee, status: str, sip: str
):
    twilio.callees[CALLEE] = callee
    made = await placed(customer, twilio, timeout=5)
    await twilio.calls[made.sid].wait_until_over()
    assert statuses(customer) == ["initiated", "ringing", status]
    assert customer.forms("/status")[-1]["SipResponseCode"] == sip
    assert customer.forms("/voice") == []


@pytest.mark.parametrize(
    ("is_machine", "mode", "answered_by"),
    [
        (False, "Enable", "human"),
        (True, "Enable", "machine_start"),
        (True, "DetectMessageEnd", "machine_end_beep"),
    ],
)
async def test_machines_are_told_from_humans(
    customer: Customer, twilio: TwilioSimulator, is_machine: bool, mode: str, answered_by: str
):
    twilio.callees[CALLEE] = Callee(is_machine=is_machine)
    made = await placed(customer, twilio, machine_detection=mode)
    await twilio.calls[made.sid].wait_until_over()
    assert customer.forms("/voice")[0]["AnsweredBy"] == answered_by
    customer.asked.clear()
    made = await placed(
        customer, twilio, machine_detection=mode, async_amd="true",
        async_amd_status_callback=customer.says("/amd"), url=customer.says("/voice", '<Pause length="20"/>'),
    )  # fmt: skip
    await twilio.calls[made.sid].wait_until_over()
    assert "AnsweredBy" not in customer.forms("/voice")[0]
    (told,) = customer.forms("/amd")
    assert told["AnsweredBy"] == answered_by and int(told["MachineDetectionDuration"]) >= 4000 / 20


@pytest.mark.parametrize("mode", ["Enable", "DetectMessageEnd"])
async def test_detection_may_take_its_time_and_be_wrong(
    customer: Customer, twilio: TwilioSimulator, mode: str
):
    twilio.callees[CALLEE] = Callee(is_machine=True, detected_s=0.4, detected_as="unknown")
    made = await placed(
        customer, twilio, machine_detection=mode, async_amd="true",
        async_amd_status_callback=customer.says("/amd"), url=customer.says("/voice", '<Pause length="20"/>'),
    )  # fmt: skip
    await twilio.calls[made.sid].wait_until_over()
    (told,) = customer.forms("/amd")
    assert told["AnsweredBy"] == "unknown" and int(told["MachineDetectionDuration"]) >= 400


async def test_a_live_call_gets_another_document_and_its_stream_ends(
    customer: Customer, twilio: TwilioSimulator
):
    twilio.callees[CALLEE] = Callee()
    made = await placed(customer, twilio, url=customer.says("/voice", CONNECT, "<Say>never</Say>"))
    call = twilio.calls[made.sid]
    stream = await call.wait_for_stream()
    rest = client(twilio)
    await asked(lambda: rest.calls(made.sid).update(twiml="<Response><Say>moved</Say></Response>"))
    await call.wait_until_over()
    assert call.said() == ["moved"] and stream.end == "update"
    assert customer.lines[0].events()[-1] == "stop"
    assert await refused(lambda: rest.calls(made.sid).update(status="completed")) == (400, 21220)


async def test_a_call_is_hung_up_or_canceled_through_the_api(customer: Customer, twilio: TwilioSimulator):
    rest = client(twilio)
    twilio.callees[CALLEE] = Callee()
    made = await placed(customer, twilio, twiml=f"<Response>{CONNECT}</Response>", url=None)
    call = twilio.calls[made.sid]
    await call.wait_for_stream()
    assert (await asked(lambda: rest.calls(made.sid).update(status="completed"))).status == "completed"
    await call.wait_until_over()
    assert (call.ended_by, call.stream.end) == ("application", "update")
    customer.asked.clear()
    twilio.callees[CALLEE] = Callee(rings_s=60)
    made = await placed(customer, twilio, timeout=60)
    await asked(lambda: rest.calls(made.sid).update(status="canceled"))
    await twilio.calls[made.sid].wait_until_over()
    assert statuses(customer)[-1] == "canceled"


async def test_numbers_are_listed_and_configured_and_then_ring_there(
    customer: Customer, twilio: TwilioSimulator
):
    rest = client(twilio)
    (number,) = await asked(lambda: rest.incoming_phone_numbers.list(phone_number=NUMBER, limit=5))
    assert number.phone_number == NUMBER and number.voice_url == ""
    url = customer.says("/voice", "<Say>Configured.</Say>")
    changed = await asked(
        lambda: rest.incoming_phone_numbers(number.sid).update(voice_url=url, voice_method="POST")
    )
    assert changed.voice_url == url
    call = twilio.ring()
    await call.wait_until_over()
    assert call.said() == ["Configured."]
    assert await asked(lambda: rest.incoming_phone_numbers.list(phone_number="+19", limit=5)) == []


async def test_an_account_answers_only_to_its_own_credentials(customer: Customer, twilio: TwilioSimulator):
    account = await asked(lambda: client(twilio).api.accounts(ACCOUNT_SID).fetch())
    assert (account.sid, account.status) == (ACCOUNT_SID, "active")
    wrong = client(twilio, token="wrong")
    assert await refused(lambda: wrong.api.accounts(ACCOUNT_SID).fetch()) == (401, 20003)
    other = client(twilio)
    assert await refused(lambda: other.api.accounts("AC" + "2" * 32).fetch()) == (404, 20404)


async def test_errors_are_twilio_s(customer: Customer, twilio: TwilioSimulator):
    rest = client(twilio)

    def create(to: str = CALLEE, from_: str = NUMBER, **options: Any) -> Callable[[], Any]:
        return lambda: rest.calls.create(to=to, from_=from_, **({"url": "https://a.example"} | options))

    assert await refused(create(to="12")) == (400, 21211)
    assert await refused(create(from_="+15550000000")) == (400, 21210)
    assert await refused(create(url=None)) == (400, 21205)
    twilio.forbidden.append("+53")
    assert await refused(create(to="+5312345678")) == (400, 21215)
    assert await refused(lambda: rest.calls("CA" + "0" * 32).fetch()) == (404, 20404)
    twilio.faults.append(Fault(status=429))
    assert await refused(create()) == (429, 20429)
    assert twilio.calls == {}
