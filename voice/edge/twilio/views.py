"""What Twilio asks of us in a call: /api/twilio/voice, /fallback, /after, /dialled and /status.

A person is on the line, so whatever goes wrong is spoken, in the agent's language, with HTTP 200: anything
else Twilio reads out as an application error. No vendor is asked on the way.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.models import Organisation
from agents.models import PhoneNumber
from agents.phone_numbers.selectors import phone_number_find
from calls import log_context
from calls.models import Call
from calls.selectors import call_by_carrier
from calls.services import PhoneLine, call_dialled_on
from voice.core.audio import MULAW_8000
from voice.core.errors import EndCode, Refusal, RefusalCode
from voice.core.spec import Channel
from voice.edge.admission import ConnectRequest
from voice.edge.credentials import principal_by_key
from voice.edge.metrics import REFUSALS
from voice.edge.phone_calls import phone_call_again, phone_call_begin, phone_call_once_more
from voice.edge.twilio.addresses import Stage, stage_of, stage_told
from voice.edge.twilio.answers import agent_answers, handed_over, somebody_else
from voice.edge.twilio.ending import (
    ending_of,
    is_unread,
    line_is_over,
    was_never_answered,
    was_put_through,
)
from voice.edge.twilio.line import Line, carrier_sid_of, form_of, number_in
from voice.edge.twilio.signature import request_signature_is_right
from voice.edge.twilio.spoken import Words, refusal_sentence, sentence
from voice.edge.twilio.twiml import Twiml

logger = logging.getLogger(__name__)

FOR_TWILIO = (
    "This is where Twilio asks when somebody calls. In Twilio's console, set it as the number's"
    ' "A call comes in" webhook, with the method HTTP POST.\n'
)
LONGEST_STATUS = 16
# Too long, of too many fields, or broken off.
NO_FORM = (SuspiciousOperation, MultiPartParserError, UnreadablePostError)
ANSWERED = frozenset({"completed", "answered"})
SENT_ON = frozenset({Stage.FALLBACK, Stage.VOICEMAIL})
OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
Webhook = Callable[[HttpRequest, Line], Twiml]


def spoken(webhook: Webhook) -> Callable[[HttpRequest], HttpResponse]:
    """A view whose faults are told to the caller. A GET that is not of a call is a person who looks."""

    @wraps(webhook)
    def view(request: HttpRequest) -> HttpResponse:
        if request.method == "GET" and "CallSid" not in request.GET:
            return HttpResponse(FOR_TWILIO, content_type="text/plain; charset=utf-8")
        line = Line()
        try:
            form_of(request)
        except NO_FORM as error:
            logger.info("what cannot be read is no form of Twilio's: %s", type(error).__name__)
            REFUSALS.labels(RefusalCode.MALFORMED).inc()
            return Twiml().say(refusal_sentence(RefusalCode.MALFORMED, "").to_the_end()).hangup().response()
        try:
            return webhook(request, line).response()
        except Refusal as refusal:
            logger.info("a phone call was refused: %s", refusal.code)
            code = refusal.code
        except Exception:  # whatever is broken here, a caller is not left with silence
            logger.exception("a phone call could not be answered")
            code = RefusalCode.INTERNAL_ERROR
        REFUSALS.labels(code).inc()
        return _refused(request, line, code).response()

    guarded = require_http_methods(["GET", "POST"])(never_cache(view))
    return csrf_exempt(sensitive_post_parameters()(guarded))


@spoken
def voice(request: HttpRequest, line: Line) -> Twiml:
    """A call comes in. However often Twilio tells of it, it is one."""
    return _voice(request, line)


@spoken
def fallback(request: HttpRequest, line: Line) -> Twiml:
    """What Twilio asked in a call before could not be had: that call is broken, or has not begun yet."""
    carrier_sid = carrier_sid_of(request)
    _whose(request, line, principal_by_key(request.GET.get("api_key", "")).organisation)
    if (sent_on := _sent_on_before(request, line, carrier_sid)) is not None:
        return sent_on
    call = call_by_carrier(organisation=_known(line), carrier_sid=carrier_sid)
    if call is None:
        return _voice(request, line)
    _is_of(line, call)
    if was_never_answered(call, form_of(request)):
        return agent_answers(request, phone_call_once_more(call), carrier_sid)
    if was_put_through(call, form_of(request)):
        return _put_through(request, line, call)
    return _after(request, line, call)


@spoken
def after(request: HttpRequest, line: Line) -> Twiml:
    """The agent's stream has ended, or could not be had."""
    _, call = _stage(request, line, {Stage.STREAM})
    return _after(request, line, _a_call(call))


@spoken
def dialled(request: HttpRequest, line: Line) -> Twiml:
    """Somebody was called for the caller, and has hung up or not answered."""
    stage, of = _stage(request, line, {Stage.HANDOVER, Stage.FALLBACK, Stage.VOICEMAIL})
    if isinstance(of, Call):
        return _put_through(request, line, of)
    if form_of(request).get("DialCallStatus", "") in ANSWERED:
        return Twiml().hangup()
    return somebody_else(request, of, carrier_sid_of(request), line.language, told=None, tried=stage)


@csrf_exempt
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@never_cache
def status(request: HttpRequest) -> HttpResponse:
    """How a call stands at Twilio. Nobody listens to what is answered."""
    line = Line()
    try:
        carrier_sid = carrier_sid_of(request)
        _whose(request, line, principal_by_key(request.GET.get("api_key", "")).organisation)
    except Refusal as refusal:
        return HttpResponse(f"{refusal.message}\n", status=403, content_type="text/plain; charset=utf-8")
    call = call_by_carrier(organisation=_known(line), carrier_sid=carrier_sid)
    if call is not None and form_of(request).get("CallStatus", "") in OVER:
        line_is_over(call)
    return HttpResponse(status=204)


def _voice(request: HttpRequest, line: Line) -> Twiml:
    carrier_sid = carrier_sid_of(request)
    raw_key = request.GET.get("api_key", "")
    principal = principal_by_key(raw_key)
    _whose(request, line, principal.organisation)
    line.dialled(_known(line), number_in(request, "To"), request.GET.get("agent_id", ""))
    call = phone_call_begin(
        ConnectRequest(
            channel=Channel.PHONE,
            audio_in=MULAW_8000,
            audio_out=MULAW_8000,
            api_key=raw_key,
            agent_id=line.agent_id,
            line=PhoneLine(number_in(request, "From"), number_in(request, "To"), "inbound", carrier_sid),
        ),
        principal,
    )
    return agent_answers(request, call, carrier_sid)


def _after(request: HttpRequest, line: Line, call: Call) -> Twiml:
    ending = ending_of(call)
    if call.handover:
        return handed_over(request, call)
    if ending.is_in_order:
        return Twiml().hangup()
    logger.warning("a phone call broke off: %s", ending.code)
    words = Words.RESTARTING if ending.code == EndCode.SERVER_SHUTDOWN else Words.BROKEN
    told = None if ending.was_told else sentence(words, line.language)
    return somebody_else(request, line.number, call.carrier_sid, line.language, told=told)


def _sent_on_before(request: HttpRequest, line: Line, carrier_sid: str) -> Twiml | None:
    """What comes next where that could not be had which follows a number's fallback or voicemail: whoever has
    been reached there is not dialled again. None where it is something else."""
    told = form_of(request)
    stage, of = stage_told(told.get("ErrorUrl", ""), carrier_sid) or (Stage.STREAM, "")
    number = phone_number_find(organisation=_known(line), number_id=of)
    if stage not in SENT_ON or number is None:
        return None
    line.dialled(_known(line), number.number)
    came_of = told.get("DialCallStatus", "")
    if came_of in ANSWERED:
        return Twiml().hangup()
    if not came_of or not is_unread(told):
        return Twiml().say(sentence(Words.BROKEN, line.language)).hangup()
    return somebody_else(request, number, carrier_sid, line.language, told=None, tried=stage)


def _put_through(request: HttpRequest, line: Line, call: Call) -> Twiml:
    """The agent has put the caller through, and that is over. Raises Refusal."""
    asked = form_of(request)
    came_of = asked.get("DialCallStatus", "")[:LONGEST_STATUS]
    # Twilio asks also when the caller has hung up: for nobody the agent does not come back.
    if came_of in ANSWERED or (came_of and asked.get("CallStatus", "") in OVER):
        call_dialled_on(call_id=call.pk, came_of=came_of)
        return Twiml().hangup()
    if not came_of:  # they may have spoken with somebody: an agent that is back would tell them otherwise
        logger.warning("what became of a transfer is not known")
        told, been = sentence(Words.BROKEN, line.language), str((call.handover or {}).get("to", ""))
        return somebody_else(request, line.number, call.carrier_sid, line.language, told=told, been=been)
    call_dialled_on(call_id=call.pk, came_of=came_of)
    return agent_answers(request, phone_call_again(call), call.carrier_sid)


def _stage(request: HttpRequest, line: Line, expected: set[Stage]) -> tuple[Stage, Call | PhoneNumber]:
    """What has just been over, and of what. Raises Refusal for addresses that we did not give."""
    carrier_sid = carrier_sid_of(request)
    found = stage_of(request, carrier_sid)
    of = _named_by(*found, carrier_sid) if found and found[0] in expected else None
    if found is None or of is None:
        raise Refusal(RefusalCode.UNAUTHORISED, "This address is not of this call.")
    _whose(request, line, of.organisation)
    if isinstance(of, Call):
        _is_of(line, of)
    else:
        line.dialled(of.organisation, of.number)
    return found[0], of


def _is_of(line: Line, call: Call) -> None:
    log_context.speaks_of(call.pk, call.organisation_id)
    line.is_outbound = call.direction != "inbound"
    # Fallback numbers are for those who call us.
    line.dialled(call.organisation, call.to_number if call.direction == "inbound" else "", call.agent_id)


def _named_by(stage: Stage, of: str, carrier_sid: str) -> Call | PhoneNumber | None:
    if stage in (Stage.STREAM, Stage.HANDOVER):
        calls = Call.objects.select_related("organisation__plan", "agent_version")
        return calls.filter(pk=of, carrier_sid=carrier_sid).first()
    return PhoneNumber.objects.select_related("organisation").filter(pk=of).first()


def _a_call(of: Call | PhoneNumber) -> Call:
    if not isinstance(of, Call):
        raise TypeError("a stream is of a call")
    return of


def _whose(request: HttpRequest, line: Line, organisation: Organisation) -> None:
    """Raises Refusal for who is not Twilio, where the organisation has stored what Twilio signs with."""
    if not request_signature_is_right(request, organisation):
        logger.warning("a request with a wrong signature of Twilio's, for organisation %s", organisation.pk)
        raise Refusal(RefusalCode.UNAUTHORISED, "The signature is not Twilio's.")
    line.organisation = organisation


def _known(line: Line) -> Organisation:
    if line.organisation is None:
        raise Refusal(RefusalCode.UNAUTHORISED, "Nobody is known by this key.")
    return line.organisation


def _refused(request: HttpRequest, line: Line, code: RefusalCode) -> Twiml:
    carrier_sid = form_of(request).get("CallSid", "")
    try:
        language = line.language
        told = sentence(Words.BROKEN, language) if line.is_outbound else refusal_sentence(code, language)
        return somebody_else(request, line.number, carrier_sid, language, told=told)
    except Exception:  # the database, most likely, which the refusal was for too
        logger.exception("a caller is told in English")
        return Twiml().say(refusal_sentence(code, "").to_the_end()).hangup()
