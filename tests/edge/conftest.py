"""The edge in virtual time: live calls, refusals and journals of its own, and scripted providers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from celery import current_app
from django.db import connections

from accounts.models import ApiKey, Organisation, Plan
from accounts.services import api_key_create
from agents.models import Agent
from agents.services import agent_create
from tests.cast import Cast
from tests.fakes.model import FakeModel
from tests.fakes.speech import FakeSpeech
from tests.fakes.transcriber import FakeTranscriber
from tests.fakes.voice_activity import EnergyVoiceActivity
from tests.virtual_time import pytest_asyncio_loop_factories
from voice.edge import consumers, health, live, phone_calls, phone_consumer
from voice.edge.live import LiveCalls
from voice.edge.refusals import Refusals
from voice.edge.waiting_streams import WaitingStreams
from voice.providers import registry

__all__ = ["pytest_asyncio_loop_factories"]


@pytest_asyncio.fixture(autouse=True)
async def closed_connections() -> AsyncIterator[None]:
    """Django's own thread for asynchronous queries would keep its connection beyond the last test."""
    yield
    await sync_to_async(connections.close_all)()


@pytest.fixture(autouse=True)
def live_calls(monkeypatch: pytest.MonkeyPatch) -> LiveCalls:
    fresh = LiveCalls()
    for module in (consumers, health, live, phone_calls):
        monkeypatch.setattr(module, "live_calls", fresh)
    return fresh


@pytest.fixture(autouse=True)
def refusals(monkeypatch: pytest.MonkeyPatch) -> Refusals:
    fresh = Refusals()
    monkeypatch.setattr(consumers, "refusals", fresh)
    return fresh


@pytest.fixture(autouse=True)
def waiting_streams(monkeypatch: pytest.MonkeyPatch) -> WaitingStreams:
    """Few places, so that a test can take them all."""
    fresh = WaitingStreams(most=3)
    monkeypatch.setattr(phone_consumer, "waiting_streams", fresh)
    return fresh


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The calls that Celery was asked to process, in order."""
    ids: list[str] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, args, **options: ids.extend(args))
    return ids


@pytest.fixture(autouse=True)
def journals(tmp_path: Path, settings: Any) -> Path:
    settings.REDIS_URL = ""
    settings.JOURNAL_DIR = tmp_path / "journals"
    return settings.JOURNAL_DIR


@dataclass
class Providers:
    transcriber: FakeTranscriber = field(default_factory=FakeTranscriber)
    model: FakeModel = field(default_factory=FakeModel)
    speech: FakeSpeech = field(default_factory=FakeSpeech)
    voice_activity: EnergyVoiceActivity = field(default_factory=EnergyVoiceActivity)


@pytest.fixture
def providers() -> Iterator[Providers]:
    """What every agent of a test hears, thinks and speaks with."""
    made = Providers()
    undo = [
        registry.register("transcriber", "embedded", lambda: made.transcriber),
        registry.register("language_model", "embedded", lambda: made.model),
        registry.register("text_to_speech", "embedded", lambda: made.speech),
        registry.register("voice_activity", "embedded", lambda: made.voice_activity),
    ]
    yield made
    for each in undo:
        each()


@dataclass
class Acme:
    organisation: Organisation
    agent: Agent
    api_key: ApiKey
    raw_key: str
    plan: Plan


@pytest.fixture
def acme(transactional_db: None, cast: Cast) -> Acme:
    """Alice's organisation with a key and an agent that waits for its caller to speak."""
    agent = agent_create(organisation=cast.acme, settings={"name": "Ada"}, created_by=cast.alice)
    api_key, raw_key = api_key_create(organisation=cast.acme, name="test", created_by=cast.alice)
    return Acme(cast.acme, agent, api_key, raw_key, cast.acme.plan)
