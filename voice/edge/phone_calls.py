"""Phone calls between the carrier's first word of them and the stream that brings their sound."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

from accounts.selectors import api_keys_valid
from accounts.tokens import StreamClaim, TokenInvalid, TokenUsed, stream_token_create, stream_token_redeem
from calls.models import Call, OnMachine, OutboundCall
from calls.selectors import call_on_line, outbound_find, takes_message, transfer_came_of
from calls.services import PhoneLine, call_abandon, calls_renew
from voice.core.audio import MULAW_8000
from voice.core.errors import Refusal, RefusalCode
from voice.core.spec import Channel, FailedTransfer
from voice.edge.admission import (
    Authorised,
    ConnectRequest,
    admit,
    agent_filled,
    authorise,
    authorise_version,
)
from voice.edge.credentials import LONGEST_CREDENTIAL, Principal
from voice.edge.live import SHUTDOWN_REFUSAL, live_calls
from voice.edge.not_begun import reason_not_begun

# An agent that puts a caller through again each time nobody answers would do so for ever, at the caller's and
# the organisation's cost; nobody asks for somebody nine times.
MOST_LEGS = 10
PUT_THROUGH_TOO_OFTEN = Refusal(
    RefusalCode.RATE_LIMITED,
    f"A call has {MOST_LEGS} parts of the agent's at most: it was put through too often.",
)
# As carriers say what became of a call to whom a caller was to be put through. "": it has not been told.
CAME_OF = {
    "": FailedTransfer.NOBODY_ANSWERED,
    "no-answer": FailedTransfer.NOBODY_ANSWERED,
    "busy": FailedTransfer.BUSY,
}
# Of Twilio's detection: it knows a person after a few seconds, and a machine's beginning as soon. The end of
# what that says may be far off; whoever is silent by then is a person, if Twilio itself never tells.
DOUBT_MS = {OnMachine.GO_ON: 0.0, OnMachine.HANG_UP: 8_000.0, OnMachine.LEAVE_MESSAGE: 20_000.0}
NO_SUCH_CALL = "The token is no such call's, or the call is over. The webhook gives a new one for each."


@dataclass(frozen=True, slots=True)
class PhoneCall:
    """Admitted, and waiting for its stream. `token` opens that once within a minute."""

    call_id: str
    organisation_id: str
    language: str
    token: str


def phone_call_begin(request: ConnectRequest, principal: Principal | None = None) -> PhoneCall:
    """Runs in a thread, asks no vendor. Raises Refusal, which leaves no row.

    However often a carrier tells of the same leg of a call (`request.line`), it is one; each time has a token
    of its own, and the first that is used opens its one stream.
    """
    if live_calls.is_draining:
        raise SHUTDOWN_REFUSAL
    on_phone = replace(request, channel=Channel.PHONE, audio_in=MULAW_8000, audio_out=MULAW_8000)
    authorised = authorise(on_phone, principal)
    call_id = admit(authorised, threading.Event())
    organisation_id = authorised.principal.organisation.pk
    carrier_sid = request.line.carrier_sid if request.line else ""
    token = stream_token_create(organisation_id=organisation_id, call_id=call_id, carrier_sid=carrier_sid)
    return PhoneCall(call_id, organisation_id, authorised.agent.language, token)


def phone_call_again(call: Call) -> PhoneCall:
    """The agent comes back on the line, where somebody else did not answer: the next leg of the same
    conversation. Runs in a thread, asks no vendor. Raises Refusal, for no limit of the organisation's; asked
    twice, it is one leg."""
    if live_calls.is_draining:
        raise SHUTDOWN_REFUSAL
    if call.carrier_leg + 1 >= MOST_LEGS:
        raise PUT_THROUGH_TOO_OFTEN
    authorised = _authorised(call, call.carrier_leg + 1)
    call_id = admit(authorised, threading.Event())
    token = stream_token_create(
        organisation_id=call.organisation_id, call_id=call_id, carrier_sid=call.carrier_sid
    )
    return PhoneCall(call_id, call.organisation_id, authorised.agent.language, token)


def phone_call_answered(call: Call) -> PhoneCall:
    """One that has its row and gets its stream now: mostly a call of the agent's own, which somebody has
    answered. Runs in a thread, asks no vendor. Raises Refusal."""
    if live_calls.is_draining:
        raise SHUTDOWN_REFUSAL
    authorised = _authorised(call, call.carrier_leg)
    token = stream_token_create(
        organisation_id=call.organisation_id, call_id=call.pk, carrier_sid=call.carrier_sid
    )
    return PhoneCall(call.pk, call.organisation_id, authorised.agent.language, token)


def phone_call_once_more(call: Call) -> PhoneCall:
    """One whose carrier never read what it was answered. Runs in a thread, asks no vendor. Raises Refusal."""
    calls_renew(call_ids=[call.pk])  # its place was granted for less time than a carrier waits for answers
    return phone_call_answered(call)


def message_for_machine(call: Call) -> str:
    """The agent's, with what this call fills it with. Runs in a thread; needs the call's agent version."""
    agent = agent_filled(call.agent_version, _request(call, call.carrier_leg), _principal(call))
    return agent.voicemail_message.strip()


def phone_call_join(token: str, carrier_sid: str) -> tuple[Authorised, str]:
    """The call that a stream is of, by the token that its start brings. Runs in a thread. Raises Refusal."""
    claim = _claim(token)
    call = call_on_line(
        organisation_id=claim.organisation_id, call_id=claim.call_id, carrier_sid=claim.carrier_sid
    )
    if call is None or carrier_sid != claim.carrier_sid:
        raise Refusal(RefusalCode.UNAUTHORISED, NO_SUCH_CALL)
    try:
        return _authorised(call, call.carrier_leg), call.pk
    except Refusal as refusal:  # this was the one stream that the call could have
        call_abandon(call_id=call.pk, reason=reason_not_begun(refusal))
        raise


def _authorised(call: Call, leg: int) -> Authorised:
    """For a part of a call that has been admitted before. Raises Refusal."""
    if call.api_key_id and not api_keys_valid({call.api_key_id}):
        raise Refusal(RefusalCode.UNAUTHORISED, "The API key of this call was revoked.")
    request = _request(call, leg)
    authorised = authorise_version(request, _principal(call), call.agent_version)
    # A first leg has a conversation of its own, which its row was made with.
    return replace(authorised, session_id=call.session_id, is_resumed=leg > 0)


def _request(call: Call, leg: int) -> ConnectRequest:
    outbound = outbound_find(call) if call.direction == "outbound" and leg == 0 else None
    return ConnectRequest(
        channel=Channel.PHONE,
        audio_in=MULAW_8000,
        audio_out=MULAW_8000,
        agent_id=call.agent_id,
        session_id=call.session_id,
        line=PhoneLine(call.from_number, call.to_number, call.direction, call.carrier_sid, leg),
        to_machine=outbound is not None and takes_message(outbound),
        failed_transfer=_failed_transfer(call) if leg else None,
        doubt_ms=_doubt_ms(outbound),
        variables=call.variables,
        metadata=call.metadata,
    )


def _doubt_ms(outbound: OutboundCall | None) -> float:
    if outbound is None or outbound.answered_by:
        return 0.0
    return DOUBT_MS[OnMachine(outbound.on_machine)]


def _principal(call: Call) -> Principal:
    return Principal(call.organisation, api_key_id=call.api_key_id or "")


def _failed_transfer(call: Call) -> FailedTransfer:
    return CAME_OF.get(transfer_came_of(call), FailedTransfer.UNREACHABLE)


def _claim(token: str) -> StreamClaim:
    try:
        if not 0 < len(token) <= LONGEST_CREDENTIAL:
            raise TokenInvalid
        return stream_token_redeem(token)
    except TokenInvalid as error:
        raise Refusal(RefusalCode.UNAUTHORISED, NO_SUCH_CALL) from error
    except TokenUsed as error:
        raise Refusal(
            RefusalCode.TOKEN_USED, "The call has its stream already: it is opened once."
        ) from error
