"""Fixtures: Acme's phone line, with journals of its own and a Celery that only notes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from celery import current_app

from accounts.services import api_key_create
from agents.services import agent_create
from tests.cast import Cast
from tests.edge.twilio.line import PUBLIC, PhoneLine
from voice.edge.twilio import ending


@pytest.fixture
def line(cast: Cast, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PhoneLine:
    settings.PUBLIC_URL, settings.REDIS_URL = PUBLIC, ""
    settings.JOURNAL_DIR = tmp_path / "journals"
    monkeypatch.setattr(current_app, "send_task", lambda *args, **options: None)
    monkeypatch.setattr(ending, "RECORDED_WITHIN_S", 0.2)
    agent = agent_create(
        organisation=cast.acme, settings={"name": "Ada", "language": "de-DE"}, created_by=None
    )
    _, raw_key = api_key_create(organisation=cast.acme, name="Phone", created_by=None)
    return PhoneLine(agent, raw_key)
