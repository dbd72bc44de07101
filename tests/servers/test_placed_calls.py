"""Calls that agents make, from the program's request to the record: a person, and machines, answer."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.browser.product import free_port
from tests.servers.ground import Ground, Organisation, StartedServer
from tests.servers.simulated_vendors import VENDORS, Vendors
from tests.servers.test_phone_calls import PUBLIC, ended, spoken_to_its_end, was_clean
from tests.simulators.twilio.carrier import Callee
from tests.simulators.twilio.phone_call import PhoneCall
from tests.simulators.twilio.simulator import ACCOUNT_SID, AUTH_TOKEN, NUMBER, TwilioSimulator

CALLEE = "+15550104444"
MESSAGE = "This is Acme. Please call us back."


@pytest.fixture(scope="module")
def twilio_port() -> int:
    return free_port()


@pytest.fixture
def phone_product(
    monkeypatch: pytest.MonkeyPatch,
    ground: Ground,
    vendors: Vendors,
    twilio_port: int,
    request: pytest.FixtureRequest,
) -> StartedServer:
    monkeypatch.setitem(ground.environment, "PUBLIC_URL", PUBLIC)
    monkeypatch.setitem(ground.environment, "TWILIO_BASE_URL", f"http://127.0.0.1:{twilio_port}")
    server: StartedServer = request.getfixturevalue("product")
    return server


@pytest.fixture
async def twilio(phone_product: StartedServer, twilio_port: int) -> AsyncIterator[TwilioSimulator]:
    made = TwilioSimulator({PUBLIC: f"http://127.0.0.1:{phone_product.port}"})
    await made.start(twilio_port)
    yield made
    await made.stop()


@pytest.fixture
def acme(ground: Ground) -> Organisation:
    made = ground.organisation(greeting="Hello, this is Acme.", voicemail_message=MESSAGE, **VENDORS)
    ground.ask("twilio_account", organisation=made.id, account_sid=ACCOUNT_SID, auth_token=AUTH_TOKEN)
    ground.ask("phone_number", organisation=made.id, number=NUMBER)
    return made


async def call(twilio: TwilioSimulator, server: StartedServer, acme: Organisation, **wish: Any) -> PhoneCall:
    body = {"to": CALLEE, "from": NUMBER, "agent_id": acme.agent} | wish
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}/api/dashboard/calls",
        json.dumps(body).encode(),
        {"x-api-key": acme.key, "Content-Type": "application/json"},
    )

    def ask() -> int:
        with urllib.request.urlopen(request, timeout=20) as answer:
            status: int = answer.status
            return status

    assert await asyncio.to_thread(ask) == 201
    (made,) = twilio.calls.values()
    return made


async def test_a_person_who_answers_is_greeted_and_hangs_up(
    ground: Ground, twilio: TwilioSimulator, phone_product: StartedServer, acme: Organisation
) -> None:
    twilio.callees[CALLEE] = Callee()
    made = await call(twilio, phone_product, acme)
    stream = await made.wait_for_stream()
    await spoken_to_its_end(stream, 0.0)
    await made.hang_up()
    record = await ended(ground, acme, made)
    assert was_clean(made) and made.said() == []
    assert record["turns"] == [["agent", "Hello, this is Acme."]]
    assert record["end_code"] == "client_hangup"


async def test_a_machine_gets_the_message_after_its_beep_and_nothing_else(
    ground: Ground, twilio: TwilioSimulator, phone_product: StartedServer, acme: Organisation
) -> None:
    twilio.callees[CALLEE] = Callee(is_machine=True)
    made = await call(twilio, phone_product, acme, on_machine="leave_message")
    record = await ended(ground, acme, made)
    assert was_clean(made) and made.said() == []
    assert made.answered_by == "machine_end_beep" and made.ended_by == "application"
    assert record["turns"] == [["agent", MESSAGE]]
    assert record["end_code"] == "voicemail_left"


async def test_a_machine_is_hung_up_on_where_that_was_asked_for(
    ground: Ground, twilio: TwilioSimulator, phone_product: StartedServer, acme: Organisation
) -> None:
    twilio.callees[CALLEE] = Callee(is_machine=True)
    made = await call(twilio, phone_product, acme, on_machine="hang_up")
    record = await ended(ground, acme, made)
    assert was_clean(made) and made.streams == []
    assert (record["turns"], record["end_code"]) == ([], "machine_answered")


async def test_a_person_is_spoken_to_where_machines_are_hung_up_on(
    ground: Ground, twilio: TwilioSimulator, phone_product: StartedServer, acme: Organisation
) -> None:
    twilio.callees[CALLEE] = Callee()
    made = await call(twilio, phone_product, acme, on_machine="hang_up")
    stream = await made.wait_for_stream()
    await spoken_to_its_end(stream, 0.0)
    await made.hang_up()
    record = await ended(ground, acme, made)
    assert record["turns"] == [["agent", "Hello, this is Acme."]]
