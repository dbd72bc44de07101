"""What Twilio is told to do next with a call: the agent, a person, a last sentence."""

from __future__ import annotations

from django.http import HttpRequest

from agents.models import PhoneNumber
from agents.phone_numbers.e164 import is_e164
from calls.models import Call
from calls.services import CIRCLE, call_dialled_on
from voice.edge.phone_calls import PhoneCall, phone_call_again
from voice.edge.twilio.addresses import Stage, next_url, stream_url
from voice.edge.twilio.circles import comes_round, goes_round, is_put_round
from voice.edge.twilio.line import number_in
from voice.edge.twilio.spoken import Sentence, Words, sentence
from voice.edge.twilio.twiml import RING_S, Twiml


def agent_answers(request: HttpRequest, call: PhoneCall, carrier_sid: str) -> Twiml:
    """The stream; when it has ended, or could not be had, Twilio asks on."""
    after = next_url(request, Stage.STREAM, call.call_id, carrier_sid)
    return Twiml().stream(stream_url(request), call.token).redirect(after)


def handed_over(request: HttpRequest, call: Call) -> Twiml:
    """To whom the agent has said that it would connect the caller; back to it where that leads nowhere.
    Raises Refusal."""
    handover = call.handover or {}
    if handover.get("came_of") == CIRCLE or is_put_round(call):
        call_dialled_on(call_id=call.pk, came_of=CIRCLE)
        return agent_answers(request, phone_call_again(call), call.carrier_sid)
    call_dialled_on(call_id=call.pk)
    action = next_url(request, Stage.HANDOVER, call.pk, call.carrier_sid)
    ring_s = int(handover.get("ring_s") or RING_S)
    return Twiml().dial(str(handover["to"]), action=action, ring_s=ring_s, caller_id=_caller_id_of(call))


def somebody_else(
    request: HttpRequest,
    number: PhoneNumber | None,
    carrier_sid: str,
    language: str,
    *,
    told: Sentence | None,
    tried: Stage = Stage.STREAM,
    been: str = "",
) -> Twiml:
    """Where the agent cannot: the number's fallback, then its voicemail, then nobody.

    `told`: what the caller is told first; None: they know. `tried`: who has been asked before.
    `been`: where the caller has been put through to, and is not again.
    """
    answer = Twiml()
    rest = _rest(number, tried, been)
    if rest and number is not None and tried == Stage.STREAM and comes_round(request, number):
        rest = []
    if told is not None:
        answer.say(told if rest else told.to_the_end())
    for stage, to in rest:
        if stage == Stage.FALLBACK:
            answer.say(sentence(Words.CONNECTING, language))
        action = next_url(request, stage, number.pk if number else "", carrier_sid)
        own = number.number if number else ""
        return answer.dial(to, action=action, caller_id=_caller_id(number_in(request, "From"), own))
    if tried != Stage.STREAM:
        answer.say(sentence(Words.NOBODY, language))
    return answer.hangup()


def _caller_id_of(call: Call) -> str:
    if call.direction == "inbound":
        return _caller_id(call.from_number, call.to_number)
    return _caller_id("", call.from_number)


def _caller_id(caller: str, own: str) -> str:
    """Twilio connects nobody on behalf of whom it has no number to show: who calls from a program or over
    SIP, and who withholds theirs. Then that is shown which the call is at. Empty: the caller's own."""
    return own if is_e164(own) and not is_e164(caller) else ""


def _rest(number: PhoneNumber | None, tried: Stage, been: str) -> list[tuple[Stage, str]]:
    """Whom the number names and nobody has asked yet, in order."""
    if number is None:
        return []
    named = [(Stage.FALLBACK, number.fallback_number), (Stage.VOICEMAIL, number.voicemail_number)]
    order = list(Stage)
    rest = [
        (stage, to) for stage, to in named if to and to != been and order.index(stage) > order.index(tried)
    ]
    return [(stage, to) for stage, to in rest if not goes_round(number, to)]
