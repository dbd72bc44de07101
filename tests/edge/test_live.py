"""The calls of this process: taken over, renewed, ended when their credential goes, drained in time."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Membership, Role
from accounts.services import api_key_revoke
from calls.models import Call, CallState
from calls.services import call_admit
from tests.cast import Cast
from tests.edge.conftest import Acme
from voice.core.errors import EndCode, EndReason
from voice.core.spec import Channel
from voice.edge import live
from voice.edge.credentials import Principal
from voice.edge.database import in_database
from voice.edge.live import LiveCalls
from voice.edge.live_call import LiveCall

REVOKED_WITHIN_S = 35


class EndingSession:
    """Ends when it is told to, as slowly as it is told to, and remembers why."""

    def __init__(self, calls: LiveCalls, takes_s: float = 0.0) -> None:
        self._calls = calls
        self._takes_s = takes_s
        self.reasons: list[EndReason] = []
        self.call: LiveCall | None = None

    async def end(self, reason: EndReason) -> None:
        self.reasons.append(reason)
        await asyncio.sleep(self._takes_s)
        if self.call is not None:
            # Its consumer does this once it has written the record, not while it is being ended.
            asyncio.get_running_loop().call_later(0.5, self._recorded)

    def _recorded(self) -> None:
        assert self.call is not None
        self._removal = asyncio.ensure_future(self._calls.remove(self.call))

    @property
    def code(self) -> str:
        return self.reasons[0].code if self.reasons else ""


async def begin(
    calls: LiveCalls, principal: Any, call_id: str = "c1", session_id: str = "s1", takes_s: float = 0.0
) -> EndingSession:
    session = EndingSession(calls, takes_s)
    stand_in: Any = session
    session.call = LiveCall(stand_in, principal, call_id, session_id)
    await calls.add(session.call)
    return session


async def stop(calls: LiveCalls, *sessions: EndingSession) -> None:
    for session in sessions:
        assert session.call
        await calls.remove(session.call)


async def new_row(acme: Acme) -> Call:
    assert acme.agent.current_version
    return await in_database(
        call_admit,
        organisation=acme.organisation,
        agent_version=acme.agent.current_version,
        session_id="5" * 24,
        channel=Channel.BROWSER,
    )


@pytest.fixture
def by_key(acme: Acme) -> Principal:
    return Principal(acme.organisation, api_key_id=acme.api_key.pk)


@pytest.fixture
def by_bob(acme: Acme, cast: Cast) -> Principal:
    return Principal(acme.organisation, user_id=cast.bob.pk, agent_id=acme.agent.pk)


# --- taking over --------------------------------------------------------------------------------
async def test_taking_over_waits_until_the_older_call_is_recorded(live_calls: LiveCalls) -> None:
    older = await begin(live_calls, None)
    began = asyncio.get_running_loop().time()
    await live_calls.take_over("s1")
    assert older.code == EndCode.TAKEN_OVER
    assert asyncio.get_running_loop().time() - began == pytest.approx(0.5, abs=0.1)
    assert len(live_calls) == 0


async def test_taking_over_what_nobody_holds_does_nothing(live_calls: LiveCalls) -> None:
    other = await begin(live_calls, None)
    await live_calls.take_over("s2")
    await live_calls.take_over("")
    assert other.reasons == []
    await stop(live_calls, other)


async def test_taking_over_does_not_wait_for_ever(live_calls: LiveCalls) -> None:
    older = await begin(live_calls, None)
    call, older.call = older.call, None  # its record is never written
    began = asyncio.get_running_loop().time()
    await live_calls.take_over("s1")
    assert asyncio.get_running_loop().time() - began < live.TAKE_OVER_S + 1
    assert call
    await live_calls.remove(call)


async def test_of_two_that_begin_together_the_second_has_the_conversation(live_calls: LiveCalls) -> None:
    first = await begin(live_calls, None, "c1")
    second = await begin(live_calls, None, "c2")
    assert (first.code, second.code) == (EndCode.TAKEN_OVER, "")
    await stop(live_calls, first, second)


# --- leases -------------------------------------------------------------------------------------
async def test_a_live_call_keeps_its_lease(acme: Acme, by_key: Principal, live_calls: LiveCalls) -> None:
    row = await new_row(acme)
    session = await begin(live_calls, by_key, row.pk)
    await Call.objects.aupdate(lease_expires_at=timezone.now() - timedelta(seconds=1))
    await asyncio.sleep(live.RENEW_S + 1)
    await row.arefresh_from_db()
    assert row.lease_expires_at
    assert row.lease_expires_at > timezone.now() + timedelta(seconds=10)
    assert session.reasons == []
    await stop(live_calls, session)


async def test_a_call_that_was_swept_is_ended(acme: Acme, by_key: Principal, live_calls: LiveCalls) -> None:
    row = await new_row(acme)
    session = await begin(live_calls, by_key, row.pk)
    await Call.objects.aupdate(state=CallState.PROCESSING)
    await asyncio.sleep(live.RENEW_S + 1)
    assert session.code == EndCode.SERVER_LOST
    await asyncio.sleep(1)
    assert len(live_calls) == 0


async def test_a_database_that_is_away_for_a_while_ends_no_call(
    acme: Acme,
    by_key: Principal,
    live_calls: LiveCalls,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    row = await new_row(acme)
    session = await begin(live_calls, by_key, row.pk)
    renew, failures = live.calls_renew, [OSError("away"), OSError("away")]

    def renew_or_fail(**arguments: Any) -> set[str]:
        if failures:
            raise failures.pop()
        return renew(**arguments)

    monkeypatch.setattr(live, "calls_renew", renew_or_fail)
    await Call.objects.aupdate(lease_expires_at=timezone.now() - timedelta(seconds=1))
    await asyncio.sleep(3 * live.RENEW_S + 1)
    await row.arefresh_from_db()
    assert row.lease_expires_at
    assert row.lease_expires_at > timezone.now()
    assert caplog.text.count("could not be renewed") == 2
    assert session.reasons == []
    await stop(live_calls, session)


# --- credentials --------------------------------------------------------------------------------
async def test_a_revoked_key_ends_its_calls_within_35_seconds(
    acme: Acme, by_key: Principal, live_calls: LiveCalls
) -> None:
    session = await begin(live_calls, by_key, (await new_row(acme)).pk)
    await asyncio.sleep(live.RENEW_S + 0.1)
    await in_database(api_key_revoke, api_key=acme.api_key)
    await asyncio.sleep(REVOKED_WITHIN_S)
    assert session.code == EndCode.KEY_REVOKED
    assert session.reasons[0].refusal
    assert session.reasons[0].refusal.close_code == 4001
    await asyncio.sleep(1)


async def test_a_lost_role_ends_the_persons_calls_and_nobody_elses(
    acme: Acme, by_key: Principal, by_bob: Principal, cast: Cast, live_calls: LiveCalls
) -> None:
    bobs = await begin(live_calls, by_bob, (await new_row(acme)).pk, "s1")
    others = await begin(live_calls, by_key, (await new_row(acme)).pk, "s2")
    await Membership.objects.filter(user=cast.bob).aupdate(role=Role.VIEWER)
    await asyncio.sleep(REVOKED_WITHIN_S)
    assert (bobs.code, others.code) == (EndCode.KEY_REVOKED, "")
    await stop(live_calls, others)


async def test_valid_credentials_end_nothing(
    acme: Acme, by_key: Principal, by_bob: Principal, live_calls: LiveCalls
) -> None:
    one = await begin(live_calls, by_key, (await new_row(acme)).pk, "s1")
    two = await begin(live_calls, by_bob, (await new_row(acme)).pk, "s2")
    await asyncio.sleep(3 * REVOKED_WITHIN_S)
    assert one.reasons == two.reasons == []
    await stop(live_calls, one, two)


# --- draining -----------------------------------------------------------------------------------
async def test_a_drain_ends_all_calls_at_the_same_time(live_calls: LiveCalls) -> None:
    sessions = [await begin(live_calls, None, f"c{n}", f"s{n}", takes_s=2) for n in range(5)]
    began = asyncio.get_running_loop().time()
    await live_calls.drain(10)
    assert asyncio.get_running_loop().time() - began < 4
    assert {session.code for session in sessions} == {EndCode.SERVER_SHUTDOWN}
    assert len(live_calls) == 0


async def test_a_drain_has_a_deadline(live_calls: LiveCalls, caplog: pytest.LogCaptureFixture) -> None:
    session = await begin(live_calls, None, takes_s=3600)
    began = asyncio.get_running_loop().time()
    await live_calls.drain(5)
    assert asyncio.get_running_loop().time() - began == pytest.approx(5, abs=0.5)
    assert "1 calls were still open" in caplog.text
    await stop(live_calls, session)


async def test_a_call_that_begins_during_a_drain_is_ended(live_calls: LiveCalls) -> None:
    await live_calls.drain(1)
    session = await begin(live_calls, None)
    assert session.code == EndCode.SERVER_SHUTDOWN
    await asyncio.sleep(1)
    assert len(live_calls) == 0
