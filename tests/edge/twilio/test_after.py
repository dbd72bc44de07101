"""What callers hear once the agent's stream has ended, by how it ended."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from accounts.models import Plan
from accounts.services import api_key_create, api_key_revoke
from accounts.tokens import stream_token_redeem
from agents.models import PhoneNumber
from agents.services import agent_create
from calls.models import Call, CallState
from calls.selectors import transfer_came_of
from calls.services import call_abandon, call_close, call_process, calls_sweep
from calls.services.admission import LEASE
from tests.calls.factory import journal, write_end
from tests.cast import make_cast
from tests.edge.twilio.line import CALL_SID, NUMBER, PUBLIC, Document, PhoneLine
from tests.edge.twilio.test_webhook import words
from voice.core.errors import EndCode, EndedBy, EndReason
from voice.edge.phone_calls import MOST_LEGS
from voice.edge.twilio.spoken import Words

BROKEN, NOBODY = words(Words.BROKEN), words(Words.NOBODY)
FALLBACK = "+15550100111"


def held(line: PhoneLine, code: str = "") -> str:
    """A call that was held and ended so; empty: it has begun and nobody knows more. What Twilio asks next."""
    after = line.voice().next_url
    call = Call.objects.get()
    writer = journal(call)
    writer.append("start", 0)
    if code:
        write_end(writer, code=code)
    writer.close()
    if code:
        call_close(call_id=call.pk)
    return after


def with_fallback(line: PhoneLine) -> None:
    PhoneNumber.objects.create(organisation=line.agent.organisation, number=NUMBER, fallback_number=FALLBACK)


@pytest.mark.parametrize("code", ["client_hangup", "agent_hangup", "silence", "max_duration"])
def test_after_a_call_that_ended_well_the_line_is_hung_up(line: PhoneLine, code: str) -> None:
    with_fallback(line)
    assert line.ask(held(line, code)).verbs == ["Hangup"]


def test_a_call_that_ended_well_and_whose_record_takes_time_is_not_apologised_for(line: PhoneLine) -> None:
    with_fallback(line)
    after = line.voice().next_url
    writer = journal(Call.objects.get())
    writer.append("start", 0)
    write_end(writer, code="agent_hangup")
    writer.close()
    assert Call.objects.get().state == CallState.LIVE
    assert line.ask(after).verbs == ["Hangup"]


def test_a_stream_that_never_came_is_apologised_for_and_recorded(line: PhoneLine) -> None:
    after = line.voice().next_url
    answer = line.ask(after)
    assert (answer.verbs, answer.said) == (["Say", "Hangup"], BROKEN)
    call = Call.objects.get()
    assert (call.state, call.end_code) == (CallState.ENDED, EndCode.CONNECTION_LOST)
    assert line.ask(after).said == BROKEN, "asked again, it is the same"


def test_whom_a_stopped_server_has_cut_off_is_told_to_call_again(line: PhoneLine) -> None:
    assert line.ask(held(line, "server_shutdown")).said == words(Words.RESTARTING)


def test_a_call_that_broke_goes_to_the_numbers_fallback(line: PhoneLine) -> None:
    with_fallback(line)
    answer = line.ask(held(line))
    assert answer.said == [*BROKEN, *words(Words.CONNECTING)] and answer.dialled == FALLBACK
    assert Call.objects.get().state == CallState.LIVE, "the sweep makes its record from the journal"
    assert line.ask(answer.next_url, DialCallStatus="no-answer").said == NOBODY


def test_what_the_agent_has_apologised_for_is_not_said_twice(line: PhoneLine) -> None:
    after = held(line, "provider_failed")
    assert line.ask(after).verbs == ["Hangup"]
    with_fallback(line)
    answer = line.ask(after)
    assert answer.said == words(Words.CONNECTING) and answer.dialled == FALLBACK


def test_a_vendor_that_failed_before_the_first_word_is_apologised_for(line: PhoneLine) -> None:
    after = line.voice().next_url
    reason = EndReason(EndCode.PROVIDER_FAILED, EndedBy.PLATFORM)
    call_abandon(call_id=Call.objects.get().pk, reason=reason)
    assert line.ask(after).said == BROKEN


def test_a_call_whose_web_process_was_killed_reaches_the_fallback_address(line: PhoneLine) -> None:
    held(line)
    assert line.fallback(ErrorCode="11200").said == BROKEN
    assert line.fallback(CallSid="CA9").verbs == ["Connect", "Redirect"], "one that had not begun begins"


def test_a_call_whose_first_answer_twilio_never_read_begins_at_the_fallback_address(line: PhoneLine) -> None:
    other = agent_create(organisation=line.agent.organisation, settings={"name": "Eve"}, created_by=None)
    line.voice(f"&agent_id={other.pk}")
    asked = f"{PUBLIC}/api/twilio/voice?api_key={line.raw_key}&agent_id={other.pk}"
    Call.objects.update(lease_expires_at=timezone.now())
    answer = line.fallback(ErrorCode="11200", ErrorUrl=asked)
    assert answer.verbs == ["Connect", "Redirect"]
    call = Call.objects.get()
    assert stream_token_redeem(answer.token).call_id == call.pk and call.agent == other
    assert call.lease_expires_at is not None and call.lease_expires_at > timezone.now() + LEASE / 2
    assert line.fallback(ErrorCode="12100", ErrorUrl=asked).said == words(Words.BROKEN, "en-US")


@pytest.mark.parametrize("code", ["", "client_hangup"])
def test_one_that_had_begun_does_not_begin_again_at_the_fallback_address(line: PhoneLine, code: str) -> None:
    held(line, code)
    told = {"ErrorCode": "11200", "ErrorUrl": f"{PUBLIC}/api/twilio/voice?api_key={line.raw_key}"}
    assert line.fallback(**told).verbs == (["Hangup"] if code else ["Say", "Hangup"])


def test_the_fallback_address_knows_the_number_and_the_agent_of_a_call_that_broke(line: PhoneLine) -> None:
    with_fallback(line)
    held(line)
    answer = line.fallback(ErrorCode="11200")
    assert answer.said == [*BROKEN, *words(Words.CONNECTING)] and answer.dialled == FALLBACK


def test_a_call_that_the_sweep_has_found_lost_goes_to_the_numbers_fallback(line: PhoneLine) -> None:
    with_fallback(line)
    after = held(line)
    Call.objects.update(lease_expires_at=timezone.now() - LEASE)
    calls_sweep()
    assert Call.objects.get().state == CallState.PROCESSING
    assert line.ask(after).dialled == FALLBACK


def test_a_stream_that_never_came_and_that_nobody_asked_about_is_recorded_as_that(line: PhoneLine) -> None:
    line.voice()
    Call.objects.update(lease_expires_at=timezone.now() - LEASE)
    calls_sweep()
    call_process(call_id=Call.objects.get().pk)
    call = Call.objects.get()
    assert (call.state, call.end_code, call.duration_ms) == (CallState.ENDED, EndCode.CONNECTION_LOST, 0)


def test_a_transfer_is_dialled_and_the_agent_comes_back_when_nobody_answers(line: PhoneLine) -> None:
    after = held(line, "agent_hangup")
    first = Call.objects.get()
    Call.objects.update(handover={"to": "+15550100333", "ring_s": 15})
    transfer = line.ask(after)
    (dial,) = transfer.root
    assert (transfer.dialled, dial.get("timeout")) == ("+15550100333", "15")
    assert line.ask(transfer.next_url, DialCallStatus="completed").verbs == ["Hangup"]
    back = [line.ask(transfer.next_url, DialCallStatus="no-answer") for _ in range(2)]
    assert [each.verbs for each in back] == [["Connect", "Redirect"]] * 2
    second = Call.objects.exclude(pk=first.pk).get()
    assert (second.session_id, second.carrier_leg, second.carrier_sid) == (first.session_id, 1, CALL_SID)
    assert line.ask(back[0].next_url).said == BROKEN, "of the second leg"


def put_through(line: PhoneLine, to: str = "+15550100333") -> Document:
    """The agent has put the caller through: what Twilio is told."""
    after = held(line, "transferred")
    Call.objects.update(handover={"to": to, "ring_s": 15})
    return line.ask(after)


def test_a_plan_that_is_full_keeps_no_caller_from_the_agent_that_comes_back(line: PhoneLine) -> None:
    transfer = put_through(line)
    Plan.objects.update(calls_per_minute=0, calls_at_once=0, minutes_per_month=0)
    back = line.ask(transfer.next_url, DialCallStatus="no-answer")
    assert back.verbs == ["Connect", "Redirect"]
    assert line.voice(CallSid="CA9").verbs == ["Say", "Hangup"], "another call is still refused"


def test_a_caller_who_comes_back_is_no_second_call_of_the_minute(line: PhoneLine) -> None:
    transfer = put_through(line)
    Plan.objects.update(calls_per_minute=2)
    line.ask(transfer.next_url, DialCallStatus="no-answer")
    assert Call.objects.count() == 2
    assert line.voice(CallSid="CA9").verbs == ["Connect", "Redirect"]
    assert line.voice(CallSid="CA10").verbs == ["Say", "Hangup"]


def test_a_caller_who_is_put_through_again_and_again_is_let_go_at_last(line: PhoneLine) -> None:
    transfer = put_through(line)
    legs = 1
    while (back := line.ask(transfer.next_url, DialCallStatus="no-answer")).verbs == ["Connect", "Redirect"]:
        legs += 1
        assert legs <= MOST_LEGS
        leg = Call.objects.get(carrier_leg=legs - 1)
        call_close(call_id=leg.pk, handover={"to": "+15550100333", "ring_s": 15})
        transfer = line.ask(back.next_url)
        assert transfer.dialled == "+15550100333"
    assert (legs, back.verbs, back.said) == (MOST_LEGS, ["Say", "Hangup"], words(Words.BUSY))
    assert Call.objects.count() == MOST_LEGS


@pytest.mark.parametrize("status", ["busy", "no-answer", "failed", "canceled"])
def test_what_became_of_a_transfer_is_kept_and_a_late_record_does_not_undo_it(
    line: PhoneLine, status: str
) -> None:
    transfer = put_through(line)
    first = Call.objects.get()
    line.ask(transfer.next_url, DialCallStatus=status)
    call_close(call_id=first.pk, handover={"to": "+15550100333", "ring_s": 15})
    first.refresh_from_db()
    assert first.handover == {"to": "+15550100333", "ring_s": 15, "is_dialled": True, "came_of": status}
    assert transfer_came_of(Call.objects.get(carrier_leg=1)) == status


def test_the_fallback_address_does_not_dial_again_whom_a_transfer_has_reached(line: PhoneLine) -> None:
    with_fallback(line)
    transfer = put_through(line)
    answer = line.fallback(ErrorCode="11200", ErrorUrl=transfer.next_url)
    assert answer.said == [*BROKEN, *words(Words.CONNECTING)] and answer.dialled == FALLBACK
    assert line.fallback().dialled == FALLBACK, "also where Twilio says nothing of what failed"


def test_the_fallback_address_dials_no_number_twice_under_two_names(line: PhoneLine) -> None:
    with_fallback(line)
    transfer = put_through(line, to=FALLBACK)
    assert line.fallback(ErrorCode="11200", ErrorUrl=transfer.next_url).verbs == ["Say", "Hangup"]


def test_the_fallback_address_goes_on_as_a_transfers_end_says(line: PhoneLine) -> None:
    transfer = put_through(line)
    told = {"ErrorCode": "11200", "ErrorUrl": transfer.next_url}
    assert line.fallback(**told, DialCallStatus="completed").verbs == ["Hangup"]
    assert line.fallback(**told, DialCallStatus="busy").verbs == ["Connect", "Redirect"]
    assert transfer_came_of(Call.objects.get(carrier_leg=1)) == "busy"


def test_a_transfer_that_twilio_was_never_told_of_is_made_by_the_fallback_address(line: PhoneLine) -> None:
    after = held(line, "transferred")
    Call.objects.update(handover={"to": "+15550100333", "ring_s": 15})
    assert line.fallback(ErrorCode="11200", ErrorUrl=after).dialled == "+15550100333"
    # Ours was on its way when Twilio gave up waiting for it.
    assert line.ask(after).dialled == "+15550100333"
    assert line.fallback(ErrorCode="11200", ErrorUrl=after).dialled == "+15550100333"
    # But a document that it has read and cannot carry out would be none the second time either.
    assert line.fallback(ErrorCode="13223", ErrorUrl=after).verbs == ["Say", "Hangup"]


def test_the_agent_does_not_come_back_with_a_revoked_key(line: PhoneLine) -> None:
    after = held(line, "agent_hangup")
    Call.objects.update(handover={"to": "sip:desk@example.com"})
    transfer = line.ask(after)
    assert transfer.dialled == "sip:desk@example.com"
    api_key_revoke(api_key=Call.objects.get().api_key)  # type: ignore[arg-type]
    assert line.ask(transfer.next_url, DialCallStatus="busy").verbs == ["Say", "Hangup"]


def test_who_hangs_up_before_the_agent_has_a_record(line: PhoneLine) -> None:
    line.voice()
    assert line.tell_status(CallStatus="in-progress") == 204
    assert Call.objects.get().state == CallState.LIVE
    assert line.tell_status(CallStatus="completed") == 204
    call = Call.objects.get()
    assert (call.state, call.end_code) == (CallState.ENDED, EndCode.CLIENT_HANGUP)
    assert line.tell_status(CallStatus="completed", CallSid="CA9") == 204


def test_a_status_without_a_key_changes_nothing(line: PhoneLine) -> None:
    line.voice()
    assert line.answer("/api/twilio/status?api_key=vx_wrong", CallStatus="completed").status_code == 403
    assert Call.objects.get().state == CallState.LIVE


@pytest.mark.django_db(transaction=True)
def test_a_call_that_twilio_tells_of_five_times_at_once_is_one(settings: Any, tmp_path: Path) -> None:
    settings.PUBLIC_URL, settings.JOURNAL_DIR = PUBLIC, tmp_path
    acme = make_cast().acme
    agent = agent_create(organisation=acme, settings={"name": "Ada"}, created_by=None)
    _, raw_key = api_key_create(organisation=acme, name="Phone", created_by=None)

    def once(_: int) -> list[str]:
        try:
            return PhoneLine(agent, raw_key).voice().verbs
        finally:
            connections.close_all()

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(once, range(5)))
    connection.ensure_connection()
    assert answers == [["Connect", "Redirect"]] * 5
    assert Call.objects.count() == 1
