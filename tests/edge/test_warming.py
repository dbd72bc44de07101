"""What a server loads before the first call, and that nothing about it keeps it from starting."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import NoReturn

import pytest
from django.db import OperationalError

from agents.services import agent_create, agent_set_active
from calls.models import Call
from tests.cast import Cast
from tests.edge.conftest import Acme
from tests.fakes.model import FakeModel
from voice.edge import warming
from voice.edge.warming import warm_for_calls
from voice.providers import registry


@pytest.fixture
def made() -> Iterator[list[str]]:
    """The models that have been loaded, one entry each."""
    loaded: list[str] = []

    def load() -> FakeModel:
        loaded.append("embedded")
        return FakeModel()

    undo = registry.register("language_model", "embedded", load)
    yield loaded
    undo()


def test_the_vendors_of_the_agents_that_answer_are_loaded_and_nothing_is_written(
    acme: Acme, made: list[str]
) -> None:
    warm_for_calls()
    assert made == ["embedded"]
    assert not Call.objects.exists()
    acme.api_key.refresh_from_db()
    assert acme.api_key.last_used_at is None


def test_an_agent_that_can_take_no_calls_does_not_keep_the_others_from_being_loaded(
    acme: Acme, cast: Cast, made: list[str]
) -> None:
    settings = {"name": "Eve", "model": {"provider": "groq", "name": "llama-3.3-70b-versatile"}}
    agent_create(organisation=cast.other, settings=settings, created_by=None)
    warm_for_calls()
    assert made == ["embedded"]


def test_an_agent_that_is_switched_off_is_not_loaded_for(acme: Acme, made: list[str]) -> None:
    agent_set_active(agent=acme.agent, is_active=False)
    warm_for_calls()
    assert made == []


@pytest.mark.parametrize("error", [OperationalError("away"), RuntimeError("broken")])
def test_a_server_without_its_database_starts_all_the_same(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    def away(most: int) -> NoReturn:
        raise error

    monkeypatch.setattr(warming, "agents_latest", away)
    warm_for_calls()
    assert "the first call will take longer" in caplog.text


def test_a_database_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = threading.Event()

    def hang(most: int) -> list[object]:
        answers.wait(30)
        return []

    monkeypatch.setattr(warming, "agents_latest", hang)
    monkeypatch.setattr(warming, "LIMIT_S", 0.05)
    began_s = time.monotonic()
    warm_for_calls()
    took_s = time.monotonic() - began_s
    answers.set()
    assert took_s < 10
