"""An agent calls somebody: what is checked, the place that is reserved, and the carrier that is asked."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings

from accounts.models import Organisation
from accounts.tokens import outbound_token_create
from agents.catalogue.obstacle import obstacle_of
from agents.catalogue.selectors import catalogue_of
from agents.models import AgentVersion, PhoneNumber
from agents.phone_numbers.countries import country_name, country_of, may_call
from agents.phone_numbers.e164 import is_e164
from agents.phone_numbers.selectors import phone_number_called
from agents.selectors import agent_find, agent_spec
from agents.twilio_account.selectors import TokenUnreadable, twilio_access_find
from calls.models import Call, OnMachine
from calls.ringing import carrier_hang_up
from calls.services import (
    IdempotencyKeyReused,
    OutboundOrder,
    call_abandon,
    call_withdraw,
    outbound_reserve,
    outbound_taken,
)
from voice.core.errors import (
    CredentialsError,
    EndCode,
    EndedBy,
    EndReason,
    NonsenseError,
    ProviderError,
    RateLimitError,
    Refusal,
    RefusalCode,
    UnreachableError,
)
from voice.providers.twilio.access import TwilioAccess, connect
from voice.providers.twilio.outgoing_call import Detection, OutgoingCall

logger = logging.getLogger(__name__)

SHORTEST_RING_S, USUAL_RING_S, LONGEST_RING_S = 5, 30, 120
DETECTION = {
    OnMachine.GO_ON: Detection.NONE,
    OnMachine.HANG_UP: Detection.AT_ONCE,
    OnMachine.LEAVE_MESSAGE: Detection.AFTER_THE_BEEP,
}
STATUS_OF = {
    RefusalCode.MODEL_NOT_ALLOWED: 403,
    RefusalCode.PROVIDER_UNAVAILABLE: 409,
    RefusalCode.RATE_LIMITED: 429,
    RefusalCode.TOO_MANY_CALLS: 429,
    RefusalCode.MINUTES_USED_UP: 429,
}
MAY_HAVE_DIALLED = EndReason(
    EndCode.CARRIER_FAILED, EndedBy.PLATFORM, "The carrier gave no answer when it was asked to call."
)


class OutboundRefused(Exception):
    """The call is not made. `code` and `status` are for programs, the message for people; `field` is what of
    the wish is to blame, if it is one thing."""

    def __init__(self, code: str, message: str, *, status: int = 400, field: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.field = field


@dataclass(frozen=True, slots=True)
class Wish:
    """A call as it is asked for, unchecked but for its types. Variables are as `checked_variables` gives
    them."""

    to: str
    from_: str
    agent_id: str
    on_machine: OnMachine = OnMachine.GO_ON
    ring_s: int = USUAL_RING_S
    variables: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    api_key_id: str = ""
    idempotency_key: str = ""


@dataclass(frozen=True, slots=True)
class CarrierAddresses:
    """Where the carrier reaches us: absolute addresses without a query."""

    answer_url: str
    status_url: str
    answerer_url: str


def outbound_call(
    *, organisation: Organisation, wish: Wish, addresses: CarrierAddresses
) -> tuple[Call, bool]:
    """The call, on its way, and whether it is new. Raises OutboundRefused, and then it is not made.

    Blocks for some seconds while the carrier is asked: never within a transaction or on an event loop.
    """
    access = _access(organisation)
    order = _checked(organisation, wish)
    try:
        call, is_new = outbound_reserve(organisation=organisation, order=order)
    except Refusal as refusal:
        status = STATUS_OF.get(refusal.code, 409)
        raise OutboundRefused(refusal.code, refusal.message, status=status) from refusal
    except IdempotencyKeyReused as error:
        message = "This idempotency key was used for another call."
        raise OutboundRefused("idempotency_key_reused", message, status=409) from error
    if is_new:
        _dial(call, order, access, addresses)
        call.refresh_from_db()
    return call, is_new


def _access(organisation: Organisation) -> TwilioAccess:
    try:
        access = twilio_access_find(organisation)
    except TokenUnreadable as error:
        message = "The stored Twilio token cannot be read any more. Store it again."
        raise OutboundRefused("twilio_credentials_refused", message, status=422) from error
    if access is None:
        message = "Agents call through your account at Twilio. Store its SID and token first."
        raise OutboundRefused("no_twilio_account", message, status=409)
    return access


def _checked(organisation: Organisation, wish: Wish) -> OutboundOrder:
    _check_numbers(organisation, wish)
    version = _version(organisation, wish.agent_id)
    agent = agent_spec(version)
    if wish.on_machine == OnMachine.LEAVE_MESSAGE and not agent.voicemail_message.strip():
        message = "This agent has no message for machines. Write one in its form, under Telephone."
        raise OutboundRefused("no_voicemail_message", message, field="on_machine")
    catalogue = catalogue_of(organisation)
    if obstacle := obstacle_of(catalogue, agent):
        code = RefusalCode.MODEL_NOT_ALLOWED if obstacle.is_above_plan else RefusalCode.PROVIDER_UNAVAILABLE
        raise OutboundRefused(code, obstacle.sentences, status=STATUS_OF[code])
    own = [vendor for vendor, access in catalogue.vendors.accesses().items() if access.key_id]
    return OutboundOrder(
        agent_version=version,
        from_number=wish.from_,
        to_number=wish.to,
        on_machine=wish.on_machine,
        ring_s=wish.ring_s,
        variables=wish.variables,
        metadata=wish.metadata,
        own_vendors=own,
        api_key_id=wish.api_key_id,
        idempotency_key=wish.idempotency_key,
    )


def _check_numbers(organisation: Organisation, wish: Wish) -> PhoneNumber:
    if not is_e164(wish.to):
        message = "Write the whole number with its country and digits only, such as +15550100000."
        raise OutboundRefused("not_e164", message, field="to")
    number = phone_number_called(organisation=organisation, number=wish.from_)
    if number is None:
        message = "This is none of your phone numbers."
        raise OutboundRefused("unknown_number", message, field="from")
    if not may_call(organisation, from_number=wish.from_, to_number=wish.to):
        where = country_name(country_of(wish.to)) or "an unknown country"
        message = f"Your agents may not call {where}. Settings → Phone numbers says where they may."
        raise OutboundRefused("country_not_allowed", message, status=403, field="to")
    return number


def _version(organisation: Organisation, agent_id: str) -> AgentVersion:
    agent = agent_find(organisation=organisation, agent_id=agent_id)
    if agent is None or not agent.is_active or agent.current_version is None:
        message = "There is no active agent of this id."
        raise OutboundRefused(RefusalCode.AGENT_NOT_FOUND, message, field="agent_id")
    return agent.current_version


def _dial(call: Call, order: OutboundOrder, access: TwilioAccess, addresses: CarrierAddresses) -> None:
    """What the carrier refuses leaves no call. Where it gave no answer it may dial all the same, so the call
    stays, over: whoever answers is not spoken to, and asking with the same key again rings nobody twice."""
    token = outbound_token_create(call.pk)
    outgoing = OutgoingCall(
        from_number=order.from_number,
        to_number=order.to_number,
        answer_url=f"{addresses.answer_url}?token={token}",
        status_url=f"{addresses.status_url}?token={token}",
        ring_s=order.ring_s,
        answerer_url=f"{addresses.answerer_url}?token={token}",
        detection=DETECTION[order.on_machine],
    )
    try:
        made = connect(access).call_create(outgoing)
    except (UnreachableError, NonsenseError) as error:
        logger.warning("Twilio gave no answer to a call: %s", error.message)
        call_abandon(call_id=call.pk, reason=MAY_HAVE_DIALLED)
        message = f"Twilio cannot be reached: {error.message}."
        raise OutboundRefused("twilio_unreachable", message, status=503) from error
    except ProviderError as error:
        call_withdraw(call_id=call.pk)
        raise _refused(error) from error
    except BaseException:
        call_abandon(call_id=call.pk, reason=MAY_HAVE_DIALLED)
        raise
    if not outbound_taken(call_id=call.pk, carrier_sid=made.sid, status=made.status):
        _stop_ringing(call)


def _stop_ringing(call: Call) -> None:
    """It was ended while the carrier was asked to make it."""
    try:
        carrier_hang_up(call.pk)
    except ProviderError as error:
        logger.warning("Twilio was not told that a call is over: %s", error.message)


def _refused(error: ProviderError) -> OutboundRefused:
    """With Twilio's own code and words, which the error's message has."""
    message = f"Twilio refused the call: {error.message}."
    if isinstance(error, RateLimitError):
        return OutboundRefused("twilio_busy", message, status=429)
    if isinstance(error, CredentialsError):
        return OutboundRefused("twilio_credentials_refused", message, status=422)
    return OutboundRefused("twilio_refused", message, status=422)


def addresses_or_refusal(answer_url: str, status_url: str, answerer_url: str) -> CarrierAddresses:
    """Raises OutboundRefused where Twilio could not reach this machine."""
    if not settings.PUBLIC_URL and not settings.TWILIO_BASE_URL:
        message = "Twilio needs to reach this installation: set PUBLIC_URL to its public https address."
        raise OutboundRefused("no_public_address", message, status=409)
    return CarrierAddresses(answer_url, status_url, answerer_url)
