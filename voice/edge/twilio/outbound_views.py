"""What Twilio asks and tells of the calls that agents make: /api/twilio/outbound and /outbound/status."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.tokens import TokenInvalid, outbound_token_read
from calls import log_context
from calls.models import Call, OnMachine
from calls.selectors import is_machine
from calls.services import Progress, call_abandon, outbound_answered, outbound_progress
from voice.core.errors import EndCode, EndedBy, EndReason, Refusal, RefusalCode
from voice.edge.not_begun import reason_not_begun
from voice.edge.phone_calls import phone_call_answered
from voice.edge.twilio.answers import agent_answers
from voice.edge.twilio.ending import line_is_over
from voice.edge.twilio.line import Line, carrier_sid_of, form_of
from voice.edge.twilio.signature import request_signature_is_right
from voice.edge.twilio.twiml import Twiml
from voice.edge.twilio.views import OVER, spoken

logger = logging.getLogger(__name__)

LONGEST_WORD = 16
LONGEST_SIP_CODE = 3
MACHINE_ANSWERED = EndReason(
    EndCode.MACHINE_ANSWERED, EndedBy.PLATFORM, "A machine answered, and such calls are to be ended."
)


@spoken
def answered(request: HttpRequest, line: Line) -> Twiml:
    """Somebody or something has answered. However often Twilio asks, it is one conversation."""
    call = _called(request)
    carrier_sid = carrier_sid_of(request)
    line.organisation, line.agent_id = call.organisation, call.agent_id
    answered_by = form_of(request).get("AnsweredBy", "")[:24]
    outbound = outbound_answered(call_id=call.pk, carrier_sid=carrier_sid, answered_by=answered_by)
    if outbound is None:
        return Twiml().hangup()
    if is_machine(outbound.answered_by) and outbound.on_machine == OnMachine.HANG_UP:
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
def status(request: HttpRequest) -> HttpResponse:
    """How a call stands. Twilio's messages come in any order; nobody listens to what is answered."""
    try:
        call, carrier_sid = _called(request), carrier_sid_of(request)
    except Refusal as refusal:
        return HttpResponse(f"{refusal.message}\n", status=403, content_type="text/plain; charset=utf-8")
    if call.carrier_sid not in ("", carrier_sid):
        return HttpResponse("This is another call.\n", status=403, content_type="text/plain; charset=utf-8")
    progress = _progress(request)
    if outbound_progress(call_id=call.pk, progress=progress) and progress.status in OVER:
        call.refresh_from_db()
        line_is_over(call)
    return HttpResponse(status=204)


def _progress(request: HttpRequest) -> Progress:
    form = form_of(request)
    return Progress(
        status=form.get("CallStatus", "")[:LONGEST_WORD],
        sequence=_number(form.get("SequenceNumber", "")),
        sip_code=_number(form.get("SipResponseCode", ""), LONGEST_SIP_CODE),
        carrier_code=form.get("ErrorCode", "")[:LONGEST_WORD],
        answered_by=form.get("AnsweredBy", "")[:24],
    )


def _number(text: str, most_digits: int = 6) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= most_digits else None


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
