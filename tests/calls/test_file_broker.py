"""The broker of the embedded set-up: a message is there whole or not at all."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection

from voicex_project import celery  # noqa: F401  # registers the transport


# kombu remembers what is bound for the whole process: each test has a queue of its own.
@pytest.fixture
def connection(tmp_path: Path) -> Any:
    options = {
        "data_folder_in": str(tmp_path),
        "data_folder_out": str(tmp_path),
        "control_folder": str(tmp_path / "control"),
        "polling_interval": 0.02,
    }
    with Connection("filesystem://", transport_options=options) as connection:
        yield connection


def test_messages_come_in_the_order_they_were_sent(connection: Any) -> None:
    with connection.SimpleQueue("ordered") as queue:
        for number in range(20):
            queue.put({"number": number})
        assert [queue.get(timeout=1).payload["number"] for _ in range(20)] == list(range(20))


def test_a_half_written_message_is_not_taken(connection: Any, tmp_path: Path, monkeypatch: Any) -> None:
    seen: list[list[str]] = []
    real_rename = Path.rename

    def rename(self: Path, target: Path) -> Path:
        seen.append([path.name for path in tmp_path.glob("*.msg")])
        assert self.stat().st_size > 0, "written before it gets its name"
        return real_rename(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with connection.SimpleQueue("whole") as queue:
        queue.put("hello")
        assert queue.get(timeout=1).payload == "hello"
    assert seen == [[]]


def test_a_worker_told_to_stop_is_not_kept_waiting(connection: Any) -> None:
    with connection.SimpleQueue("idle"):
        started = time.monotonic()
        with pytest.raises(TimeoutError):
            connection.drain_events(timeout=2.0)
        assert time.monotonic() - started < 1
