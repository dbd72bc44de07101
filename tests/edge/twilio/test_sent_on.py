"""The fallback address, where what failed is what follows a number's fallback or voicemail."""

from __future__ import annotations

import pytest

from accounts.models import Plan
from agents.models import PhoneNumber
from calls.models import Call
from tests.edge.twilio.line import NUMBER, Document, PhoneLine
from tests.edge.twilio.test_after import BROKEN, FALLBACK, NOBODY, held

VOICEMAIL = "+15550100222"
LOST = "11200"


@pytest.fixture(params=["broke off", "refused"])
def sent_on(line: PhoneLine, request: pytest.FixtureRequest) -> Document:
    """The caller is put through to the number's fallback, after a call that broke off, or in place of one."""
    PhoneNumber.objects.create(
        organisation=line.agent.organisation,
        number=NUMBER,
        fallback_number=FALLBACK,
        voicemail_number=VOICEMAIL,
    )
    if request.param == "broke off":
        answer = line.ask(held(line))
    else:
        Plan.objects.update(calls_at_once=0)
        answer = line.voice()
        Plan.objects.update(calls_at_once=10)
    assert answer.dialled == FALLBACK
    return answer


def test_who_has_been_reached_is_not_dialled_again(line: PhoneLine, sent_on: Document) -> None:
    calls = Call.objects.count()
    answer = line.fallback(ErrorCode=LOST, ErrorUrl=sent_on.next_url, DialCallStatus="completed")
    assert answer.verbs == ["Hangup"] and Call.objects.count() == calls


def test_where_nobody_answered_it_goes_on_with_the_next(line: PhoneLine, sent_on: Document) -> None:
    answer = line.fallback(ErrorCode=LOST, ErrorUrl=sent_on.next_url, DialCallStatus="no-answer")
    assert (answer.verbs, answer.dialled) == (["Dial"], VOICEMAIL)
    after = line.fallback(ErrorCode=LOST, ErrorUrl=answer.next_url, DialCallStatus="busy")
    assert (after.verbs, after.said) == (["Say", "Hangup"], NOBODY)


@pytest.mark.parametrize("told", [{"ErrorCode": LOST}, {"ErrorCode": "13223", "DialCallStatus": "busy"}])
def test_where_it_is_not_known_or_would_fail_again_the_caller_is_told(
    line: PhoneLine, sent_on: Document, told: dict[str, str]
) -> None:
    answer = line.fallback(**told, ErrorUrl=sent_on.next_url)
    assert (answer.verbs, answer.said) == (["Say", "Hangup"], BROKEN)


@pytest.mark.parametrize("url", ["", "http://[", "https://voice.example.com/x?stage=fallback&of=1&token=2"])
def test_an_address_that_is_none_of_ours_says_nothing(line: PhoneLine, url: str) -> None:
    assert line.fallback(ErrorCode=LOST, ErrorUrl=url).verbs == ["Connect", "Redirect"]


def test_a_number_that_is_there_no_more_is_none(line: PhoneLine, sent_on: Document) -> None:
    number = PhoneNumber.objects.get()
    url = sent_on.next_url
    Call.objects.all().delete()
    number.delete()
    assert line.fallback(ErrorCode=LOST, ErrorUrl=url, DialCallStatus="completed").verbs == [
        "Connect",
        "Redirect",
    ]
