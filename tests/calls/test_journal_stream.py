"""The journal's copy in Redis, against a real server when the suite has one."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured

from accounts.ids import new_id
from calls.journal import JournalWriter, read_journal
from calls.journal_stream import PAUSE_S, JournalStream, journal_stream
from tests.calls.factory import turn

REDIS_URL = configured.REDIS_URL
needs_redis = pytest.mark.skipif(not REDIS_URL, reason="REDIS_URL is not set")


@pytest.fixture(autouse=True)
def stream_copy(journals: Path, settings: Any) -> None:
    settings.REDIS_URL = REDIS_URL


@needs_redis
def test_a_call_can_be_read_when_its_file_is_lost(journals: Path) -> None:
    call_id = new_id()
    writer = JournalWriter(journals, call_id)
    writer.append("turn", 1, **turn(0, "user", "yes"))
    writer.close()
    (journals / f"{call_id}.jsonl").unlink()
    assert read_journal(call_id).turns[0]["text"] == "yes"


@needs_redis
def test_each_copy_fills_the_gaps_of_the_other(journals: Path) -> None:
    call_id = new_id()
    writer = JournalWriter(journals, call_id)
    for index in range(4):
        writer.append("turn", index, **turn(index, "user", f"turn {index}"))
    writer.close()
    path = journals / f"{call_id}.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:2]))
    journal = read_journal(call_id)
    assert list(journal.turns) == [0, 1, 2, 3]
    assert journal.entries == 4


@needs_redis
def test_the_copy_goes_away_by_itself() -> None:
    stream = journal_stream()
    assert stream
    call_id = new_id()
    stream.append(call_id, [b"{}"])
    assert 0 < stream._redis.ttl(f"voicex:journal:{call_id}") <= 3 * 24 * 3600
    stream.remove(call_id)
    assert stream.read(call_id) == []


def test_a_dead_redis_never_disturbs_the_call(journals: Path, settings: Any, caplog: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    call_id = new_id()
    writer = JournalWriter(journals, call_id)
    started = time.monotonic()
    for at_ms in range(50):
        writer.append("heartbeat", at_ms)
        writer.flush()
    writer.close()
    assert time.monotonic() - started < 2
    assert read_journal(call_id).entries == 50
    assert "not mirrored" in caplog.text


def test_after_a_failure_redis_is_left_alone_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = JournalStream("redis://127.0.0.1:1/0")
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    stream.append(new_id(), [b"{}"])
    stream.append(new_id(), [b"{}"])
    assert stream.failures == 1
    now += PAUSE_S + 1
    stream.append(new_id(), [b"{}"])
    assert stream.failures == 2
