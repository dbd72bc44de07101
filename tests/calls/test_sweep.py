"""The sweep finishes what dead processes left, again and again, and old journals go."""

from __future__ import annotations

import os
import time
from pathlib import Path

from agents.models import Agent
from calls.models import Call, CallState
from calls.services import MAX_ATTEMPTS, call_close, call_process, calls_sweep, journals_remove
from calls.services.processing import PROCESS_LEASE
from tests.calls.conftest import Clock
from tests.calls.factory import admit, ended_call, journal, write_call


def test_a_call_is_an_orphan_ten_seconds_after_its_lease_lapsed(
    agent: Agent, clock: Clock, woken: list[str]
) -> None:
    call = admit(agent)
    clock.advance(24)
    assert calls_sweep() == 0
    call.refresh_from_db()
    assert call.state == CallState.LIVE
    clock.advance(2)
    assert calls_sweep() == 1
    call.refresh_from_db()
    assert call.state == CallState.PROCESSING
    assert woken == [call.pk]


def test_a_killed_web_process_has_its_transcript_within_a_minute(
    agent: Agent, clock: Clock, woken: list[str]
) -> None:
    """The worst case: the lease was just renewed, and the sweep had just run when it could first see it."""
    call = admit(agent)
    writer = journal(call)
    writer.append("heartbeat", 100)
    writer.flush()
    waited = 0
    while not woken:
        clock.advance(10)
        waited += 10
        calls_sweep()
    call_process(call_id=woken[0])
    call.refresh_from_db()
    assert call.end_code == "server_lost"
    assert waited <= 40


def test_a_wake_up_that_was_lost_is_sent_again(agent: Agent, clock: Clock, woken: list[str]) -> None:
    call = admit(agent)
    write_call(call)
    call_close(call_id=call.pk)
    woken.clear()
    assert calls_sweep() == 1
    assert calls_sweep() == 0, "not on every sweep, or a busy worker would drown in them"
    clock.advance(61)
    assert calls_sweep() == 1
    assert woken == [call.pk, call.pk]
    assert call_process(call_id=call.pk)
    clock.advance(3600)
    assert calls_sweep() == 0


def test_a_call_whose_worker_died_is_taken_up_when_its_lease_lapses(agent: Agent, clock: Clock) -> None:
    call = admit(agent)
    write_call(call)
    call_close(call_id=call.pk)
    Call.objects.update(process_lease_until=clock.now + PROCESS_LEASE, process_attempts=1)
    assert calls_sweep() == 0 and not call_process(call_id=call.pk)
    clock.advance(PROCESS_LEASE.total_seconds() + 1)
    assert calls_sweep() == 1
    assert call_process(call_id=call.pk)


def test_a_call_that_kills_every_worker_is_given_up_and_says_so(agent: Agent, clock: Clock) -> None:
    call = admit(agent)
    call_close(call_id=call.pk)
    Call.objects.update(process_attempts=MAX_ATTEMPTS, process_lease_until=clock.now)
    clock.advance(1)
    assert calls_sweep() == 0
    call.refresh_from_db()
    assert call.process_due_at is None and "worker was lost" in call.process_error


def age(path: Path, days: float) -> None:
    old = time.time() - days * 24 * 3600
    os.utime(path, (old, old))


def test_journals_go_some_days_after_their_rows_are_there(agent: Agent, journals: Path) -> None:
    old, young, unfinished = ended_call(agent), ended_call(agent), admit(agent)
    write_call(unfinished)
    stray = journals / ("0" * 24 + ".jsonl")
    stray.touch()
    foreign = journals / "notes.jsonl"
    foreign.touch()
    for path in journals.iterdir():
        age(path, 4)
    age(journals / f"{young.pk}.jsonl", 2)
    assert journals_remove() == 2
    left = {path.stem for path in journals.iterdir()}
    assert left == {young.pk, unfinished.pk, "notes"}
    assert old.turns.count() == 3


def test_without_a_journal_folder_there_is_nothing_to_remove(db: None) -> None:
    assert journals_remove() == 0
