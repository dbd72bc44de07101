"""The plan's limits: exact, also when everybody comes at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Plan
from agents.models import Agent
from calls.models import Call, CallState
from calls.selectors import call_by_carrier
from calls.services import PhoneLine, call_withdraw, calls_renew
from tests.calls.factory import admit, make_agent
from tests.cast import Cast, make_cast
from voice.core.errors import Refusal, RefusalCode


def limit(**limits: int) -> None:
    Plan.objects.filter(code="test").update(**limits)


def refusal_of(agent: Agent) -> Refusal:
    before = Call.objects.count()
    with pytest.raises(Refusal) as caught:
        admit(agent)
    assert Call.objects.count() == before, "a refused call leaves no row"
    return caught.value


def test_an_admitted_call_is_live_and_leased(agent: Agent) -> None:
    call = admit(agent)
    assert call.state == CallState.LIVE
    assert call.organisation == agent.organisation
    assert call.agent_version == agent.current_version
    assert call.lease_expires_at
    assert 14 <= (call.lease_expires_at - timezone.now()).total_seconds() <= 15


@pytest.mark.skipif(connection.vendor != "sqlite", reason="other planners look at the rows that there are")
def test_an_admission_looks_at_no_more_of_an_organisations_calls_than_it_needs(agent: Agent) -> None:
    with CaptureQueriesContext(connection) as captured:
        admit(agent, line=PhoneLine(carrier_sid="CA1"))
        assert call_by_carrier(organisation=agent.organisation, carrier_sid="CA1")
    every = [each["sql"] for each in captured]
    asked = [sql for sql in every if sql.startswith("SELECT") and "calls_call" in sql]
    assert len(asked) == 6
    with connection.cursor() as cursor:
        for sql in asked:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            (how, *_) = [step for *_, step in cursor.fetchall() if "calls_call" in step]
            if "SUM(" in sql:
                assert "COVERING INDEX" in how, "a month's minutes are added up without the rows"
            elif '"duration_ms" IS NULL' in sql:
                assert "call_org_unfinished" in how
            else:
                assert how.startswith("SEARCH") and not how.endswith("(organisation_id=?)"), (how, sql)


def test_the_calls_of_one_minute_are_limited(agent: Agent) -> None:
    limit(calls_per_minute=2)
    admit(agent)
    admit(agent)
    refusal = refusal_of(agent)
    assert refusal.code == RefusalCode.RATE_LIMITED and refusal.close_code == 4029
    Call.objects.update(started_at=timezone.now() - timedelta(seconds=61))
    admit(agent)


def test_calls_at_once_are_limited_by_their_leases(agent: Agent) -> None:
    limit(calls_at_once=1)
    first = admit(agent)
    assert refusal_of(agent).code == RefusalCode.TOO_MANY_CALLS
    Call.objects.filter(pk=first.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    admit(agent)


def test_the_minutes_of_a_month_are_limited(agent: Agent) -> None:
    limit(minutes_per_month=10)
    call = admit(agent)
    Call.objects.filter(pk=call.pk).update(state=CallState.ENDED, duration_ms=10 * 60_000 - 1)
    second = admit(agent)
    Call.objects.filter(pk=second.pk).update(state=CallState.ENDED, duration_ms=1)
    assert refusal_of(agent).code == RefusalCode.MINUTES_USED_UP
    # Last month's calls do not count.
    Call.objects.update(started_at=timezone.now().replace(day=1) - timedelta(days=2))
    admit(agent)


def test_running_and_unprocessed_calls_use_minutes_too(agent: Agent) -> None:
    limit(minutes_per_month=60)
    call = admit(agent)
    start = max(timezone.now() - timedelta(minutes=61), timezone.now().replace(day=1, hour=0, minute=0))
    if timezone.now() - start < timedelta(minutes=60):
        pytest.skip("the month is younger than an hour")
    Call.objects.filter(pk=call.pk).update(started_at=start)
    assert refusal_of(agent).code == RefusalCode.MINUTES_USED_UP


def test_one_organisation_does_not_use_up_anothers_limits(agent: Agent, cast: Cast) -> None:
    limit(calls_at_once=1)
    admit(agent)
    admit(make_agent(cast.other))


def test_a_withdrawn_call_never_was(agent: Agent) -> None:
    limit(calls_per_minute=1)
    call_withdraw(call_id=admit(agent).pk)
    assert not Call.objects.exists()
    admit(agent)


def test_renewing_extends_leases_and_tells_which_calls_are_no_longer_live(agent: Agent) -> None:
    live, ended = admit(agent), admit(agent)
    Call.objects.update(lease_expires_at=timezone.now())
    Call.objects.filter(pk=ended.pk).update(state=CallState.ENDED)
    assert calls_renew(call_ids=[live.pk, ended.pk]) == {ended.pk}
    live.refresh_from_db()
    assert live.lease_expires_at and live.lease_expires_at > timezone.now() + timedelta(seconds=14)
    assert calls_renew(call_ids=[live.pk]) == set()
    assert calls_renew(call_ids=[]) == set()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("limited", ["calls_at_once", "calls_per_minute"])
def test_fifty_at_once_take_exactly_the_ten_places(limited: str) -> None:
    agent = make_agent(make_cast().acme)
    limit(**({"calls_at_once": 1000, "calls_per_minute": 1000} | {limited: 10}))

    def try_once(_: int) -> bool:
        try:
            admit(agent)
        except Refusal:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(50) as pool:
        admitted = sum(pool.map(try_once, range(50)))
    connection.ensure_connection()
    assert admitted == 10
    assert Call.objects.count() == 10
