"""Callers of numbers that send them on to each other are let go at last."""

from __future__ import annotations

import pytest
import redis

from accounts import minute_limit
from agents.models import PhoneNumber
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


def test_who_withhold_their_number_are_not_taken_for_one(line: PhoneLine) -> None:
    number(line, NUMBER, ELSEWHERE)
    for each in range(8):
        assert calls(line, f"CA{each}", caller="anonymous").dialled == ELSEWHERE


def test_callers_are_sent_on_also_where_nobody_can_count(
    line: PhoneLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(name: str, most: int) -> bool:
        raise redis.ConnectionError

    assert circles.within_limit is minute_limit.within_limit
    monkeypatch.setattr(circles, "within_limit", away)
    number(line, NUMBER, ELSEWHERE)
    assert calls(line).dialled == ELSEWHERE
