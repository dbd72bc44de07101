"""A real worker process on the set-up's own broker: takes a call, finds an orphan, stops when told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings as configured
from django.db import connection
from django.utils import timezone

from calls.models import Call, CallState
from calls.services import call_close
from tests.calls.factory import admit, make_agent, write_call
from tests.cast import make_cast
from voicex_project.launcher import WORKER

pytestmark = [pytest.mark.server, pytest.mark.django_db(transaction=True)]
REDIS_URL = configured.REDIS_URL


@pytest.fixture
def woken() -> None:
    """Here Celery is real."""


@pytest.fixture
def journals(settings: Any) -> Path:
    settings.JOURNAL_DIR = settings.DATA_DIR / "journals"
    return settings.JOURNAL_DIR


def database_url() -> str:
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    secret = f":{quote(database['PASSWORD'])}" if database["PASSWORD"] else ""
    port = f":{database['PORT']}" if database["PORT"] else ""
    return f"postgres://{database['USER']}{secret}@{database['HOST']}{port}/{database['NAME']}"


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "VOICEX_DATA_DIR": str(configured.DATA_DIR),
    }
    log = (tmp_path / "worker.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, *WORKER], env=environment, stdout=log, stderr=log, cwd=configured.BASE_DIR
    )
    yield process
    if process.poll() is None:
        process.kill()
        process.wait()
    log.close()
    assert b"Traceback" not in (tmp_path / "worker.log").read_bytes()


def wait_until_ended(call: Call, within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        call.refresh_from_db()
        if call.state == CallState.ENDED:
            return
        time.sleep(0.05)
    raise AssertionError(f"still {call.state} after {within_s} s")


def test_a_worker_takes_up_an_orphan_at_its_start_then_a_closed_call_and_stops_when_told(
    worker: subprocess.Popen[bytes],
) -> None:
    agent = make_agent(make_cast().acme)
    orphan = admit(agent)
    write_call(orphan, end=False)
    Call.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=11))
    wait_until_ended(orphan, within_s=60)  # it has to start first
    assert orphan.end_code == "server_lost"

    call = admit(agent)
    write_call(call)
    started = time.monotonic()
    call_close(call_id=call.pk)
    wait_until_ended(call, within_s=20)
    assert time.monotonic() - started < 8, "woken by its message, not by the next sweep"
    assert call.end_code == "client_hangup" and call.turns.count() == 3

    worker.send_signal(signal.SIGTERM)
    assert worker.wait(20) == 0
    if not REDIS_URL:
        assert not list((configured.DATA_DIR / "broker").glob("*.draft"))
