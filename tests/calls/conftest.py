"""Fixtures of the tests about calls: journals of their own, and a Celery that only notes what it is sent."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.utils import timezone

from agents.models import Agent
from tests.calls.factory import make_agent
from tests.cast import Cast


@pytest.fixture(autouse=True)
def journals(tmp_path: Path, settings: Any) -> Path:
    """Only files: what the copy in Redis adds has tests of its own."""
    settings.REDIS_URL = ""
    settings.JOURNAL_DIR = tmp_path / "journals"
    return settings.JOURNAL_DIR


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The calls that Celery was asked to process, in order."""
    ids: list[str] = []

    def send_task(name: str, args: list[str], **options: Any) -> None:
        assert name == "calls.tasks.call_process"
        ids.extend(args)

    monkeypatch.setattr(current_app, "send_task", send_task)
    return ids


class Clock:
    """The time that services read; it stands still until it is moved."""

    def __init__(self) -> None:
        self.now = timezone.now()

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(timezone, "now", lambda: clock.now)
    return clock


@pytest.fixture
def agent(cast: Cast) -> Agent:
    return make_agent(cast.acme)
