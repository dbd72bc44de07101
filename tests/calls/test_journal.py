"""The journal of a live call: nothing lost that was flushed, nothing that a broken line can break."""

from __future__ import annotations

import errno
import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.ids import new_id
from calls import journal as journal_module
from calls.journal import JournalWriter, journal_of, read_journal
from tests.calls.factory import turn


@pytest.fixture
def call_id() -> str:
    return new_id()


@pytest.fixture
def writer(journals: Path, call_id: str) -> JournalWriter:
    return JournalWriter(journals, call_id)


def lines_of(journals: Path, call_id: str) -> list[bytes]:
    return (journals / f"{call_id}.jsonl").read_bytes().splitlines()


def test_what_was_flushed_can_be_read_while_the_call_goes_on(writer: JournalWriter, call_id: str) -> None:
    writer.append("start", 0)
    writer.append("turn", 10, **turn(0, "agent", "Hello"))
    assert read_journal(call_id).entries == 0
    writer.flush()
    journal = read_journal(call_id)
    assert journal.turns[0]["text"] == "Hello"
    assert journal.end is None
    writer.close()


def test_a_later_entry_of_a_turn_replaces_it(writer: JournalWriter, call_id: str) -> None:
    writer.append("turn", 10, **turn(0, "agent", "Hello"))
    writer.append("turn", 20, **turn(0, "agent", "Hello, how are you?"))
    writer.close()
    assert [entry["text"] for entry in read_journal(call_id).turns.values()] == ["Hello, how are you?"]


def test_a_torn_last_line_costs_only_itself(writer: JournalWriter, call_id: str, journals: Path) -> None:
    for index in range(3):
        writer.append("turn", index, **turn(index, "user", "yes"))
    writer.close()
    path = journals / f"{call_id}.jsonl"
    os.truncate(path, path.stat().st_size - 20)
    assert list(read_journal(call_id).turns) == [0, 1]


def test_unknown_kinds_are_skipped_but_show_that_the_call_was_alive(
    writer: JournalWriter, call_id: str
) -> None:
    writer.append("turn", 10, **turn(0, "user", "yes"))
    writer.append("weather", 9000, sky="blue")
    writer.close()
    journal = read_journal(call_id)
    assert list(journal.turns) == [0]
    assert journal.last_at_ms == 9000


def test_a_journal_that_does_not_exist_is_empty(call_id: str) -> None:
    assert read_journal(call_id).entries == 0


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "x" * 24, "664A" * 6])
def test_no_id_leads_out_of_the_folder(name: str, journals: Path) -> None:
    with pytest.raises(ValueError):
        JournalWriter(journals, name)
    with pytest.raises(ValueError):
        read_journal(name)


def test_a_full_disk_loses_nothing_once_there_is_room(
    writer: JournalWriter, call_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_write, full = os.write, True

    def write(file: int, data: Any) -> int:
        if full:
            # Half of it still fits: the torn line must not spoil the next one.
            real_write(file, bytes(data)[: len(data) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")
        return real_write(file, data)

    monkeypatch.setattr(journal_module.os, "write", write)
    writer.append("turn", 1, **turn(0, "user", "one"))
    for _ in range(2):
        with pytest.raises(OSError, match="No space"):
            writer.flush()
    writer.append("turn", 2, **turn(1, "user", "two"))
    full = False
    writer.close()
    assert [entry["text"] for entry in read_journal(call_id).turns.values()] == ["one", "two"]


def test_the_buffer_is_bounded_and_counts_what_it_drops(
    writer: JournalWriter, call_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "BUFFER_ENTRIES", 10)
    for index in range(25):
        writer.append("turn", index, **turn(index, "user", "yes"))
    assert writer.dropped == 15
    writer.close()
    assert list(read_journal(call_id).turns) == list(range(15, 25))


def test_a_closed_journal_takes_no_more(writer: JournalWriter) -> None:
    writer.close()
    writer.close()
    writer.flush()
    with pytest.raises(ValueError):
        writer.append("heartbeat", 1)


def test_appending_while_another_thread_flushes_keeps_every_entry_in_order(
    writer: JournalWriter, call_id: str, journals: Path
) -> None:
    stop = threading.Event()

    def flush_until_told() -> None:
        while not stop.is_set():
            writer.flush()

    thread = threading.Thread(target=flush_until_told)
    thread.start()
    for at_ms in range(2000):
        writer.append("heartbeat", at_ms)
    stop.set()
    thread.join(10)
    writer.close()
    assert [json.loads(line)["n"] for line in lines_of(journals, call_id)] == list(range(2000))


words = st.sampled_from(["", "text", "\0", "\ud800", "ü", "end", "1e999"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)
entry_like = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["start", "turn", "heartbeat", "error", "end"]) | json_values,
        "n": st.integers(0, 5) | json_values,
        "at_ms": st.floats(0, 1e6) | json_values,
        "time": st.floats(0, 2e9) | json_values,
    },
    optional={"index": st.integers(-1, 3) | json_values, "role": json_values, "text": json_values},
).map(lambda entry: json.dumps(entry).encode())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.binary(max_size=60) | entry_like, max_size=12))
def test_no_line_whatever_breaks_the_reading(lines: list[bytes]) -> None:
    journal = journal_of(lines)
    assert 0 <= journal.last_at_ms < 1e9


@pytest.mark.parametrize(
    "line",
    [
        b"[" * 100_000,
        b'{"kind":"turn","n":1,"time":1,"at_ms":' + b"9" * 400 + b"}",
        b'{"kind":"turn","n":1,"time":1,"at_ms":1e999}',
        b'{"kind":"turn","n":1,"time":1,"at_ms":NaN}',
    ],
)
def test_json_that_is_no_entry_is_skipped(line: bytes) -> None:
    assert journal_of([line]).entries == 0
