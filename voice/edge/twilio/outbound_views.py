"""What Twilio asks and tells of the calls that agents make: /api/twilio/outbound, /answerer and /status."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.tokens import TokenInvalid, outbound_token_read
from calls import log_context
from calls.models import Call
from calls.selectors import call_by_carrier
from calls.services import (
    Progress,
    call_abandon,
    outbound_answered,
    outbound_answered_by,
    outbound_progress,
)
from voice.core.errors import Refusal, RefusalCode
from voice.edge.not_begun import reason_not_begun
from voice.edge.phone_calls import phone_call_answered
from voice.edge.twilio.answerer import act_upon, is_to_be_left
from voice.edge.twilio.answers import agent_answers
from voice.edge.twilio.ending import line_is_over
from voice.edge.twilio.line import Line, carrier_sid_of, form_of
from voice.edge.twilio.signature import request_signature_is_right
from voice.edge.twilio.twiml import Twiml
from voice.edge.twilio.views import OVER, spoken
from voice.engine.endings import MACHINE_ANSWERED

logger = logging.getLogger(__name__)

LONGEST_WORD = 16
LONGEST_SIP_CODE = 3
LONGEST_ANSWERER = 24


@spoken
def answered(request: HttpRequest, line: Line) -> Twiml:
    """Somebody or something has answered. However often Twilio asks, it is one conversation."""
    call = _called(request)
    line.is_outbound = True
    carrier_sid = carrier_sid_of(request)
    line.organisation, line.agent_id = call.organisation, call.agent_id
    answered_by = form_of(request).get("AnsweredBy", "")[:LONGEST_ANSWERER]
    outbound = outbound_answered(call_id=call.pk, carrier_sid=carrier_sid, answered_by=answered_by)
    if outbound is None:
        return Twiml().hangup()
    if is_to_be_left(outbound):  # it was known before the answer was asked for
        call_abandon(call_id=call.pk, reason=MACHINE_ANSWERED)
        return Twiml().hangup()
    try:
        return agent_answers(request, phone_call_answered(outbound.call), carrier_sid)
    except Refusal as refusal:
        call_abandon(call_id=call.pk, reason=reason_not_begun(refusal))
        raise


@csrf_exempt
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@never_cache
def answerer(request: HttpRequest) -> HttpResponse:
    """A person or a machine: known some seconds after the answer. Nobody waits for what is answered, which
    comes when the call has acted upon it."""
    try:
        call, carrier_sid = _called_as(request)
    except Refusal as refusal:
        return _forbidden(refusal)
    answered_by = form_of(request).get("AnsweredBy", "")[:LONGEST_ANSWERER]
    outbound = outbound_answered_by(call_id=call.pk, carrier_sid=carrier_sid, answered_by=answered_by)
    if outbound is not None:
        act_upon(outbound)
    return HttpResponse(status=204)


@csrf_exempt
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@never_cache
def status(request: HttpRequest) -> HttpResponse:
    """How a call stands. Twilio's messages come in any order; nobody listens to what is answered."""
    try:
        call, carrier_sid = _called_as(request)
    except Refusal as refusal:
        return _forbidden(refusal)
    progress = _progress(request)
    if outbound_progress(call_id=call.pk, progress=progress) and progress.status in OVER:
        newest = call_by_carrier(organisation=call.organisation, carrier_sid=carrier_sid)
        if newest is not None:
            line_is_over(newest)
    return HttpResponse(status=204)


def _progress(request: HttpRequest) -> Progress:
    form = form_of(request)
    return Progress(
        status=form.get("CallStatus", "")[:LONGEST_WORD],
        sequence=_number(form.get("SequenceNumber", "")),
        sip_code=_number(form.get("SipResponseCode", ""), LONGEST_SIP_CODE),
        carrier_code=form.get("ErrorCode", "")[:LONGEST_WORD],
        answered_by=form.get("AnsweredBy", "")[:LONGEST_ANSWERER],
    )


def _number(text: str, most_digits: int = 6) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= most_digits else None


def _called_as(request: HttpRequest) -> tuple[Call, str]:
    """With Twilio's name of it. Raises Refusal, also where the address is another call's."""
    call, carrier_sid = _called(request), carrier_sid_of(request)
    if call.carrier_sid not in ("", carrier_sid):
        raise Refusal(RefusalCode.UNAUTHORISED, "This is another call.")
    return call, carrier_sid


def _forbidden(refusal: Refusal) -> HttpResponse:
    return HttpResponse(f"{refusal.message}\n", status=403, content_type="text/plain; charset=utf-8")


def _called(request: HttpRequest) -> Call:
    """By the token of the address, which names it. Raises Refusal for who is not Twilio."""
    try:
        call_id = outbound_token_read(request.GET.get("token", ""))
    except TokenInvalid as error:
        raise Refusal(RefusalCode.UNAUTHORISED, "This address is of no call.") from error
    calls = Call.objects.select_related("organisation__plan")
    call = calls.filter(pk=call_id, direction="outbound").first()
    if call is None:
        raise Refusal(RefusalCode.UNAUTHORISED, "This address is of no call.")
    log_context.speaks_of(call.pk, call.organisation_id)
    if not request_signature_is_right(request, call.organisation):
        logger.warning("a request with a wrong signature of Twilio's, for a call that we make")
        raise Refusal(RefusalCode.UNAUTHORISED, "The signature is not Twilio's.")
    return call
