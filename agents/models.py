"""What answers: agents, and the immutable versions that calls run on."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone

from accounts.ids import ID_LENGTH, new_id
from accounts.models import Organisation, User
from accounts.querysets import OrgQuerySet


class VersionIsImmutable(Exception):
    """Somebody tried to change a version that exists."""


class Agent(models.Model):
    """The persona a caller talks to. Its settings live in its newest version."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="agents")
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    current_version = models.ForeignKey(
        "AgentVersion", null=True, on_delete=models.RESTRICT, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    # A deleted agent is hidden everywhere, but its calls keep their agent.
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = OrgQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return self.name


class AgentVersion(models.Model):
    """A frozen snapshot of an agent's settings, numbered from 1. Never changed after it is made.

    `settings` holds the agent's REST shape without id, version, is_active and times.
    """

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    settings = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = OrgQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["agent", "number"], name="one_version_a_number")]

    def __str__(self) -> str:
        return f"version {self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise VersionIsImmutable("a version is never changed: make a new one")
        super().save(*args, **kwargs)
