"""Reads: an organisation's phone numbers."""

from __future__ import annotations

from django.db.models import QuerySet

from accounts.ids import is_id
from accounts.keys import key_digest
from accounts.models import ApiKey, Organisation
from agents.models import Agent, PhoneNumber
from agents.phone_numbers.webhooks import key_in
from agents.snapshot import complete


def phone_numbers_listed(organisation: Organisation) -> QuerySet[PhoneNumber]:
    """Oldest first, each with its agent."""
    numbers = PhoneNumber.objects.for_org(organisation).select_related("agent", "api_key", "unconfirmed_key")
    return numbers.order_by("created_at", "id")


def phone_number_find(*, organisation: Organisation, number_id: str) -> PhoneNumber | None:
    """Malformed, unknown and foreign ids are alike."""
    if not is_id(number_id):
        return None
    return phone_numbers_listed(organisation).filter(pk=number_id).first()


def phone_number_called(*, organisation: Organisation, number: str) -> PhoneNumber | None:
    """The row of what a caller has dialled, as the carrier writes it."""
    return phone_numbers_listed(organisation).filter(number=number).first() if number else None


def is_own_number(*, organisation: Organisation, number: str) -> bool:
    return bool(number) and PhoneNumber.objects.for_org(organisation).filter(number=number).exists()


def leads_back(*, organisation: Organisation, number: str, to: str) -> bool:
    """Whether a call that `number` sends on to `to` could come round to it again, over numbers of the
    organisation's own that send it on themselves. Numbers of others cannot be looked into."""
    rows = PhoneNumber.objects.for_org(organisation)
    sends_to = {
        own: named for own, *named in rows.values_list("number", "fallback_number", "voicemail_number")
    }
    seen: set[str] = set()
    ahead = [to]
    while ahead:
        each = ahead.pop()
        if each == number:
            return True
        if each not in seen:
            seen.add(each)
            ahead += sends_to.get(each, [])
    return False


def numbers_answered_by(agent: Agent) -> list[str]:
    """Those that name the agent."""
    return list(
        PhoneNumber.objects.for_org(agent.organisation).filter(agent=agent).values_list("number", flat=True)
    )


def puts_back(agent: Agent, number: str) -> bool:
    """Whether the agent may put callers through to this number."""
    settings = complete(agent.current_version.settings if agent.current_version else {})
    return any(target["to"] == number for target in settings["transfer"]["targets"])


def webhook_is_let_in(*, organisation: Organisation, voice_url: str) -> bool:
    """Whether the key in a webhook's address is the organisation's, and good."""
    keys = ApiKey.objects.for_org(organisation).filter(revoked_at=None)
    return keys.filter(digest=key_digest(key_in(voice_url))).exists()
