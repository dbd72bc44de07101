"""Whether a call may begin: the plan's limits, counted under a lock so that no two calls take one place."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from accounts.models import Organisation
from agents.models import AgentVersion
from calls.models import Call, CallState
from voice.core.errors import Refusal, RefusalCode
from voice.core.spec import Channel

LEASE = timedelta(seconds=settings.CALL_LEASE_S)
MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class PhoneLine:
    """How a call comes over the phone. `carrier_sid`: the carrier's id of it; `carrier_leg`: which of the
    agent's parts in it this is."""

    from_number: str = ""
    to_number: str = ""
    direction: str = "inbound"
    carrier_sid: str = ""
    carrier_leg: int = 0

    @property
    def persons_number(self) -> str:
        """Of whoever talks to the agent."""
        return self.from_number if self.direction == "inbound" else self.to_number


def call_admit(
    *,
    organisation: Organisation,
    agent_version: AgentVersion,
    session_id: str,
    channel: Channel,
    api_key_id: str = "",
    own_vendors: Collection[str] = (),
    variables: Mapping[str, str] | None = None,
    metadata: Mapping[str, str] | None = None,
    line: PhoneLine | None = None,
) -> Call:
    """The live call's row, leased for 15 s. Raises Refusal, which leaves no row.

    A carrier tells of one call several times: the same leg of it is the call that is there already.
    `own_vendors`: those that it reaches with a key of the organisation's own.
    A live call of the same conversation takes no place: this one takes it over. A later leg has been counted
    with the first one: no limit is in its way, and it is in nobody's.
    The organisation's row is locked (on SQLite the transaction itself is the lock): admissions of one
    organisation follow one another, those of others do not wait.
    """
    with transaction.atomic():
        locked = (
            Organisation.objects.select_for_update(of=("self",), no_key=True)
            .select_related("plan")
            .get(pk=organisation.pk)
        )
        if line is not None and (there := _on_line(locked, line)) is not None:
            return there
        now = timezone.now()
        if line is None or line.carrier_leg == 0:
            _check_limits(locked, now, session_id)
        return Call.objects.create(
            organisation=locked,
            agent_id=agent_version.agent_id,
            agent_version=agent_version,
            session_id=session_id,
            channel=channel.value,
            api_key_id=api_key_id or None,
            variables=dict(variables or {}),
            metadata=dict(metadata or {}),
            own_vendors=sorted(own_vendors),
            price_per_minute=locked.plan.price_per_minute,
            passes_on_cost=locked.plan.passes_on_cost,
            started_at=now,
            lease_expires_at=now + LEASE,
            **(asdict(line) if line is not None else {}),
        )


def _on_line(organisation: Organisation, line: PhoneLine) -> Call | None:
    if not line.carrier_sid:
        return None
    calls = Call.objects.for_org(organisation).filter(carrier_sid=line.carrier_sid)
    return calls.filter(carrier_leg=line.carrier_leg).order_by("pk").first()


def call_withdraw(*, call_id: str) -> None:
    """Takes back an admission whose session could not start: such a call counts for nothing."""
    Call.objects.filter(pk=call_id, state=CallState.LIVE).delete()


def _check_limits(organisation: Organisation, now: datetime, session_id: str) -> None:
    plan = organisation.plan
    calls = Call.objects.for_org(organisation)
    begun = calls.filter(started_at__gt=now - timedelta(seconds=60), carrier_leg=0)
    if begun.count() >= plan.calls_per_minute:
        raise Refusal(
            RefusalCode.RATE_LIMITED,
            f"More than {plan.calls_per_minute} calls in one minute. Wait a minute and try again.",
        )
    live = calls.filter(state=CallState.LIVE, lease_expires_at__gt=now).exclude(session_id=session_id)
    if live.count() >= plan.calls_at_once:
        raise Refusal(
            RefusalCode.TOO_MANY_CALLS,
            f"All {plan.calls_at_once} calls at once of the plan are in use. Try again when one has ended.",
        )
    if minutes_used_up(organisation, now):
        raise Refusal(
            RefusalCode.MINUTES_USED_UP,
            f"The plan's {plan.minutes_per_month} minutes of this month are used up.",
        )


def minutes_used_up(organisation: Organisation, now: datetime) -> bool:
    return _used_ms(organisation, now) >= organisation.plan.minutes_per_month * MINUTE_MS


def _used_ms(organisation: Organisation, now: datetime) -> float:
    """This month's call time (UTC), running and unprocessed calls included up to now."""
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    calls = Call.objects.for_org(organisation).filter(started_at__gte=month)
    finished_ms: int = calls.aggregate(total=Sum("duration_ms"))["total"] or 0
    running = calls.filter(duration_ms__isnull=True).order_by().values_list("started_at", "ended_at")
    return finished_ms + sum(((ended or now) - started).total_seconds() * 1000 for started, ended in running)
