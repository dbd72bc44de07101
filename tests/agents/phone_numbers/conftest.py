"""A simulated Twilio with one account, and Acme's way to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from agents.models import TwilioAccount
from agents.twilio_account.services import twilio_account_save
from tests.addresses.world import signed_in
from tests.cast import Cast
from tests.simulators.threaded import running
from tests.simulators.twilio.simulator import ACCOUNT_SID, NUMBER, TwilioSimulator

TOKEN = "canary0token0123456789abcdef7f3a"

__all__ = ["ACCOUNT_SID", "NUMBER", "TOKEN"]


@pytest.fixture
def twilio(settings: Any) -> Iterator[TwilioSimulator]:
    simulator = TwilioSimulator(auth_token=TOKEN)
    with running([simulator]):
        settings.TWILIO_BASE_URL = simulator.base_url
        settings.PUBLIC_URL = "https://voice.example.com"
        yield simulator


@pytest.fixture
def account(cast: Cast, twilio: TwilioSimulator) -> TwilioAccount:
    return twilio_account_save(
        organisation=cast.acme, account_sid=ACCOUNT_SID, auth_token=TOKEN, created_by=cast.alice
    )


@pytest.fixture
def alice(cast: Cast) -> Client:
    return signed_in(cast.alice)
