"""What answers: agents, the immutable versions that calls run on, and organisations' own vendor keys."""

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


class VendorCredential(models.Model):
    """An organisation's own way to a vendor, or that it uses the vendor not at all (`is_enabled` False).

    `sealed` is the encrypted key; empty: none is stored. Another key is another row, so that an id stands for
    one key for ever. The names are what a server of the organisation's own can be asked for.
    """

    class State(models.TextChoices):
        UNVERIFIED = "unverified", "Not verified"
        WORKS = "works", "Works"
        REFUSED = "refused", "Refused"

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="vendor_credentials"
    )
    vendor = models.CharField(max_length=40)
    is_enabled = models.BooleanField(default=True)
    sealed = models.TextField(blank=True, editable=False)
    last_four = models.CharField(max_length=4, blank=True)
    base_url = models.URLField(max_length=300, blank=True)
    model_names = models.JSONField(default=list, blank=True)
    voice_names = models.JSONField(default=list, blank=True)
    transcriber_names = models.JSONField(default=list, blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.UNVERIFIED)
    # The vendor's own words, or what the key gives; never with the key.
    said = models.CharField(max_length=500, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = OrgQuerySet.as_manager()

    class Meta:
        ordering = ["vendor"]
        constraints = [models.UniqueConstraint(fields=["organisation", "vendor"], name="one_way_to_a_vendor")]

    def __str__(self) -> str:
        return f"{self.vendor} of {self.organisation_id}"
