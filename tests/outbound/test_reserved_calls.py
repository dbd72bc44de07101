"""The place that a call of the agent's takes before anybody answers, and Twilio's messages in any order."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from accounts.models import Plan
from agents.models import Agent
from agents.services import agent_create
from calls.models import Call, CallState, OnMachine, OutboundCall
from calls.services import (
    OutboundOrder,
    Progress,
    calls_sweep,
    outbound_answered,
    outbound_progress,
    outbound_reserve,
    outbound_taken,
)
from tests.cast import Cast, make_cast
from voice.core.errors import Refusal

SID = "CA" + "2" * 32


@pytest.fixture
def agent(cast: Cast) -> Agent:
    return agent_create(organisation=cast.acme, settings={"name": "Ada"}, created_by=None)


def reserve(agent: Agent, **fields: Any) -> Call:
    assert agent.current_version is not None
    order = OutboundOrder(agent.current_version, "+15550100999", "+15550104444", **fields)
    return outbound_reserve(organisation=agent.organisation, order=order)[0]


def leased_s(call: Call) -> float:
    call.refresh_from_db()
    assert call.lease_expires_at is not None
    return (call.lease_expires_at - timezone.now()).total_seconds()


def tell(call: Call, status: str, sequence: int | None, **fields: Any) -> bool:
    return outbound_progress(call_id=call.pk, progress=Progress(status, sequence, **fields))


def test_the_place_is_the_askers_for_15_s_then_as_long_as_it_may_ring_then_the_holders(agent: Agent) -> None:
    call = reserve(agent, ring_s=40)
    assert 13 < leased_s(call) <= 15
    outbound_taken(call_id=call.pk, carrier_sid=SID, status="queued")
    assert 65 < leased_s(call) <= 70
    Call.objects.update(lease_expires_at=timezone.now() + timedelta(seconds=1))
    assert tell(call, "ringing", 1)
    assert 65 < leased_s(call) <= 70
    assert outbound_answered(call_id=call.pk, carrier_sid=SID, answered_by="") is not None
    assert 13 < leased_s(call) <= 15
    assert tell(call, "in-progress", 2)  # comes late, and is no reason to keep a dead process's place
    assert 13 < leased_s(call) <= 15


def test_listening_for_machines_keeps_no_place_for_longer(agent: Agent) -> None:
    call = reserve(agent, ring_s=40, on_machine=OnMachine.HANG_UP)
    outbound_taken(call_id=call.pk, carrier_sid=SID, status="queued")
    assert 65 < leased_s(call) <= 70


def test_a_call_whose_asker_died_ends_with_a_reason(agent: Agent) -> None:
    call = reserve(agent)
    Call.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=11))
    calls_sweep()
    call.refresh_from_db()
    assert (call.state, call.end_code) == (CallState.ENDED, "carrier_failed")
    # It is answered all the same: nobody is spoken to.
    assert outbound_answered(call_id=call.pk, carrier_sid=SID, answered_by="") is None


def test_an_older_message_changes_nothing(agent: Agent) -> None:
    call = reserve(agent)
    assert tell(call, "ringing", 1)
    assert not tell(call, "initiated", 0) and not tell(call, "ringing", 1)
    assert tell(call, "busy", 2, sip_code=486)
    assert not tell(call, "in-progress", 3)
    call.refresh_from_db()
    outbound = OutboundCall.objects.get()
    assert (call.end_code, outbound.status, outbound.sip_code) == ("busy", "busy", 486)


def test_the_end_may_come_before_the_ringing_and_before_the_answer_to_the_request(agent: Agent) -> None:
    call = reserve(agent)
    assert tell(call, "no-answer", 2)
    assert not tell(call, "ringing", 1)
    outbound_taken(call_id=call.pk, carrier_sid=SID, status="queued")
    call.refresh_from_db()
    assert (call.state, call.end_code, call.carrier_sid) == (CallState.ENDED, "no_answer", SID)
    assert OutboundCall.objects.get().status == "no-answer"


def test_an_answer_of_another_call_of_twilios_is_not_ours(agent: Agent) -> None:
    call = reserve(agent)
    assert outbound_answered(call_id=call.pk, carrier_sid=SID, answered_by="") is not None
    assert outbound_answered(call_id=call.pk, carrier_sid=SID, answered_by="") is not None
    assert outbound_answered(call_id=call.pk, carrier_sid="CA" + "9" * 32, answered_by="") is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("limits", "key", "made"),
    [({"calls_at_once": 3}, "", 3), ({"dialled_per_second": 2}, "", 2), ({}, "k", 1)],
)
def test_many_at_once_take_no_more_places_than_there_are(limits: dict[str, int], key: str, made: int) -> None:
    acme = make_cast().acme
    roomy = {"calls_at_once": 100, "dialled_per_second": 100, "calls_per_minute": 100}
    Plan.objects.update(**roomy | limits)
    agent = agent_create(organisation=acme, settings={"name": "Ada"}, created_by=None)

    def once(_: int) -> None:
        try:
            with suppress(Refusal):
                reserve(agent, idempotency_key=key)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(once, range(8)))
    connection.ensure_connection()
    assert Call.objects.count() == OutboundCall.objects.count() == made
