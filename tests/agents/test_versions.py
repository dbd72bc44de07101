"""Saving makes an immutable version; a call runs on the one it began with."""

from __future__ import annotations

import pytest

from accounts.models import Organisation
from agents import selectors, services
from agents.models import Agent, AgentVersion, VersionIsImmutable
from agents.snapshot import DEFAULTS, spec_of
from calls.services import call_admit
from tests.cast import Cast
from voice.core.spec import AgentSpec, Channel


def settings_of(agent: Agent) -> dict:
    assert agent.current_version is not None
    return dict(agent.current_version.settings)


def test_a_change_makes_a_new_version_and_leaves_the_old_one_as_it_was(agent: Agent, cast: Cast) -> None:
    saved = services.agent_update(
        agent=agent, settings=settings_of(agent) | {"greeting": "Good day."}, changed_by=cast.bob
    )
    newest, first = selectors.versions_listed(saved)
    assert (newest.number, newest.settings["greeting"], newest.created_by) == (2, "Good day.", cast.bob)
    assert (first.number, first.settings["greeting"], first.created_by) == (1, "Hello.", cast.alice)
    assert saved.current_version == newest


def test_saving_without_a_change_makes_no_version(agent: Agent, cast: Cast) -> None:
    services.agent_update(agent=agent, settings=settings_of(agent), changed_by=cast.alice)
    assert agent.versions.count() == 1


def test_a_version_cannot_be_changed(agent: Agent) -> None:
    version = AgentVersion.objects.get(agent=agent)
    version.number = 7
    with pytest.raises(VersionIsImmutable):
        version.save()


def test_who_edits_an_older_version_overwrites_nothing(agent: Agent, cast: Cast) -> None:
    services.agent_update(
        agent=agent, settings=settings_of(agent) | {"persona": "warm"}, changed_by=cast.bob, seen_version=1
    )
    with pytest.raises(services.AgentChanged) as raised:
        services.agent_update(
            agent=agent,
            settings=settings_of(agent) | {"persona": "brief"},
            changed_by=cast.alice,
            seen_version=1,
        )
    assert raised.value.version == 2
    assert agent.versions.count() == 2


def test_a_call_keeps_the_version_it_began_with(agent: Agent, cast: Cast) -> None:
    version = agent.current_version
    assert version is not None
    call = call_admit(
        organisation=cast.acme, agent_version=version, session_id="a" * 24, channel=Channel.BROWSER
    )
    services.agent_update(
        agent=agent, settings=settings_of(agent) | {"greeting": "Changed."}, changed_by=cast.alice
    )
    call.refresh_from_db()
    assert selectors.agent_spec(call.agent_version).greeting == "Hello."


def test_a_version_of_older_days_lacks_newer_settings_and_still_answers() -> None:
    spec = spec_of({"name": "Old", "voice": {"id": "slt"}, "gone": 1}, agent_id="a", version=3)
    assert isinstance(spec, AgentSpec)
    assert (spec.name, spec.voice.id, spec.version) == ("Old", "slt", 3)
    assert spec.turn_taking.silence_ms == DEFAULTS["turn_taking"]["silence_ms"]


def test_the_default_agent_is_the_oldest_active_one(agent: Agent, cast: Cast) -> None:
    def make(organisation: Organisation, name: str) -> Agent:
        return services.agent_create(organisation=organisation, settings={"name": name}, created_by=None)

    second = make(cast.acme, "Second")
    make(cast.other, "Foreign")
    assert selectors.agent_default(cast.acme) == agent
    services.agent_set_active(agent=agent, is_active=False)
    assert selectors.agent_default(cast.acme) == second
    services.agent_delete(agent=second)
    assert selectors.agent_default(cast.acme) is None


def test_what_may_be_called_is_active_and_ones_own(agent: Agent, cast: Cast) -> None:
    def found(organisation: Organisation, agent_id: str) -> Agent | None:
        return selectors.agent_for_call(organisation=organisation, agent_id=agent_id)

    assert found(cast.acme, agent.pk) == agent
    assert found(cast.other, agent.pk) is None
    assert found(cast.acme, "f" * 24) is None
    assert found(cast.acme, "' OR 1=1 --") is None
    services.agent_set_active(agent=agent, is_active=False)
    assert found(cast.acme, agent.pk) is None
