"""Calls that agents make: reserved under the plan's limits, then followed by what their carrier tells.

The lease: until the carrier has taken the call it is that of the process which asks, 15 s; while it rings
each word of the carrier grants it for as long as ringing may take; from the answer on it is again that of
the process which holds the call.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.ids import new_id
from accounts.models import Organisation
from agents.calling_rules.selectors import dialling_limits
from agents.models import AgentVersion
from calls.models import Call, CallState, OnMachine, OutboundCall
from calls.services.admission import LEASE, PhoneLine, call_admit
from calls.services.lifetime import call_abandon
from voice.core.errors import EndCode, EndedBy, EndReason, Refusal, RefusalCode
from voice.core.spec import Channel

# Between two words of the carrier: it may queue a call, and the network takes its time.
MARGIN_S = 30
REJECTED_SIP = frozenset({603, 607, 608})
OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})


class IdempotencyKeyReused(Exception):
    """The key has made another call than the one that is asked for now."""


@dataclass(frozen=True, slots=True)
class OutboundOrder:
    """A call that is asked for, and allowed but for the plan's limits. Numbers are E.164."""

    agent_version: AgentVersion
    from_number: str
    to_number: str
    on_machine: OnMachine = OnMachine.GO_ON
    ring_s: int = 30
    variables: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    own_vendors: Collection[str] = ()
    api_key_id: str = ""
    idempotency_key: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """What the carrier tells of a call, in its own words. `sequence`: which of its messages this is."""

    status: str
    sequence: int | None = None
    sip_code: int | None = None
    carrier_code: str = ""
    answered_by: str = ""


def outbound_reserve(*, organisation: Organisation, order: OutboundOrder) -> tuple[Call, bool]:
    """The call, with the place that it takes, and whether it is new. Raises Refusal, IdempotencyKeyReused."""
    with transaction.atomic():
        # As in call_admit, which locks it again: of one organisation's calls one follows the other.
        locked = (
            Organisation.objects.select_for_update(of=("self",), no_key=True)
            .select_related("plan")
            .get(pk=organisation.pk)
        )
        made = OutboundCall.objects.for_org(locked)
        if order.idempotency_key:
            earlier = made.filter(idempotency_key=order.idempotency_key).select_related("call").first()
            if earlier is not None:
                if not _is_same(earlier, order):
                    raise IdempotencyKeyReused
                return earlier.call, False
        _check_limits(locked)
        call = call_admit(
            organisation=locked,
            agent_version=order.agent_version,
            session_id=new_id(),
            channel=Channel.PHONE,
            api_key_id=order.api_key_id,
            own_vendors=order.own_vendors,
            variables=order.variables,
            metadata=order.metadata,
            line=PhoneLine(order.from_number, order.to_number, "outbound"),
        )
        OutboundCall.objects.create(
            organisation=locked,
            call=call,
            idempotency_key=order.idempotency_key,
            on_machine=order.on_machine,
            ring_s=order.ring_s,
        )
    return call, True


def _check_limits(organisation: Organisation) -> None:
    """Those of calls that agents make; an organisation may have set them lower than its plan does."""
    now = timezone.now()
    limits = dialling_limits(organisation)
    made = OutboundCall.objects.for_org(organisation)
    if made.filter(created_at__gt=now - timedelta(seconds=1)).count() >= limits.per_second:
        raise Refusal(
            RefusalCode.RATE_LIMITED,
            f"Agents may make {limits.per_second} calls a second. Wait a second and try again.",
        )
    live = made.filter(call__state=CallState.LIVE, call__lease_expires_at__gt=now)
    if live.count() >= limits.at_once:
        raise Refusal(
            RefusalCode.TOO_MANY_CALLS,
            f"All {limits.at_once} calls that agents may make at once are in use."
            " Try again when one has ended.",
        )


def outbound_unanswered(*, call_id: str) -> OutboundCall | None:
    """The call, locked for the rest of the transaction, if an agent makes it and nobody has answered yet."""
    outbound = _locked(call_id)
    return outbound if outbound is not None and outbound.answered_at is None else None


def outbound_taken(*, call_id: str, carrier_sid: str, status: str) -> bool:
    """The carrier has taken the call. What it has told meanwhile is newer than `status`.

    False where the call was ended here meanwhile, and the carrier does not know yet.
    """
    with transaction.atomic():
        outbound = _locked(call_id)
        if outbound is None:
            return False
        Call.objects.filter(pk=call_id, carrier_sid="").update(carrier_sid=carrier_sid)
        if outbound.sequence is None and not outbound.status:
            outbound.status = status
            outbound.save(update_fields=["status"])
        _rings_on(outbound)
        is_live = Call.objects.filter(pk=call_id, state=CallState.LIVE).exists()
    return is_live or outbound.status in OVER


def outbound_progress(*, call_id: str, progress: Progress) -> bool:
    """False for what is older than what is known, or of no such call. A call that nobody answered ends."""
    with transaction.atomic():
        outbound = _locked(call_id)
        if outbound is None or _is_stale(outbound, progress):
            return False
        outbound.status, outbound.sequence = progress.status, progress.sequence
        outbound.sip_code = progress.sip_code or outbound.sip_code
        outbound.carrier_code = progress.carrier_code or outbound.carrier_code
        outbound.answered_by = progress.answered_by or outbound.answered_by
        outbound.save(update_fields=["status", "sequence", "sip_code", "carrier_code", "answered_by"])
        if progress.status not in OVER:
            _rings_on(outbound)
        elif outbound.answered_at is None:
            call_abandon(call_id=call_id, reason=reason_of(progress))
    return True


def outbound_answered(*, call_id: str, carrier_sid: str, answered_by: str) -> OutboundCall | None:
    """Somebody or something is on the line, and the carrier asks what to do; it may ask twice. The call with
    its organisation; None where it is over, or the carrier's call is another."""
    with transaction.atomic():
        outbound = _locked(call_id)
        live = Call.objects.filter(pk=call_id, state=CallState.LIVE, carrier_sid__in=("", carrier_sid))
        if outbound is None or not carrier_sid or not live.exists():
            return None
        if outbound.answered_at is None:
            now = timezone.now()
            outbound.answered_at = now
            outbound.answered_by = answered_by or outbound.answered_by
            outbound.save(update_fields=["answered_at", "answered_by"])
            # Ringing is no part of the conversation, and costs nothing.
            live.update(carrier_sid=carrier_sid, started_at=now, lease_expires_at=now + LEASE)
    return _with_call(outbound)


def outbound_answered_by(*, call_id: str, carrier_sid: str, answered_by: str) -> OutboundCall | None:
    """The carrier knows what has answered. The call, where somebody has asked for that and a stream of it is
    under way or comes; None where it is over, or its answer is still to be asked for and will find this."""
    with transaction.atomic():
        outbound = _locked(call_id)
        if outbound is None or outbound.on_machine == OnMachine.GO_ON:
            return None
        outbound.answered_by = answered_by
        outbound.save(update_fields=["answered_by"])
        live = Call.objects.filter(pk=call_id, state=CallState.LIVE, carrier_sid=carrier_sid)
        if outbound.answered_at is None or not live.exists():
            return None
    return _with_call(outbound)


def reason_of(progress: Progress) -> EndReason:
    """Of a call that ended before anybody spoke with the agent."""
    said = _said(progress)
    if progress.status == "completed":
        return EndReason(EndCode.CLIENT_HANGUP, EndedBy.CALLER, "Whoever answered hung up before the agent.")
    if progress.status == "canceled":
        return EndReason(EndCode.ENDED_BY_OPERATOR, EndedBy.OPERATOR, f"The call was cancelled{said}.")
    if progress.sip_code in REJECTED_SIP:
        return EndReason(EndCode.REJECTED, EndedBy.CALLER, f"Whoever was called declined the call{said}.")
    if progress.status == "busy":
        return EndReason(EndCode.BUSY, EndedBy.CALLER, f"The number was busy{said}.")
    if progress.status == "no-answer":
        return EndReason(EndCode.NO_ANSWER, EndedBy.CALLER, f"Nobody answered{said}.")
    message = f"The carrier could not connect the call{said}."
    return EndReason(EndCode.CARRIER_FAILED, EndedBy.PLATFORM, message)


def _said(progress: Progress) -> str:
    codes = [f"SIP {progress.sip_code}" if progress.sip_code else "", progress.carrier_code]
    told = ", ".join(filter(None, codes))
    return f" ({told})" if told else ""


def _with_call(outbound: OutboundCall) -> OutboundCall:
    related = ("call__organisation__plan", "call__agent_version", "call__agent")
    return OutboundCall.objects.select_related(*related).get(pk=outbound.pk)


def _locked(call_id: str) -> OutboundCall | None:
    return OutboundCall.objects.select_for_update(no_key=True).filter(call_id=call_id).first()


def _rings_on(outbound: OutboundCall) -> None:
    """Grants the lease as long as the carrier may be silent; not when a process holds the call already."""
    if outbound.answered_at is not None:
        return
    until = timezone.now() + timedelta(seconds=outbound.ring_s + MARGIN_S)
    Call.objects.filter(pk=outbound.call_id, state=CallState.LIVE).update(lease_expires_at=until)


def _is_stale(outbound: OutboundCall, progress: Progress) -> bool:
    if outbound.status in OVER:
        return True
    return (
        outbound.sequence is not None
        and progress.sequence is not None
        and progress.sequence <= outbound.sequence
    )


def _is_same(earlier: OutboundCall, order: OutboundOrder) -> bool:
    call = earlier.call
    return (
        call.agent_id == order.agent_version.agent_id
        and (call.from_number, call.to_number) == (order.from_number, order.to_number)
        and (call.variables, call.metadata) == (dict(order.variables), dict(order.metadata))
        and (earlier.on_machine, earlier.ring_s) == (order.on_machine, order.ring_s)
    )
