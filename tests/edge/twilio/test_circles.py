"""Callers of numbers that send them on to each other are let go at last."""

from __future__ import annotations

import pytest
import redis

from accounts import minute_limit
from agents.models import PhoneNumber
from calls.models import Call, CallState
from calls.outcomes import outcome_of
from calls.services import call_close
from tests.cast import Cast
from tests.edge.twilio.line import CALLER, NUMBER, Document, PhoneLine
from voice.edge.twilio import circles

OTHER, ELSEWHERE, MACHINE = "+15550100222", "+442079460018", "+442079460019"


def number(line: PhoneLine, own: str, fallback: str = "", voicemail: str = "") -> None:
    PhoneNumber.objects.create(
        organisation=line.agent.organisation, number=own, fallback_number=fallback, voicemail_number=voicemail
    )


def calls(line: PhoneLine, sid: str = "CA9", dials: str = NUMBER, caller: str = CALLER) -> Document:
    """A call that the agent cannot answer."""
    line.agent.is_active = False
    line.agent.save()
    return line.voice(CallSid=sid, To=dials, From=caller)


def test_numbers_that_name_each_other_are_not_dialled(line: PhoneLine) -> None:
    number(line, NUMBER, OTHER)
    number(line, OTHER, NUMBER)
    for dials in (NUMBER, OTHER):
        assert calls(line, dials=dials).verbs == ["Say", "Hangup"]


def test_who_is_no_part_of_the_circle_is_still_dialled(line: PhoneLine) -> None:
    number(line, NUMBER, OTHER, MACHINE)
    number(line, OTHER, ELSEWHERE, NUMBER)
    assert calls(line).dialled == MACHINE, "the fallback leads back, the voicemail does not"
    assert calls(line, dials=OTHER).dialled == ELSEWHERE


def test_a_caller_whom_somebody_else_sends_back_goes_round_five_times(line: PhoneLine) -> None:
    number(line, NUMBER, ELSEWHERE)
    rounds = [calls(line, f"CA{each}").verbs for each in range(6)]
    assert rounds == [["Say", "Say", "Dial"]] * 5 + [["Say", "Hangup"]]
    assert calls(line, "CA7", caller="+15550100055").dialled == ELSEWHERE, "others are sent on"


@pytest.mark.parametrize("caller", ["anonymous", OTHER])
def test_who_withhold_their_number_are_not_taken_for_one(line: PhoneLine, caller: str) -> None:
    number(line, NUMBER, ELSEWHERE)
    number(line, OTHER, NUMBER)
    for each in range(8):
        assert calls(line, f"CA{each}", caller=caller).dialled == ELSEWHERE


def test_callers_are_sent_on_also_where_nobody_can_count(
    line: PhoneLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(name: str, most: int) -> bool:
        raise redis.ConnectionError

    assert circles.within_limit is minute_limit.within_limit
    monkeypatch.setattr(circles, "within_limit", away)
    number(line, NUMBER, ELSEWHERE)
    assert calls(line).dialled == ELSEWHERE


def hop(line: PhoneLine, number: int, dials: str, to: str, caller: str = CALLER) -> Document:
    """A caller is answered and put through: what Twilio is told. Each of them is another call there."""
    sid = f"CA{number}"
    after = line.voice(CallSid=sid, To=dials, From=caller).next_url
    call_close(call_id=Call.objects.get(carrier_sid=sid).pk, handover={"to": to, "ring_s": 15})
    return line.ask(after, CallSid=sid, To=dials, From=caller)


@pytest.mark.parametrize("caller", [CALLER, "anonymous", "client:ada"])
def test_agents_put_a_caller_to_and_fro_five_times_and_then_the_agent_comes_back(
    line: PhoneLine, caller: str
) -> None:
    number(line, NUMBER)
    number(line, OTHER)
    for each in range(5):
        dials, to = (NUMBER, OTHER) if each % 2 == 0 else (OTHER, NUMBER)
        document = hop(line, each, dials, to, caller)
        assert document.dialled == to
        caller = document.root[0].get("callerId") or caller
    last = hop(line, 5, OTHER, NUMBER, caller)
    assert last.verbs == ["Connect", "Redirect"]
    back = Call.objects.get(carrier_sid="CA5", carrier_leg=1)
    assert back.state == CallState.LIVE
    refused = Call.objects.get(carrier_sid="CA5", carrier_leg=0)
    Call.objects.filter(pk=refused.pk).update(state=CallState.ENDED, end_code="transferred")
    refused.refresh_from_db()
    assert outcome_of(refused).label == "Not put through"
    assert hop(line, 6, OTHER, ELSEWHERE, caller).dialled == ELSEWHERE, "to numbers of others"
    assert hop(line, 7, NUMBER, OTHER, "+15550100055").dialled == OTHER, "others are put through"


def test_a_circle_over_the_fallback_of_a_number_that_does_not_answer_is_one_too(line: PhoneLine) -> None:
    number(line, NUMBER, OTHER)
    number(line, OTHER)
    for each in range(5):
        assert hop(line, each, OTHER, NUMBER).dialled == NUMBER
    assert hop(line, 5, OTHER, NUMBER).verbs == ["Connect", "Redirect"]


def test_a_caller_who_calls_again_and_again_is_in_no_circle(line: PhoneLine) -> None:
    number(line, NUMBER)
    number(line, OTHER)
    for each in range(8):
        document = hop(line, each, NUMBER, OTHER)
        assert document.dialled == OTHER
        line.ask(document.next_url, CallSid=f"CA{each}", DialCallStatus="completed")
        assert hop(line, 100 + each, OTHER, ELSEWHERE).dialled == ELSEWHERE


def test_numbers_of_another_organisation_are_none_of_ours(line: PhoneLine, cast: Cast) -> None:
    number(line, NUMBER)
    PhoneNumber.objects.create(organisation=cast.other, number=OTHER)
    for each in range(7):
        assert hop(line, each, NUMBER, OTHER).dialled == OTHER
