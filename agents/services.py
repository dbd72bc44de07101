"""Writes to agents: every change of settings is a new, immutable version."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.models import Organisation, User
from agents.models import Agent, AgentVersion
from agents.snapshot import Settings, complete

COPY_SUFFIX = " (copy)"
LONGEST_NAME = 120


class AgentChanged(Exception):
    """Somebody else saved a newer version meanwhile. `version` is its number."""

    def __init__(self, version: int) -> None:
        super().__init__(f"version {version} is newer")
        self.version = version


@transaction.atomic
def agent_create(
    *, organisation: Organisation, settings: Settings, created_by: User | None, is_active: bool = True
) -> Agent:
    """`settings` must have been validated; what it lacks is filled from the defaults."""
    full = complete(settings)
    agent = Agent.objects.create(organisation=organisation, name=full["name"], is_active=is_active)
    _set_version(agent, number=1, settings=full, created_by=created_by)
    return agent


@transaction.atomic
def agent_update(
    *, agent: Agent, settings: Settings, changed_by: User | None, seen_version: int | None = None
) -> Agent:
    """A new version, unless nothing changed. Raises AgentChanged when `seen_version` is no longer current."""
    locked = Agent.objects.select_for_update(of=("self",)).select_related("current_version").get(pk=agent.pk)
    current = locked.current_version
    number = current.number if current else 0
    if seen_version is not None and seen_version != number:
        raise AgentChanged(number)
    full = complete(settings)
    if current is None or complete(current.settings) != full:
        _set_version(locked, number=number + 1, settings=full, created_by=changed_by)
    return locked


@transaction.atomic
def agent_set_active(*, agent: Agent, is_active: bool) -> None:
    """Calls that are running go on; an inactive agent takes no new ones."""
    Agent.objects.filter(pk=agent.pk).update(is_active=is_active, updated_at=timezone.now())
    agent.is_active = is_active


def agent_duplicate(*, agent: Agent, created_by: User | None) -> Agent:
    """A copy of the current version under a name that says so, inactive until somebody has looked at it."""
    settings = complete(agent.current_version.settings if agent.current_version else {})
    settings["name"] = settings["name"][: LONGEST_NAME - len(COPY_SUFFIX)] + COPY_SUFFIX
    return agent_create(
        organisation=agent.organisation, settings=settings, created_by=created_by, is_active=False
    )


@transaction.atomic
def agent_delete(*, agent: Agent) -> None:
    """Hidden everywhere at once; its calls keep it."""
    now = timezone.now()
    Agent.objects.filter(pk=agent.pk).update(deleted_at=now, is_active=False, updated_at=now)


def _set_version(agent: Agent, *, number: int, settings: Settings, created_by: User | None) -> None:
    agent.current_version = AgentVersion.objects.create(
        organisation_id=agent.organisation_id,
        agent=agent,
        number=number,
        settings=settings,
        created_by=created_by,
    )
    agent.name = settings["name"]
    agent.updated_at = timezone.now()
    agent.save(update_fields=["current_version", "name", "updated_at"])
