"""Twilio's word on what has answered a call: who is told, and what is done where nobody takes it in time."""

from __future__ import annotations

import time
from threading import Thread
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from twilio.request_validator import RequestValidator

from accounts.models import ApiKey
from accounts.services import api_key_revoke
from agents.services import agent_update
from calls.commands import standing_of
from calls.models import Call, CallState, Command, CommandKind, OutboundCall
from calls.services import call_close, command_give, command_take_back, commands_take, outbound_answered
from tests.outbound.conftest import CALLEE, Office
from tests.simulators.server import Fault
from tests.simulators.twilio.carrier import Callee
from tests.simulators.twilio.phone_call import PhoneCall
from tests.simulators.twilio.simulator import AUTH_TOKEN
from voice.edge.phone_calls import phone_call_again
from voice.edge.twilio import answerer

MACHINE = Callee(is_machine=True, detected_s=0.2)
ANN = {"name": "Ann"}


@pytest.fixture
def slow_stream(office: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Twilio takes its time to open the stream, and it is not waited for for long."""
    monkeypatch.setattr(office.twilio.carrier, "stream_delay_ms", 10_000.0)
    monkeypatch.setattr(answerer, "TAKEN_WITHIN_S", 0.3)
    settings = {
        "name": "Ada",
        "language": "de-DE",
        "voicemail_message": "Hello {{ name }}, call us & co. back.",
    }
    agent_update(agent=office.agent, settings=settings, changed_by=None)
    office.twilio.callees[CALLEE] = MACHINE
    return office


def made(office: Office, on_machine: str, within_s: float = 5.0) -> tuple[dict[str, Any], PhoneCall]:
    """The call as it is known here once it has its end, and at Twilio."""
    answer = office.call(on_machine=on_machine, variables=ANN)
    assert answer.status_code == 201, answer.json()
    (at_twilio,) = office.twilio.calls.values()
    ended = office.ended(answer.json()["id"], within_s)
    deadline = time.monotonic() + within_s
    while not at_twilio.is_over.is_set():
        assert time.monotonic() < deadline, "it goes on at Twilio"
        time.sleep(0.02)
    return ended, at_twilio


def test_detection_runs_beside_the_call(office: Office) -> None:
    office.twilio.callees[CALLEE] = Callee("busy")
    call_id = office.call(on_machine="leave_message").json()["id"]
    office.ended(call_id)
    (asked,) = [each for each in office.twilio.requests if each.path.endswith("/Calls.json")]
    form = dict(asked.body)
    assert (form["MachineDetection"], form["AsyncAmd"]) == (["DetectMessageEnd"], ["true"])
    assert form["MachineDetectionTimeout"] == ["59"], "a greeting may be long"
    assert f"/api/twilio/outbound/answerer?token={call_id}" in form["AsyncAmdStatusCallback"][0]


def test_where_no_stream_is_there_twilio_says_the_message(slow_stream: Office) -> None:
    ended, at_twilio = made(slow_stream, "leave_message")
    assert at_twilio.said() == ["Hello Ann, call us & co. back."]
    assert (ended["end_reason"]["code"], ended["outbound"]["answered_by"]) == (
        "voicemail_left",
        "machine_end_beep",
    )
    assert standing_of(Command.objects.select_related("call").get()).outcome == "expired"


def test_where_no_stream_is_there_twilio_hangs_up(slow_stream: Office) -> None:
    ended, at_twilio = made(slow_stream, "hang_up")
    assert (at_twilio.said(), at_twilio.ended_by) == ([], "application")
    assert (ended["end_reason"]["code"], ended["outbound"]["answered_by"]) == (
        "machine_answered",
        "machine_start",
    )


def test_a_call_says_so_where_twilio_could_not_be_told(slow_stream: Office) -> None:
    call_id = slow_stream.call(on_machine="leave_message").json()["id"]
    slow_stream.twilio.faults.append(Fault(status=503))
    deadline = time.monotonic() + 5
    while Call.objects.get(pk=call_id).end_code != "carrier_failed":
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_who_is_no_machine_for_certain_is_left_alone(slow_stream: Office) -> None:
    slow_stream.twilio.callees[CALLEE] = Callee(detected_s=0.2, detected_as="unknown")
    call_id = slow_stream.call(on_machine="leave_message").json()["id"]
    deadline = time.monotonic() + 5
    while not Command.objects.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(1.0)
    command = Command.objects.get()
    assert (command.kind, command.arguments) == (CommandKind.ANSWERED, {"is_machine": False})
    assert command.outcome == "" and Call.objects.get(pk=call_id).state == CallState.LIVE
    assert not any("/Calls/" in each.path for each in slow_stream.twilio.requests), (
        "Twilio was told something"
    )


def test_what_the_holder_of_the_call_takes_is_not_told_to_twilio(
    slow_stream: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answerer, "TAKEN_WITHIN_S", 4.0)
    taken: list[Command] = []

    def hold(call_id: str) -> None:
        deadline = time.monotonic() + 5
        while not taken and time.monotonic() < deadline:
            taken.extend(commands_take(call_ids=[call_id]))
            time.sleep(0.02)
        connections.close_all()

    call_id = slow_stream.call(on_machine="leave_message", variables=ANN).json()["id"]
    holder = Thread(target=hold, args=(call_id,))
    holder.start()
    holder.join()
    (command,) = taken
    assert command.arguments == {"is_machine": True, "text": "Hello Ann, call us & co. back."}
    time.sleep(0.5)
    (at_twilio,) = slow_stream.twilio.calls.values()
    assert at_twilio.said() == [] and Call.objects.get(pk=call_id).state == CallState.LIVE


def test_one_that_was_taken_back_is_nobodys_and_one_that_was_taken_stays(slow_stream: Office) -> None:
    slow_stream.twilio.callees[CALLEE] = Callee("no-answer")
    call_id = slow_stream.call(ring_s=60).json()["id"]
    call = Call.objects.select_related("organisation").get(pk=call_id)
    told = {"is_machine": True}
    first, _ = command_give(call=call, kind=CommandKind.ANSWERED, arguments=told)
    again, is_new = command_give(call=call, kind=CommandKind.ANSWERED, arguments=told)
    assert (again.pk, is_new) == (first.pk, False)
    assert command_take_back(command_id=first.pk) and commands_take(call_ids=[call_id]) == []
    second, is_new = command_give(call=call, kind=CommandKind.ANSWERED, arguments=told)
    assert is_new and [each.pk for each in commands_take(call_ids=[call_id])] == [second.pk]
    assert not command_take_back(command_id=second.pk)


def ask(office: Office, call_id: str, way: str, *, token: str = AUTH_TOKEN, **form: str) -> Any:
    """As Twilio does, with the address that it was given."""
    (asked,) = [each for each in office.twilio.requests if each.path.endswith("/Calls.json")]
    url = dict(asked.body)[way][0]
    sent = {"CallSid": Call.objects.get(pk=call_id).carrier_sid, **form}
    headers = {"X-Twilio-Signature": RequestValidator(token).compute_signature(url, sent)}
    host = url.split("/")[2]
    return Client().post(url.partition(host)[2], sent, headers=headers)


def ringing(office: Office, **wish: Any) -> str:
    office.twilio.callees[CALLEE] = Callee("no-answer")
    return str(office.call(ring_s=120, variables=ANN, **wish).json()["id"])


def test_only_twilio_can_tell_of_a_machine_and_only_of_its_own_call(slow_stream: Office) -> None:
    call_id = ringing(slow_stream, on_machine="hang_up")
    told = {"AnsweredBy": "machine_start"}
    assert ask(slow_stream, call_id, "AsyncAmdStatusCallback", token="x", **told).status_code == 403
    other = told | {"CallSid": "CA" + "9" * 32}
    assert ask(slow_stream, call_id, "AsyncAmdStatusCallback", **other).status_code == 403
    assert OutboundCall.objects.get().answered_by == ""
    assert ask(slow_stream, call_id, "AsyncAmdStatusCallback", **told).status_code == 204
    assert OutboundCall.objects.get().answered_by == "machine_start"


@pytest.mark.parametrize(
    ("on_machine", "answered_by", "verbs"),
    [
        ("hang_up", "machine_start", "<Hangup"),
        ("leave_message", "fax", "<Hangup"),
        ("leave_message", "machine_end_other", "<Stream"),
        ("leave_message", "human", "<Stream"),
        ("hang_up", "unknown", "<Stream"),
    ],
)
def test_what_is_known_before_the_answer_is_asked_for_counts_then(
    slow_stream: Office, on_machine: str, answered_by: str, verbs: str
) -> None:
    call_id = ringing(slow_stream, on_machine=on_machine)
    assert ask(slow_stream, call_id, "AsyncAmdStatusCallback", AnsweredBy=answered_by).status_code == 204
    assert not Command.objects.exists()
    document = ask(slow_stream, call_id, "Url", CallStatus="in-progress").content.decode()
    assert verbs in document
    is_over = verbs == "<Hangup"
    assert Call.objects.get().end_code == ("machine_answered" if is_over else "")


def test_a_message_that_comes_to_nothing_is_none(slow_stream: Office) -> None:
    settings = {"name": "Ada", "voicemail_message": "{% if order %}About {{ order }}.{% endif %}"}
    agent_update(agent=slow_stream.agent, settings=settings, changed_by=None)
    call_id = ringing(slow_stream, on_machine="leave_message")
    sid = Call.objects.get().carrier_sid
    assert outbound_answered(call_id=call_id, carrier_sid=sid, answered_by="") is not None
    assert ask(
        slow_stream, call_id, "AsyncAmdStatusCallback", AnsweredBy="machine_end_beep"
    ).status_code == 204  # fmt: skip
    assert Command.objects.get().arguments == {"is_machine": True}
    assert Call.objects.get().end_code == "machine_answered"


def test_a_call_that_is_over_is_told_nothing(slow_stream: Office) -> None:
    call_id = ringing(slow_stream, on_machine="hang_up")
    sid = Call.objects.get().carrier_sid
    assert outbound_answered(call_id=call_id, carrier_sid=sid, answered_by="") is not None
    Call.objects.update(state=CallState.PROCESSING)
    told = ask(slow_stream, call_id, "AsyncAmdStatusCallback", AnsweredBy="machine_start")
    assert told.status_code == 204 and not Command.objects.exists()


def test_who_was_called_is_not_told_that_a_number_takes_no_calls(office: Office) -> None:
    call_id = ringing(office)
    api_key_revoke(api_key=ApiKey.objects.get())
    document = ask(office, call_id, "Url", CallStatus="in-progress").content.decode()
    assert "something went wrong on our side" in document and "<Hangup" in document
    assert Call.objects.get().end_code == "refused"


def test_who_hangs_up_before_the_agent_is_back_from_a_transfer_leaves_no_call_waiting(office: Office) -> None:
    call_id = ringing(office)
    sid = Call.objects.get().carrier_sid
    outbound = outbound_answered(call_id=call_id, carrier_sid=sid, answered_by="")
    assert outbound is not None
    call_close(call_id=call_id, handover={"to": "+15550100333", "ring_s": 15})
    phone_call_again(outbound.call)
    told = {"CallStatus": "completed", "SequenceNumber": "3"}
    assert ask(office, call_id, "StatusCallback", **told).status_code == 204
    back = Call.objects.get(carrier_leg=1)
    assert (back.state, back.end_code) == (CallState.ENDED, "client_hangup")
