"""Fixtures: Acme with an account at a simulated Twilio, which reaches the product over real sockets."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.core.signals import request_finished, request_started
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from accounts.models import Organisation, Plan
from accounts.services import api_key_create
from agents.models import Agent, PhoneNumber, TwilioAccount
from agents.services import agent_create
from agents.twilio_account.services import twilio_account_save
from calls.models import Call
from tests.cast import Cast
from tests.simulators.threaded import running
from tests.simulators.twilio.simulator import ACCOUNT_SID, AUTH_TOKEN, NUMBER, TwilioSimulator
from voice.edge.twilio import ending

CALLEE = "+15550104444"
ANSWERED_WITHIN_S = 5.0


@dataclass
class Office:
    """Acme's program: it asks for calls, and looks what became of them."""

    organisation: Organisation
    agent: Agent
    raw_key: str
    twilio: TwilioSimulator
    client: Client = field(default_factory=Client)

    def call(self, key: str = "", **wish: Any) -> Any:
        headers = {"x-api-key": self.raw_key} | ({"Idempotency-Key": key} if key else {})
        wanted = {"to": CALLEE, "from": NUMBER, "agent_id": self.agent.pk} | wish
        return self.client.post(
            "/api/dashboard/calls", wanted, content_type="application/json", headers=headers
        )

    def found(self, call_id: str) -> dict[str, Any]:
        answer = self.client.get(f"/api/dashboard/calls/{call_id}", headers={"x-api-key": self.raw_key})
        told: dict[str, Any] = answer.json()
        return told

    def ended(self, call_id: str, within_s: float = 10.0) -> dict[str, Any]:
        """The call once it has an end."""
        deadline = time.monotonic() + within_s
        while not (told := self.found(call_id))["end_reason"]:
            assert time.monotonic() < deadline, f"no end: {told}"
            time.sleep(0.05)
        return told


@pytest.fixture
def answered() -> Iterator[None]:
    """Whoever asked has gone, but the server's threads may still write: the database waits for them."""
    asked: list[object] = []
    done: list[object] = []

    def began(**_: Any) -> None:
        asked.append(None)

    def ended(**_: Any) -> None:
        done.append(None)

    request_started.connect(began)
    request_finished.connect(ended)
    yield
    deadline = time.monotonic() + ANSWERED_WITHIN_S
    while len(done) < len(asked) and time.monotonic() < deadline:
        time.sleep(0.01)
    request_started.disconnect(began)
    request_finished.disconnect(ended)


@pytest.fixture
def twilio(answered: None) -> Iterator[TwilioSimulator]:
    made = TwilioSimulator()
    with running([made]):
        yield made


@pytest.fixture
def office(
    transactional_db: None,
    cast: Cast,
    live_server: LiveServer,
    twilio: TwilioSimulator,
    settings: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Office:
    settings.PUBLIC_URL, settings.REDIS_URL = live_server.url, ""
    settings.TWILIO_BASE_URL = twilio.base_url
    settings.JOURNAL_DIR = tmp_path / "journals"
    monkeypatch.setattr(current_app, "send_task", lambda *args, **options: None)
    monkeypatch.setattr(ending, "RECORDED_WITHIN_S", 0.2)
    Plan.objects.update(dialled_per_second=100)
    spoken = {"name": "Ada", "voicemail_message": "Please call us back."}
    agent = agent_create(organisation=cast.acme, settings=spoken, created_by=None)
    PhoneNumber.objects.create(organisation=cast.acme, number=NUMBER)
    twilio_account_save(
        organisation=cast.acme, account_sid=ACCOUNT_SID, auth_token=AUTH_TOKEN, created_by=cast.alice
    )
    _, raw_key = api_key_create(organisation=cast.acme, name="Program", created_by=None)
    cast.acme.refresh_from_db()
    return Office(cast.acme, agent, raw_key, twilio)


@pytest.fixture
def without_account(office: Office) -> Office:
    TwilioAccount.objects.all().delete()
    return office


Told = Callable[[Any], tuple[int, str]]


def told(answer: Any) -> tuple[int, str]:
    """Status and the code that programs go by: of the field that is to blame, if there is one."""
    body = answer.json()
    fields = body.get("errors") or [body]
    return answer.status_code, fields[0]["code"]


def only_call() -> Call:
    return Call.objects.get()
