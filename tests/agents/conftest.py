"""Alice's agent."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from agents.models import Agent
from agents.services import agent_create
from tests.cast import Cast

KNOWLEDGE = [
    {"question": "When are you open?", "answer": "From nine to five."},
    {"question": "", "answer": "We are closed on Sunday."},
]


@pytest.fixture
def agent(cast: Cast) -> Agent:
    return agent_create(
        organisation=cast.acme,
        settings={"name": "Reception", "greeting": "Hello.", "knowledge": KNOWLEDGE},
        created_by=cast.alice,
    )


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def alice(cast: Cast) -> Client:
    return signed_in(cast.alice)
