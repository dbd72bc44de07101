"""What answers: agents and their immutable versions, vendor keys, the catalogue, phone numbers."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone

from accounts.ids import ID_LENGTH, new_id
from accounts.models import ApiKey, Organisation, Tier, User
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


class CatalogueProvider(models.Model):
    """A vendor, or what is built in. Switched off here, no organisation can use it."""

    name = models.SlugField(primary_key=True, max_length=40)
    label = models.CharField(max_length=80)
    is_enabled = models.BooleanField(default=True)

    class Meta:
        ordering = ["label"]
        verbose_name = "provider"

    def __str__(self) -> str:
        return self.label


class CatalogueEntry(models.Model):
    """A model, voice or transcriber that agents can be given, and on what terms.

    `edited` names the fields that an administrator has changed: neither a new release nor the vendor's own
    list changes those again. Prices are US dollars.
    """

    class Kind(models.TextChoices):
        MODEL = "model", "Model"
        VOICE = "voice", "Voice"
        TRANSCRIBER = "transcriber", "Transcriber"

    kind = models.CharField(max_length=12, choices=Kind.choices)
    provider = models.ForeignKey(CatalogueProvider, on_delete=models.CASCADE, related_name="entries")
    name = models.CharField(max_length=200, help_text="As the provider calls it.")
    label = models.CharField(max_length=200)
    description = models.CharField(max_length=300, blank=True)
    note = models.CharField(max_length=80, blank=True, help_text="Stands beside the label in every list.")
    is_enabled = models.BooleanField(default=True)
    position = models.PositiveIntegerField(default=1000, help_text="Lower comes first, and is preferred.")
    languages = models.JSONField(default=list, blank=True, help_text="Of voices and transcribers.")
    accent = models.CharField(max_length=40, blank=True)
    sex = models.CharField(max_length=8, blank=True)
    formats = models.JSONField(default=list, blank=True)
    tier = models.PositiveSmallIntegerField(choices=Tier.choices, default=Tier.BASIC)
    per_minute = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    per_million_in = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    per_million_out = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    per_thousand_characters = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    prices_as_of = models.DateField(null=True, blank=True)
    context_tokens = models.PositiveIntegerField(null=True, blank=True)
    longest_reply_tokens = models.PositiveIntegerField(null=True, blank=True)
    edited = models.JSONField(default=list, blank=True, editable=False)
    # When its vendor was first found to list it no more.
    vanished_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["kind", "position", "label", "id"]
        verbose_name = "catalogue entry"
        verbose_name_plural = "catalogue entries"
        constraints = [models.UniqueConstraint(fields=["kind", "provider", "name"], name="one_entry_a_name")]

    def __str__(self) -> str:
        return self.label


class TwilioAccount(models.Model):
    """An organisation's own account at Twilio. `sealed` is its auth token, encrypted together with the SID.

    While it is there, whoever says that they are Twilio must sign with the token.
    """

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    organisation = models.OneToOneField(Organisation, on_delete=models.CASCADE, related_name="twilio_account")
    account_sid = models.CharField(max_length=34)
    sealed = models.TextField(editable=False)
    last_four = models.CharField(max_length=4)
    state = models.CharField(
        max_length=12, choices=VendorCredential.State.choices, default=VendorCredential.State.UNVERIFIED
    )
    # Twilio's own words, or the account's name there; never with the token.
    said = models.CharField(max_length=500, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = OrgQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Twilio account of {self.organisation_id}"


class PhoneNumber(models.Model):
    """A number that callers dial. All numbers are E.164, such as +15550100.

    Where the agent cannot answer, the call goes to `fallback_number`; where nobody answers there, or there is
    none, to `voicemail_number`.
    """

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="phone_numbers")
    number = models.CharField(max_length=16)
    label = models.CharField(max_length=80, blank=True)
    # Who answers, unless the webhook's address says; empty: the organisation's default agent.
    agent = models.ForeignKey(
        Agent, null=True, blank=True, on_delete=models.SET_NULL, related_name="phone_numbers"
    )
    voicemail_number = models.CharField(max_length=16, blank=True)
    fallback_number = models.CharField(max_length=16, blank=True)
    # What stands in the webhook's address at Twilio since it was configured from here.
    api_key = models.ForeignKey(ApiKey, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    configured_at = models.DateTimeField(null=True, blank=True)
    # Perhaps that instead: Twilio was told, and its answer was lost. Both are good until it is known.
    unconfirmed_key = models.ForeignKey(
        ApiKey, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # Until when somebody is at it, who may have died meanwhile.
    configuring_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = OrgQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="one_row_a_phone_number")
        ]

    def __str__(self) -> str:
        return f"phone number {self.id}"
