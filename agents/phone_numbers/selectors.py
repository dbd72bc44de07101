"""Reads: an organisation's phone numbers."""

from __future__ import annotations

from django.db.models import QuerySet

from accounts.ids import is_id
from accounts.models import Organisation
from agents.models import PhoneNumber


def phone_numbers_listed(organisation: Organisation) -> QuerySet[PhoneNumber]:
    """Oldest first, each with its agent."""
    numbers = PhoneNumber.objects.for_org(organisation).select_related("agent", "api_key")
    return numbers.order_by("created_at", "id")


def phone_number_find(*, organisation: Organisation, number_id: str) -> PhoneNumber | None:
    """Malformed, unknown and foreign ids are alike."""
    if not is_id(number_id):
        return None
    return phone_numbers_listed(organisation).filter(pk=number_id).first()


def phone_number_called(*, organisation: Organisation, number: str) -> PhoneNumber | None:
    """The row of what a caller has dialled, as the carrier writes it."""
    return phone_numbers_listed(organisation).filter(number=number).first() if number else None
