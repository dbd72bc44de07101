"""Ends a call that is still being placed: no process holds it yet, so its carrier is told from here."""

from __future__ import annotations

from agents.twilio_account.selectors import TWILIO, TokenUnreadable, twilio_access_find
from calls.models import Call, CallState, OutboundCall
from calls.selectors import outbound_find
from calls.services import OVER, Progress, outbound_progress
from voice.core.errors import CredentialsError
from voice.providers.twilio.access import connect


def is_ringing(call: Call) -> bool:
    """An agent makes the call, and nobody has answered yet."""
    if call.state != CallState.LIVE or call.direction != "outbound":
        return False
    outbound = outbound_find(call)
    return outbound is not None and outbound.answered_at is None


def carrier_hang_up(call_id: str) -> None:
    """Has the carrier stop ringing where the call is over here and not yet there; else asks nothing.

    Raises ProviderError; whoever answers then is not spoken to. Blocks for some seconds: never within a
    transaction or on an event loop.
    """
    found = OutboundCall.objects.select_related("call__organisation").filter(call_id=call_id).first()
    if found is None or not _rings_on(found):
        return
    try:
        access = twilio_access_find(found.call.organisation)
    except TokenUnreadable:
        raise CredentialsError(TWILIO, "the stored token cannot be read any more") from None
    if access is None:
        raise CredentialsError(TWILIO, "no Twilio account is stored")
    status = connect(access).call_end(found.call.carrier_sid)
    if status in OVER:
        outbound_progress(call_id=call_id, progress=Progress(status))


def _rings_on(outbound: OutboundCall) -> bool:
    """Without the carrier's id it is being asked just now: whoever asks sees to it that the call ends."""
    call = outbound.call
    is_over_here = call.state != CallState.LIVE and outbound.answered_at is None
    return is_over_here and bool(call.carrier_sid) and outbound.status not in OVER
