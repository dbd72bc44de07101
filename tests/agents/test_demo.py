"""`manage.py demo`: the organisation a newcomer starts with."""

from __future__ import annotations

import json

import pytest
from django.core.management import CommandError, call_command
from django.test import Client, override_settings

from accounts.models import Organisation
from accounts.selectors import api_key_find
from agents import selectors
from agents.demo.organisation import KEYS_KEPT


def demo(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    call_command("demo", json=True)
    printed: dict[str, str] = json.loads(capsys.readouterr().out)
    return printed


@pytest.mark.django_db
def test_each_call_mints_a_key_and_changes_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = demo(capsys), demo(capsys)
    assert set(first) == {"organization_id", "email", "password", "api_key", "agent_id"}
    assert first.pop("api_key") != second["api_key"]
    key = api_key_find(second.pop("api_key"))
    assert key is not None and key.organisation_id == second["organization_id"]
    assert first == second
    assert Organisation.objects.count() == 1


@pytest.mark.django_db
def test_it_has_three_agents_that_know_something_and_the_receptionist_is_the_default(
    capsys: pytest.CaptureFixture[str],
) -> None:
    organisation = Organisation.objects.get(pk=demo(capsys)["organization_id"])
    agents = list(selectors.agents_listed(organisation))
    specs = [selectors.agent_spec(agent.current_version) for agent in agents if agent.current_version]
    assert len(specs) == 3
    assert len({spec.name for spec in specs}) == 3 and len({spec.voice.id for spec in specs}) == 3
    assert all(spec.greeting and spec.system_prompt and len(spec.knowledge) >= 10 for spec in specs)
    default = selectors.agent_default(organisation)
    assert default is not None and "receptionist" in default.name


@pytest.mark.django_db
def test_its_person_can_sign_in(capsys: pytest.CaptureFixture[str]) -> None:
    printed = demo(capsys)
    client = Client()
    client.post("/accounts/login/", {"login": printed["email"], "password": printed["password"]})
    assert client.get(f"/o/{printed['organization_id']}/agents/").status_code == 200


@pytest.mark.django_db
def test_many_starts_do_not_pile_up_keys(capsys: pytest.CaptureFixture[str]) -> None:
    keys = [demo(capsys)["api_key"] for _ in range(KEYS_KEPT + 2)]
    valid = [api_key_find(key) is not None for key in keys]
    assert valid == [False, False] + [True] * KEYS_KEPT


@pytest.mark.django_db
def test_an_installation_for_customers_has_none() -> None:
    with override_settings(DEMO_PASSWORD=""), pytest.raises(CommandError, match="DEBUG off"):
        call_command("demo", json=True)
