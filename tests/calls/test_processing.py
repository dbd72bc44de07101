"""From journal to rows: the same rows however often, and every failure kept where people see it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from agents.models import Agent
from calls.journal import journal_of
from calls.models import Call, CallState, Turn
from calls.outcomes import is_given_up, outcome_of
from calls.services import MAX_ATTEMPTS, call_close, call_process, call_retry, calls_sweep, processing
from calls.transcript import end_of, turns_of
from tests.calls.conftest import Clock
from tests.calls.factory import (
    ANSWER,
    SWITCH,
    SWITCHED_AT_MS,
    admit,
    ended_call,
    journal,
    turn,
    write_call,
    write_end,
)


def snapshot(call: Call) -> tuple[Any, ...]:
    row = Call.objects.filter(pk=call.pk).values(
        *("state", "ended_at", "duration_ms", "end_code", "end_by", "counters", "process_error")
    )
    return list(row), list(Turn.objects.filter(call=call).order_by("index").values())


def test_a_finished_call_has_its_end_and_its_turns(agent: Agent) -> None:
    call = ended_call(agent)
    assert call.state == CallState.ENDED
    assert (call.end_code, call.end_by, call.duration_ms) == ("client_hangup", "caller", 6000)
    assert call.counters == {"interruptions": 1, "false_interruptions": 2}
    assert call.ended_at and call.ended_at >= call.started_at
    assert call.lease_expires_at is None and call.process_due_at is None
    greeting, question, answer = call.turns.all()
    assert (greeting.role, question.role, answer.role) == ("agent", "user", "agent")
    assert question.text == "When are you open?"
    assert answer.interrupted and answer.heard_text == "We are open from nine"
    assert answer.latency["voice_to_voice_ms"] == 630
    assert answer.timeline["decided_ms"] == 2200 and question.timeline is None
    assert answer.organisation == agent.organisation


def test_a_finished_call_knows_which_providers_took_over(agent: Agent) -> None:
    odd = {"port": 7, "failed": "x" * 999, "key": "secret"}
    call = ended_call(agent, switches=[SWITCH, odd])
    assert call.switches == [
        {"at_ms": SWITCHED_AT_MS} | SWITCH,
        {"at_ms": SWITCHED_AT_MS, "port": "", "failed": "x" * 32, "instead": "", "error": ""},
    ]


def test_closing_a_call_wakes_the_worker_once_it_is_committed(
    agent: Agent, woken: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    call = admit(agent)
    with django_capture_on_commit_callbacks(execute=True):
        call_close(call_id=call.pk)
        assert woken == []
    assert woken == [call.pk]


def test_a_broker_that_is_down_does_not_stop_the_closing(
    agent: Agent, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    def refuse(*args: Any, **options: Any) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("celery.current_app.send_task", refuse)
    call = admit(agent)
    with django_capture_on_commit_callbacks(execute=True):
        call_close(call_id=call.pk)
    call.refresh_from_db()
    assert call.state == CallState.PROCESSING and call.process_due_at


def test_processing_twice_changes_nothing(agent: Agent) -> None:
    call = ended_call(agent)
    before = snapshot(call)
    assert not call_process(call_id=call.pk), "an ended call has nothing to do"
    assert snapshot(call) == before
    call_close(call_id=call.pk)
    assert call_process(call_id=call.pk)
    assert snapshot(call) == before


def test_what_was_written_after_a_first_processing_is_added(agent: Agent, clock: Clock) -> None:
    """A process that only stood still was swept as lost, and then ended its call in order."""
    call = admit(agent)
    writer = journal(call)
    writer.append("turn", 0, **turn(0, "agent", "Hel"))
    writer.flush()
    clock.advance(30)
    calls_sweep()
    assert call_process(call_id=call.pk)
    call.refresh_from_db()
    assert call.end_code == "server_lost"
    writer.append("turn", 0, **turn(0, "agent", "Hello"))
    writer.append("turn", 1, **turn(1, "user", "Goodbye"))
    write_end(writer)
    writer.close()
    call_close(call_id=call.pk)
    assert call_process(call_id=call.pk)
    call.refresh_from_db()
    assert call.end_code == "client_hangup"
    assert [row.text for row in call.turns.all()] == ["Hello", "Goodbye"]


def test_a_second_worker_leaves_a_held_call_alone(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    call = admit(agent)
    write_call(call)
    call_close(call_id=call.pk)
    seen = []
    real = processing.read_journal

    def read_while_another_tries(call_id: str) -> Any:
        seen.append(call_process(call_id=call_id))
        return real(call_id)

    monkeypatch.setattr(processing, "read_journal", read_while_another_tries)
    assert call_process(call_id=call.pk)
    assert seen == [False]
    call.refresh_from_db()
    assert call.process_attempts == 1


def test_rows_of_an_outdated_reading_are_not_stored(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    call = admit(agent)
    write_call(call, end=False)
    call_close(call_id=call.pk)
    real = processing.read_journal

    def read_then_close_anew(call_id: str) -> Any:
        found = real(call_id)
        call_close(call_id=call_id)
        return found

    monkeypatch.setattr(processing, "read_journal", read_then_close_anew)
    assert not call_process(call_id=call.pk)
    call.refresh_from_db()
    assert call.state == CallState.PROCESSING


def test_a_killed_process_leaves_a_call_that_ends_with_its_last_entry(agent: Agent, clock: Clock) -> None:
    call = admit(agent)
    open_turn = ANSWER | {"ended_at_ms": None, "is_complete": False}
    writer = journal(call)
    writer.append("turn", 2000, **open_turn)
    writer.append("heartbeat", 5000)
    writer.flush()  # and no more: the process is gone
    clock.advance(30)
    calls_sweep()
    call_process(call_id=call.pk)
    call.refresh_from_db()
    assert (call.state, call.end_code, call.end_by) == ("ended", "server_lost", "platform")
    assert call.duration_ms == 5000
    assert call.turns.get().ended_at_ms == 5000, "an open turn ends with the call"


def test_a_call_killed_before_its_first_entry_ends_where_it_began(agent: Agent, clock: Clock) -> None:
    call = admit(agent)
    clock.advance(30)
    calls_sweep()
    assert call_process(call_id=call.pk)
    call.refresh_from_db()
    assert call.end_code == "server_lost" and call.ended_at == call.started_at and call.duration_ms == 0


def test_a_missing_journal_is_tried_five_times_then_shown_and_may_be_tried_again(
    agent: Agent, clock: Clock, woken: list[str]
) -> None:
    call = admit(agent)
    call_close(call_id=call.pk)
    waits = []
    for attempt in range(1, MAX_ATTEMPTS + 1):
        assert not call_process(call_id=call.pk)
        call.refresh_from_db()
        assert call.process_attempts == attempt
        if call.process_due_at:
            waits.append((call.process_due_at - clock.now).total_seconds())
            clock.advance(waits[-1] + 1)
    assert all(4 * 2**n <= wait <= 6 * 2**n for n, wait in enumerate(waits)) and len(waits) == 4
    assert call.process_due_at is None
    assert is_given_up(call) and outcome_of(call).label == "Not processed"
    assert "cannot be found" in call.process_error
    assert calls_sweep() == 0 and not call_process(call_id=call.pk)

    write_call(call)
    assert call_retry(call=call)
    assert call_process(call_id=call.pk)
    call.refresh_from_db()
    assert call.state == CallState.ENDED and call.process_error == "" and call.turns.count() == 3
    assert not call_retry(call=call), "there is nothing left to try"


def test_one_broken_call_does_not_raise_out_of_the_worker(agent: Agent, journals: Path) -> None:
    call = admit(agent)
    write_call(call)
    (journals / f"{call.pk}.jsonl").unlink()
    (journals / f"{call.pk}.jsonl").mkdir()
    call_close(call_id=call.pk)
    assert not call_process(call_id=call.pk)
    call.refresh_from_db()
    assert call.process_error.startswith("IsADirectoryError")


@pytest.mark.parametrize("call_id", ["0" * 24, "nonsense", ""])
def test_an_unknown_call_is_nothing_to_do(call_id: str, db: None) -> None:
    assert not call_process(call_id=call_id)


def test_text_that_no_database_takes_is_cleaned(agent: Agent) -> None:
    call = ended_call(agent, turn(0, "user", "a\0b\ud800c", words=[{"text": "a\0", "start_ms": 1.0}]))
    row = call.turns.get()
    assert row.text == "ab?c"
    assert row.words == [{"text": "a", "start_ms": 1.0}]


def test_what_is_no_turn_makes_no_row(agent: Agent) -> None:
    call = ended_call(agent, turn(0, "wizard", "hm"), turn(1, "user", ""), turn(2, "user", "yes"))
    assert [row.index for row in call.turns.all()] == [2]


hostile = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.sampled_from(["", "user", "agent", "\0", "\ud800", "x" * 100]),
    st.lists(st.sampled_from([{"text": 3, "start_ms": "x"}, None, "word", {"\0": 1}]), max_size=2),
    st.dictionaries(
        st.sampled_from(["own_ms", "voice_to_voice_ms", "\0"]), st.floats() | st.text("a"), max_size=2
    ),
)
FIELDS = [
    *("index", "role", "text", "heard_text", "interrupted", "started_at_ms", "ended_at_ms", "words"),
    *("latency", "understood", "code", "by", "message", "counters", "duration_ms"),
]


@hypothesis_settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), hostile), max_size=4))
def test_hostile_entries_become_rows_that_every_database_takes(
    agent: Agent, found: list[dict[str, Any]]
) -> None:
    lines = [
        json.dumps(
            {"index": n, "role": "user", "text": "a"}
            | fields
            | {"kind": kind, "n": n, "at_ms": n, "time": 1e9}
        )
        for n, fields in enumerate(found)
        for kind in (("turn", "end")[n % 2],)
    ]
    call = Call.objects.filter(agent=agent).first() or admit(agent)
    read = journal_of(line.encode() for line in lines)
    Turn.objects.filter(call=call).delete()
    end = end_of(read)
    Turn.objects.bulk_create(turns_of(read, call, end))
    for row in Turn.objects.filter(call=call):
        assert row.ended_at_ms is not None and row.started_at_ms >= 0
    processing._fill(call, read, end)
    call.save()
