"""What a caller hears of each verb, and where the call goes next."""

from __future__ import annotations

import asyncio
import io
import wave

import pytest

from tests.simulated_phone.customer import CONNECT, PUBLIC, Customer
from tests.simulators.twilio.carrier import Callee
from tests.simulators.twilio.simulator import CALLER, NUMBER, TwilioSimulator

HUMAN = "+15550107777"


def heard(call) -> list[tuple[str, str]]:
    return [(each.kind, each.what) for each in call.heard]


async def test_words_and_pauses_are_heard_in_order_and_the_call_ends_with_the_document(
    customer: Customer, twilio: TwilioSimulator
):
    call = twilio.ring(customer.says("/voice", "<Say>One.</Say>", '<Pause length="2"/>', "<Say>Two.</Say>"))
    await call.wait_until_over()
    assert call.said() == ["One.", "Two."]
    assert call.heard[1].at_s - call.heard[0].at_s >= 2 / 20
    assert (call.status, call.ended_by, call.errors, call.warnings) == ("completed", "application", [], [])


async def test_every_form_has_all_fields_and_is_signed_the_empty_ones_too(
    customer: Customer, twilio: TwilioSimulator
):
    call = twilio.ring(
        customer.says("/voice", f"<Redirect>{PUBLIC}/next?a=b%20c</Redirect>"),
        extra={"StirVerstat": "TN-Validation-Passed-A", "FromCity": "OAKLAND"},
    )
    customer.says("/next", "<Hangup/>", "<Say>never</Say>")
    await call.wait_until_over()
    first, second = customer.forms("/voice")[0], customer.forms("/next")[0]
    assert first["CallSid"] == call.sid and first["From"] == CALLER and first["To"] == NUMBER
    assert (first["CallStatus"], second["CallStatus"]) == ("ringing", "in-progress")
    assert (first["FromCity"], first["ToCity"], first["CalledZip"]) == ("OAKLAND", "", "")
    assert len([name for name in first if name.endswith(("City", "State", "Zip", "Country"))]) == 16
    assert customer.signed == [True, True] and call.said() == []


@pytest.mark.parametrize(("reason", "status"), [("busy", "busy"), ("rejected", "no-answer")])
async def test_a_rejected_call_is_never_answered(
    customer: Customer, twilio: TwilioSimulator, reason: str, status: str
):
    call = twilio.ring(customer.says("/voice", f'<Reject reason="{reason}"/>'))
    await call.wait_until_over()
    assert call.status == status and not call.was_answered and heard(call) == [("rejected", reason)]


async def test_a_human_who_answers_is_connected_and_the_action_is_told(
    customer: Customer, twilio: TwilioSimulator
):
    twilio.callees[HUMAN] = Callee(talks_s=0.1)
    customer.says("/dialled", "<Say>back again</Say>")
    dial = f'<Dial action="/dialled" answerOnBridge="true" timeout="20"><Number>{HUMAN}</Number></Dial>'
    call = twilio.ring(customer.says("/voice", dial))
    await call.wait_until_over()
    assert heard(call) == [("ringing", HUMAN), ("connected", HUMAN), ("say", "back again")]
    told = customer.forms("/dialled")[0]
    assert (told["DialCallStatus"], told["DialBridged"], told["DialCallDuration"]) == (
        "completed",
        "true",
        "0",
    )
    assert told["DialCallSid"] == call.dials[0].leg.sid and customer.signed == [True, True]


@pytest.mark.parametrize("outcome", ["busy", "no-answer", "failed"])
async def test_one_who_does_not_answer_is_told_of_as_twilio_does(
    customer: Customer, twilio: TwilioSimulator, outcome: str
):
    twilio.callees[HUMAN] = Callee(outcome)
    customer.says("/dialled", "<Hangup/>")
    call = twilio.ring(customer.says("/voice", f'<Dial action="/dialled" timeout="5">{HUMAN}</Dial>'))
    await call.wait_until_over()
    told = customer.forms("/dialled")[0]
    assert (told["DialCallStatus"], told["DialBridged"]) == (outcome, "false")
    if outcome == "no-answer":
        assert call.ended_s - call.heard[0].at_s >= 5 / 20


async def test_of_several_the_first_who_answers_is_connected(customer: Customer, twilio: TwilioSimulator):
    twilio.callees |= {"sip:a@example.com": Callee(rings_s=0.05), HUMAN: Callee(rings_s=5)}
    status = customer.says("/status")
    dial = (
        f'<Dial><Number statusCallback="{status}" statusCallbackEvent="initiated ringing answered completed">'
        f"{HUMAN}</Number><Sip>sip:a@example.com</Sip></Dial><Say>then</Say>"
    )
    call = twilio.ring(customer.says("/voice", dial))
    await call.wait_until_over()
    assert heard(call)[2:] == [("connected", "sip:a@example.com"), ("say", "then")]
    assert [form["CallStatus"] for form in customer.forms("/status")] == ["initiated", "ringing", "canceled"]
    assert {form["ParentCallSid"] for form in customer.forms("/status")} == {call.sid}


async def test_a_number_that_is_none_fails_at_once(customer: Customer, twilio: TwilioSimulator):
    call = twilio.ring(customer.says("/voice", "<Dial>0800 CALL ME</Dial>", "<Say>then</Say>"))
    await call.wait_until_over()
    assert call.dials[0].status == "failed" and "13223" in call.warnings[0] and call.said() == ["then"]


@pytest.mark.parametrize("caller_id", ["", "+15550109999"])
async def test_nobody_is_dialled_for_a_caller_without_a_number_unless_one_of_the_call_is_named(
    customer: Customer, twilio: TwilioSimulator, caller_id: str
):
    twilio.callees[HUMAN] = Callee()
    named = f'<Dial callerId="{caller_id}">{HUMAN}</Dial>' if caller_id else f"<Dial>{HUMAN}</Dial>"
    failed = twilio.ring(customer.says("/voice", named), from_number="client:ada")
    await failed.wait_until_over()
    assert failed.dials[0].status == "failed" and "13214" in failed.warnings[0]
    dials = customer.says("/voice", f'<Dial callerId="{NUMBER}">{HUMAN}</Dial>')
    put_through = twilio.ring(dials, from_number="client:ada")
    await put_through.wait_until_over()
    assert put_through.dials[0].status == "completed"


async def test_a_caller_who_hangs_up_on_a_human_is_told_to_the_action(
    customer: Customer, twilio: TwilioSimulator
):
    twilio.callees[HUMAN] = Callee(talks_s=None)
    customer.says("/dialled", "<Say>nobody hears this</Say>")
    call = twilio.ring(customer.says("/voice", f'<Dial action="/dialled">{HUMAN}</Dial>'))
    await call.wait_for_heard("connected")
    await call.hang_up()
    await call.wait_until_over()
    assert customer.forms("/dialled")[0]["DialCallStatus"] == "completed"
    assert customer.forms("/dialled")[0]["CallStatus"] == "completed"
    assert call.said() == []


async def test_digits_are_gathered_to_a_number_of_them_a_key_or_a_silence(
    customer: Customer, twilio: TwilioSimulator
):
    customer.says("/got", "<Hangup/>")
    prompt = '<Gather numDigits="2" action="/got"><Say>Press two.</Say></Gather><Say>Nothing.</Say>'
    call = twilio.ring(customer.says("/voice", prompt))
    await call.wait_for_heard("say")
    await call.press("12")
    await call.wait_until_over()
    assert customer.forms("/got")[0]["Digits"] == "12" and call.said() == ["Press two."]
    call = twilio.ring(customer.says("/voice", '<Gather action="/got"/>'))
    await call.press("9#")
    await call.wait_until_over()
    assert customer.forms("/got")[1]["Digits"] == "9"
    call = twilio.ring(customer.says("/voice", prompt))
    await call.wait_until_over()
    assert call.said() == ["Press two.", "Nothing."] and len(customer.forms("/got")) == 2


async def test_a_file_is_fetched_and_played(customer: Customer, twilio: TwilioSimulator):
    made = io.BytesIO()
    with wave.open(made, "wb") as opened:
        opened.setnchannels(1)
        opened.setsampwidth(2)
        opened.setframerate(8000)
        opened.writeframes(bytes(16_000))
    customer.files |= {"a.wav": (made.getvalue(), "audio/wav"), "b.html": (b"<p>", "text/html")}
    call = twilio.ring(
        customer.says(
            "/voice", '<Play loop="2">/file/a.wav</Play>', "<Play>/file/b.html</Play>", "<Say>then</Say>"
        )
    )
    await call.wait_until_over()
    assert heard(call) == [("play", f"{PUBLIC}/file/a.wav")] * 2 + [("say", "then")]
    assert call.heard[0].sound == made.getvalue() and "12400" in call.warnings[0]
    assert call.heard[2].at_s - call.heard[0].at_s >= 2 / 20


@pytest.mark.parametrize(
    ("text", "code"),
    [("", 12100), ("<Response><Say>", 12100), ("<html/>", 12100), ("<Response>&nbsp;</Response>", 12100)],
)
async def test_what_is_no_document_is_read_out_as_an_application_error(
    customer: Customer, twilio: TwilioSimulator, text: str, code: int
):
    customer.documents["/voice"] = text
    call = twilio.ring(PUBLIC + "/voice")
    await call.wait_until_over()
    assert [each for each, _ in heard(call)] == ["application error"] and call.errors[0][0] == code


async def test_what_twilio_does_not_know_is_left_out_and_noted(customer: Customer, twilio: TwilioSimulator):
    call = twilio.ring(customer.says("/voice", "<Sing>la</Sing>", '<Say mood="glad">Hello.</Say>'))
    await call.wait_until_over()
    assert call.said() == ["Hello."] and len(call.warnings) == 2


async def test_documents_that_lead_round_and_round_end(customer: Customer, twilio: TwilioSimulator):
    call = twilio.ring(customer.says("/voice", "<Redirect>/voice</Redirect>"))
    await call.wait_until_over()
    assert call.errors[0][0] == 11211


async def test_after_the_stream_comes_its_action(customer: Customer, twilio: TwilioSimulator):
    customer.says("/after", "<Say>after</Say>")
    connect = CONNECT.replace("<Connect>", '<Connect action="/after">')
    call = twilio.ring(customer.says("/voice", connect, "<Say>never</Say>"))
    await call.wait_for_stream()
    await (await customer.line()).socket.close()
    await call.wait_until_over()
    assert call.said() == ["after"]


async def test_the_end_of_a_call_is_told_to_the_number_s_callback(
    customer: Customer, twilio: TwilioSimulator
):
    status = customer.says("/status")
    call = twilio.ring(customer.says("/voice", '<Pause length="30"/>'), status_callback=status)
    await asyncio.sleep(0.1)
    await call.hang_up()
    await call.wait_until_over()
    (told,) = customer.forms("/status")
    assert (told["CallStatus"], told["SequenceNumber"], told["CallDuration"]) == ("completed", "0", "0")
    assert told["CallbackSource"] == "call-progress-events" and call.ended_by == "caller"
