"""Reads: agents, their versions, and what a call runs on."""

from __future__ import annotations

from django.db.models import QuerySet

from accounts.ids import is_id
from accounts.models import Organisation
from agents.models import Agent, AgentVersion
from agents.snapshot import spec_of
from voice.core.spec import AgentSpec


def agents_listed(organisation: Organisation) -> QuerySet[Agent]:
    """Oldest first, each with its current version; deleted ones are nowhere."""
    return (
        Agent.objects.for_org(organisation)
        .filter(deleted_at=None)
        .select_related("current_version__created_by")
        .order_by("created_at", "id")
    )


def agent_find(*, organisation: Organisation, agent_id: str) -> Agent | None:
    """Malformed, unknown, foreign and deleted ids are alike."""
    if not is_id(agent_id):
        return None
    return agents_listed(organisation).filter(pk=agent_id).first()


def agent_default(organisation: Organisation) -> Agent | None:
    """The oldest active one: who answers when nobody is named."""
    return agents_listed(organisation).filter(is_active=True).first()


def agent_for_call(*, organisation: Organisation, agent_id: str | None) -> Agent | None:
    """The active agent of this id, or the default one. One query whatever the id is."""
    if agent_id is None:
        return agent_default(organisation)
    return agents_listed(organisation).filter(pk=agent_id if is_id(agent_id) else "", is_active=True).first()


def agents_latest(most: int) -> QuerySet[Agent]:
    """Of the whole installation: the active ones that were changed last, each with all that a call needs."""
    return (
        Agent.objects.filter(deleted_at=None, is_active=True, current_version__isnull=False)
        .select_related("current_version", "organisation__plan")
        .order_by("-updated_at", "id")[:most]
    )


def agent_spec(version: AgentVersion) -> AgentSpec:
    return spec_of(version.settings, agent_id=version.agent_id, version=version.number)


def versions_listed(agent: Agent) -> QuerySet[AgentVersion]:
    """Newest first."""
    return agent.versions.select_related("created_by").order_by("-number")


def version_find(*, agent: Agent, number: int) -> AgentVersion | None:
    return agent.versions.select_related("created_by").filter(number=number).first()
