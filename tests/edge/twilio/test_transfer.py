"""Whom Twilio dials for a caller who is put through, and what it is told of who is gone meanwhile."""

from __future__ import annotations

import pytest

from agents.models import PhoneNumber
from agents.services import agent_update
from agents.transfer_targets import targets_of
from calls.models import Call, CallState
from calls.outcomes import outcome_of
from calls.selectors import transfer_came_of
from calls.services import PhoneLine as OnLine
from tests.edge.twilio.line import CALLER, NUMBER, PhoneLine
from tests.edge.twilio.test_after import held, put_through
from voice.core.audio import MULAW_8000
from voice.core.spec import Channel
from voice.edge.admission import ConnectRequest, agent_filled
from voice.edge.credentials import Principal

DESK = "+15550100333"


@pytest.mark.parametrize(
    ("caller", "shown"),
    [(CALLER, None), ("client:ada", NUMBER), ("sip:ada@example.com", NUMBER), ("", NUMBER)],
)
def test_who_is_dialled_is_shown_a_number_also_where_the_caller_has_none(
    line: PhoneLine, caller: str, shown: str | None
) -> None:
    after = held(line, "transferred")
    Call.objects.update(handover={"to": DESK, "ring_s": 15}, from_number=caller)
    (dial,) = line.ask(after).root
    assert dial.get("callerId") == shown


def test_whom_the_agent_has_called_is_put_through_under_the_number_that_called_them(line: PhoneLine) -> None:
    after = held(line, "transferred")
    Call.objects.update(
        handover={"to": DESK, "ring_s": 15}, direction="outbound", from_number=NUMBER, to_number=CALLER
    )
    (dial,) = line.ask(after).root
    assert dial.get("callerId") == NUMBER


@pytest.mark.parametrize(("caller", "shown"), [(CALLER, None), ("client:ada", NUMBER)])
def test_the_fallback_is_shown_a_number_too(line: PhoneLine, caller: str, shown: str | None) -> None:
    PhoneNumber.objects.create(organisation=line.agent.organisation, number=NUMBER, fallback_number=DESK)
    line.agent.is_active = False
    line.agent.save()
    (dial,) = line.voice(From=caller).root.iter("Dial")
    assert dial.get("callerId") == shown


@pytest.mark.parametrize("scheme", ["sip", "SIP", "Sips"])
def test_an_address_is_one_however_its_scheme_is_written(line: PhoneLine, scheme: str) -> None:
    (target,) = targets_of(f"Desk = {scheme}:Desk@example.com")
    assert target["to"] == f"{scheme.lower()}:Desk@example.com"
    # Versions of before keep it as it was typed.
    transfer = put_through(line, to=f"{scheme}:Desk@example.com")
    assert [each.tag for each in transfer.root[0]] == ["Sip"]


@pytest.mark.parametrize("came_of", ["canceled", "no-answer"])
def test_the_agent_does_not_come_back_for_a_caller_who_has_hung_up(line: PhoneLine, came_of: str) -> None:
    transfer = put_through(line)
    gone = {"DialCallStatus": came_of, "CallStatus": "completed"}
    assert line.ask(transfer.next_url, **gone).verbs == ["Hangup"]
    call = Call.objects.get()
    assert call.handover == {"to": DESK, "ring_s": 15, "is_dialled": True, "came_of": came_of}
    error = {"ErrorCode": "11200", "ErrorUrl": transfer.next_url}
    assert line.fallback(**error, **gone).verbs == ["Hangup"] and Call.objects.count() == 1


def test_a_transfer_that_somebody_took_is_known_to_be_over(line: PhoneLine) -> None:
    transfer = put_through(line)
    assert line.ask(transfer.next_url, DialCallStatus="completed").verbs == ["Hangup"]
    assert transfer_came_of(Call.objects.get()) == "completed"


@pytest.mark.parametrize(
    ("came_of", "label", "word"),
    [("completed", "Put through", "somebody else"), ("busy", "Not put through", "busy"),
     ("no-answer", "Not put through", "nobody answered"), ("failed", "Not put through", "not be reached")],
)  # fmt: skip
def test_the_calls_page_says_whether_somebody_took_the_caller_over(
    line: PhoneLine, came_of: str, label: str, word: str
) -> None:
    line.ask(put_through(line).next_url, DialCallStatus=came_of)
    call = Call.objects.get(carrier_leg=0)
    call.state, call.end_code = CallState.ENDED, "transferred"
    outcome = outcome_of(call)
    assert outcome.label == label and word in outcome.sentence


def test_who_hangs_up_before_somebody_else_is_rung_has_not_been_put_through(line: PhoneLine) -> None:
    held(line, "transferred")
    Call.objects.update(handover={"to": DESK, "ring_s": 15})
    assert line.tell_status(CallStatus="completed") == 204
    call = Call.objects.get()
    call.state, call.end_code = CallState.ENDED, "transferred"
    assert outcome_of(call).label == "Not put through"


def test_the_end_of_the_line_does_not_undo_what_came_of_a_transfer(line: PhoneLine) -> None:
    transfer = put_through(line)
    line.ask(transfer.next_url, DialCallStatus="completed")
    assert line.tell_status(CallStatus="completed") == 204
    assert transfer_came_of(Call.objects.get()) == "completed"


@pytest.mark.parametrize(("caller", "told"), [(CALLER, CALLER), (DESK, DESK), (NUMBER, "")])
def test_a_number_of_ones_own_that_stands_for_a_caller_is_not_told_as_theirs(
    line: PhoneLine, caller: str, told: str
) -> None:
    PhoneNumber.objects.create(organisation=line.agent.organisation, number=NUMBER)
    settings = {"name": "Ada", "greeting": "Hello {{ caller }}"}
    version = agent_update(agent=line.agent, settings=settings, changed_by=None).current_version
    assert version is not None
    called = ConnectRequest(Channel.PHONE, MULAW_8000, MULAW_8000, line=OnLine(caller, DESK))
    assert agent_filled(version, called, Principal(line.agent.organisation)).greeting.strip() == (
        f"Hello {told}".strip()
    )
