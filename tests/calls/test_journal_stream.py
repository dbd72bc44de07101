"""The journal's copy in Redis, against a real server when the suite has one."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings as configured

from accounts.ids import new_id
from agents.models import Agent
from calls.journal import JournalWriter, read_journal
from calls.journal_stream import PAUSE_S, JournalStream, journal_stream
from calls.models import CallState
from calls.services import call_process
from tests.calls.factory import admit, turn

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


class Refusing:
    """A Redis pipeline that refuses as long as it is told to, and keeps what it took."""

    def __init__(self) -> None:
        self.refuses = False
        self.taken: list[bytes] = []
        self._waiting: list[bytes] = []

    def pipeline(self, **options: Any) -> Refusing:
        return self

    def xadd(self, key: str, fields: dict[str, bytes], **options: Any) -> None:
        self._waiting.append(fields["entry"])

    def expire(self, key: str, seconds: int) -> None:
        pass

    def execute(self) -> None:
        waiting, self._waiting = self._waiting, []
        if self.refuses:
            raise redis.ConnectionError
        self.taken += waiting


@pytest.fixture
def refusing(journals: Path, settings: Any) -> Refusing:
    settings.REDIS_URL = f"redis://127.0.0.1:1/{random.randrange(10**9)}"
    stream = journal_stream()
    assert stream
    server = Refusing()
    stream._redis = server  # type: ignore[assignment]
    return server


def test_what_redis_refused_is_mirrored_when_it_is_there_again(
    journals: Path, refusing: Refusing, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    writer = JournalWriter(journals, new_id())
    refusing.refuses = True
    for at_ms in range(3):
        writer.append("heartbeat", at_ms)
        writer.flush()
    assert refusing.taken == []
    refusing.refuses, now = False, now + PAUSE_S + 1
    writer.flush()
    assert [json.loads(line)["n"] for line in refusing.taken] == [0, 1, 2]
    writer.close()
    assert len(refusing.taken) == 3


def test_the_end_of_a_call_is_mirrored_even_while_redis_is_left_alone(
    journals: Path, refusing: Refusing
) -> None:
    writer = JournalWriter(journals, new_id())
    refusing.refuses = True
    writer.append("heartbeat", 1)
    writer.flush()
    refusing.refuses = False
    writer.append("end", 2, code="client_hangup")
    writer.close()
    assert [json.loads(line)["kind"] for line in refusing.taken] == ["heartbeat", "end"]


def test_a_copy_that_cannot_be_read_is_no_empty_journal(journals: Path, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    with pytest.raises(redis.RedisError):
        read_journal(new_id())


def test_a_lost_call_waits_for_its_only_copy(agent: Agent, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    call = admit(agent)
    call.state, call.process_due_at = CallState.PROCESSING, call.started_at
    call.save()
    assert not call_process(call_id=call.pk)
    call.refresh_from_db()
    assert call.state == CallState.PROCESSING and "ConnectionError" in call.process_error
    assert call.process_due_at is not None
