"""GET /api/dashboard/agents and /agents/ID: the published shape, for a key's own organisation only."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.ids import is_id
from accounts.services import api_key_create
from agents.models import Agent
from agents.services import agent_create, agent_delete
from tests.agents.conftest import KNOWLEDGE
from tests.cast import Cast

FIELDS = {
    *("id", "name", "language", "greeting", "greeting_interruptible", "system_prompt", "persona", "model"),
    *(
        "voice",
        "transcriber",
        "turn_taking",
        "limits",
        "channels",
        "tools",
        "fillers",
        "knowledge",
        "recording",
        "transfer",
        "keypad",
        "voicemail_message",
    ),
    "pronunciations",
    *("time_zone", "variables"),
    *("retention", "is_active", "version", "created_at", "updated_at"),
}


@pytest.fixture
def acme(cast: Cast) -> Client:
    _, raw_key = api_key_create(organisation=cast.acme, name="test", created_by=cast.alice)
    return Client(headers={"x-api-key": raw_key})


def test_an_agent_has_the_published_shape(agent: Agent, acme: Client) -> None:
    shown = acme.get(f"/api/dashboard/agents/{agent.pk}").json()
    assert set(shown) == FIELDS
    assert is_id(shown["id"]) and shown["version"] == 1 and shown["is_active"] is True
    assert shown["model"] == {
        "provider": "embedded",
        "fallback": "",
        "name": "answerer",
        "temperature": 0.4,
        "max_tokens": 300,
        "history_tokens": 6000,
    }
    assert set(shown["voice"]) == {"provider", "id", "speed", "style", "accent", "fallback"}
    assert set(shown["transcriber"]) == {"provider", "model", "key_terms", "fallback"}
    assert shown["turn_taking"] == {
        "interruption_sensitivity": 0.7,
        "silence_ms": 600,
        "finished_silence_ms": 350,
        "unfinished_silence_ms": 1500,
        "end_confidence": 0.7,
        "early_end_confidence": 0.5,
        "drafts": True,
        "interruption_words": 1,
        "stop_phrases": [],
        "acknowledgements": [],
        "resume_ms": 210,
        "transcript_wait_ms": 700,
    }
    assert set(shown["limits"]) == {"reminder_s", "reminders", "hang_up_s", "max_call_s"}
    assert shown["knowledge"] == KNOWLEDGE
    assert shown["pronunciations"] == []
    assert shown["created_at"].endswith("Z")


def test_an_agents_dictionary_is_shown(acme: Client, cast: Cast) -> None:
    entry = {"written": "Nguyen", "spoken": "win", "case_sensitive": False}
    settings = {"name": "Named", "pronunciations": [entry]}
    named = agent_create(organisation=cast.acme, settings=settings, created_by=None)
    assert acme.get(f"/api/dashboard/agents/{named.pk}").json()["pronunciations"] == [entry]


def test_the_list_goes_on_page_by_page_oldest_first(agent: Agent, acme: Client, cast: Cast) -> None:
    for number in range(4):
        agent_create(organisation=cast.acme, settings={"name": f"Agent {number}"}, created_by=None)
    names: list[str] = []
    address = "/api/dashboard/agents?limit=2"
    while address:
        page = acme.get(address).json()
        assert len(page["results"]) <= 2 and set(page["results"][0]) == FIELDS
        names += [each["name"] for each in page["results"]]
        address = page["next"]
    assert names == ["Reception", "Agent 0", "Agent 1", "Agent 2", "Agent 3"]


def test_foreign_deleted_and_malformed_ids_are_unknown(agent: Agent, acme: Client, cast: Cast) -> None:
    foreign = agent_create(organisation=cast.other, settings={"name": "Foreign"}, created_by=None)
    agent_delete(agent=agent)
    for agent_id in (foreign.pk, agent.pk, "f" * 24, "nonsense", "%00"):
        response = acme.get(f"/api/dashboard/agents/{agent_id}")
        assert response.status_code == 404, agent_id
        assert response.json()["code"] == "not_found"
    assert acme.get("/api/dashboard/agents").json()["results"] == []


def test_without_a_key_there_is_nothing(agent: Agent) -> None:
    for path in ("agents", f"agents/{agent.pk}"):
        assert Client().get(f"/api/dashboard/{path}").status_code == 401
