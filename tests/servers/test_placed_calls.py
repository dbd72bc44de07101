"""Calls that agents make, from the program's request to the record: a person, and machines, answer."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.request
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.browser.product import free_port
from tests.servers.ground import Ground, Organisation, StartedServer
from tests.servers.simulated_vendors import LONG_ANSWER, VENDORS, Vendors
from tests.servers.test_phone_calls import PUBLIC, ended, spoken_to_its_end, was_clean
from tests.simulators.tool_calls import ToolUse
from tests.simulators.twilio.carrier import Callee
from tests.simulators.twilio.phone_call import PhoneCall
from tests.simulators.twilio.simulator import ACCOUNT_SID, AUTH_TOKEN, NUMBER, TwilioSimulator
from tests.simulators.twilio.utterance import spoken

CALLEE = "+15550104444"
GREETING = "Hello, this is Acme."
MESSAGE = "This is Acme. Please call us back."
MACHINE = "Nobody is at home. Please leave a message after the tone."


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
    return acme_with(ground)


def acme_with(ground: Ground, **agent: Any) -> Organisation:
    settings = {"greeting": GREETING, "voicemail_message": MESSAGE, **VENDORS, **agent}
    made = ground.organisation(**settings)
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


def questions(vendors: Vendors) -> int:
    """How often the model has been asked."""
    return sum(request.path.endswith("/completions") for request in vendors.groq.requests)


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
    assert record["turns"] == [["agent", GREETING]]
    assert record["end_code"] == "client_hangup"


async def test_who_answers_is_greeted_before_it_is_known_what_has(
    ground: Ground, twilio: TwilioSimulator, phone_product: StartedServer, acme: Organisation
) -> None:
    twilio.callees[CALLEE] = Callee(detected_s=15.0)
    made = await call(twilio, phone_product, acme, on_machine="leave_message")
    stream = await made.wait_for_stream()
    greeted_s = await spoken_to_its_end(stream, 0.0)
    assert made.answered_s is not None and greeted_s - made.answered_s < 5.0 and not made.answered_by
    await made.hang_up()
    assert (await ended(ground, acme, made))["turns"] == [["agent", GREETING]]


async def test_a_machine_gets_the_message_after_its_beep_and_is_not_answered_before(
    ground: Ground,
    vendors: Vendors,
    twilio: TwilioSimulator,
    phone_product: StartedServer,
    acme: Organisation,
    question: bytes,
) -> None:
    vendors.deepgram.script.append(MACHINE)
    asked = questions(vendors)
    twilio.callees[CALLEE] = Callee(is_machine=True, detected_s=2.0, greets_s=9.0)
    made = await call(twilio, phone_product, acme, on_machine="leave_message")
    stream = await made.wait_for_stream()
    await spoken_to_its_end(stream, 0.0)
    await stream.say(spoken(question, 16_000)).said.wait()
    await asyncio.sleep(1.5)
    beeped_s = time.monotonic()
    assert not made.answered_by
    assert stream.playout.ends_s < beeped_s
    record = await ended(ground, acme, made)
    assert was_clean(made) and made.said() == []
    assert made.answered_by == "machine_end_beep" and made.ended_by == "application"
    assert record["turns"] == [["agent", GREETING], ["user", MACHINE], ["agent", MESSAGE]]
    assert record["end_code"] == "voicemail_left"
    assert questions(vendors) == asked, "the model was asked what to say to a machine"


async def test_the_message_takes_the_place_of_what_the_agent_says_to_a_machine(
    ground: Ground, twilio: TwilioSimulator, phone_product: StartedServer
) -> None:
    greeting = " ".join([LONG_ANSWER.strip()] * 4)  # longer than any verdict takes on its way
    wordy = acme_with(ground, greeting=greeting, greeting_interruptible=False)
    twilio.callees[CALLEE] = Callee(is_machine=True, detected_s=2.0)
    made = await call(twilio, phone_product, wordy, on_machine="leave_message")
    stream = await made.wait_for_stream()
    record = await ended(ground, wordy, made)
    assert was_clean(made) and stream.first_clear_after(0.0) is not None
    (_, greeted), message = record["turns"]
    assert len(greeted) < len(greeting) and message == ["agent", MESSAGE]
    assert record["end_code"] == "voicemail_left"


async def test_a_machine_is_hung_up_on_where_that_was_asked_for(
    ground: Ground, twilio: TwilioSimulator, phone_product: StartedServer, acme: Organisation
) -> None:
    twilio.callees[CALLEE] = Callee(is_machine=True, detected_s=2.5)
    made = await call(twilio, phone_product, acme, on_machine="hang_up")
    record = await ended(ground, acme, made)
    assert was_clean(made) and made.said() == [] and made.ended_by == "application"
    assert record["end_code"] == "machine_answered"


@pytest.mark.parametrize("on_machine", ["hang_up", "leave_message"])
async def test_a_fax_is_hung_up_on(
    ground: Ground, twilio: TwilioSimulator, phone_product: StartedServer, acme: Organisation, on_machine: str
) -> None:
    twilio.callees[CALLEE] = Callee(is_machine=True, detected_s=1.0, detected_as="fax")
    made = await call(twilio, phone_product, acme, on_machine=on_machine)
    assert (await ended(ground, acme, made))["end_code"] == "machine_answered"


@pytest.mark.parametrize("detected_as", ["human", "unknown"])
async def test_who_is_no_machine_for_certain_is_answered(
    ground: Ground,
    vendors: Vendors,
    twilio: TwilioSimulator,
    phone_product: StartedServer,
    acme: Organisation,
    question: bytes,
    detected_as: str,
) -> None:
    vendors.deepgram.script.append("When do you open on Saturday?")
    vendors.groq.answer = lambda messages: "At ten."
    twilio.callees[CALLEE] = Callee(detected_s=1.0, detected_as=detected_as)
    made = await call(twilio, phone_product, acme, on_machine="leave_message")
    stream = await made.wait_for_stream()
    await spoken_to_its_end(stream, 0.0)
    saying = stream.say(spoken(question, 16_000))
    await saying.said.wait()
    assert saying.last_s is not None
    answered_s = await spoken_to_its_end(stream, saying.last_s)
    assert answered_s - saying.last_s < 3.0
    await made.hang_up()
    assert (await ended(ground, acme, made))["turns"] == [
        ["agent", GREETING],
        ["user", "When do you open on Saturday?"],
        ["agent", "At ten."],
    ]


async def test_a_person_is_spoken_to_where_machines_are_hung_up_on(
    ground: Ground, twilio: TwilioSimulator, phone_product: StartedServer, acme: Organisation
) -> None:
    twilio.callees[CALLEE] = Callee()
    made = await call(twilio, phone_product, acme, on_machine="hang_up")
    stream = await made.wait_for_stream()
    await spoken_to_its_end(stream, 0.0)
    await made.hang_up()
    record = await ended(ground, acme, made)
    assert record["turns"] == [["agent", GREETING]]


BILLING = {"name": "Billing", "to": "+15550107777", "line": "I will put you through to billing now."}


@pytest.mark.parametrize("stays", [True, False])
async def test_whom_the_agent_has_called_is_put_through_and_comes_back_if_they_are_still_there(
    ground: Ground,
    vendors: Vendors,
    twilio: TwilioSimulator,
    phone_product: StartedServer,
    question: bytes,
    stays: bool,
) -> None:
    vendors.deepgram.script.append("Billing please.")
    to_billing = ToolUse((("transfer", '{"target": "Billing"}'),))
    vendors.groq.answer = lambda messages: to_billing
    twilio.callees |= {CALLEE: Callee(), BILLING["to"]: Callee("no-answer")}
    acme = acme_with(ground, transfer={"targets": [BILLING], "ring_s": 10 if stays else 60})
    made = await call(twilio, phone_product, acme)
    stream = await made.wait_for_stream()
    await spoken_to_its_end(stream, 0.0)
    await stream.say(spoken(question, 16_000)).said.wait()
    await made.wait_for_heard("ringing", within_s=20)
    if stays:
        await spoken_to_its_end(await made.wait_for_stream(2), 0.0)
    await made.hang_up()
    await made.wait_until_over()
    assert was_clean(made) and made.warnings == []
    assert made.dials[0].verb.attributes["callerId"] == NUMBER
    records = await ground.ended_calls(acme)
    ends = [record["end_code"] for record in records]
    assert ends == (["transferred", "client_hangup"] if stays else ["transferred"])
