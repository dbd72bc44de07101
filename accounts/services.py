"""Writes: organisations, members, API keys. Invitations have a file of their own."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts import selectors
from accounts.keys import SHOWN_LENGTH, key_digest, new_key
from accounts.models import ApiKey, Membership, Organisation, Plan, Role, User
from accounts.roles import roles_given_by


class NotAllowed(Exception):
    """The rules of roles forbid it; the message is for the person who tried."""


def person_rename(*, user: User, name: str) -> None:
    user.name = name
    user.save(update_fields=["name"])


@transaction.atomic
def organisation_create(*, name: str, owner: User, plan: Plan | None = None) -> Organisation:
    organisation = Organisation.objects.create(name=name, plan=plan or selectors.default_plan())
    Membership.objects.create(organisation=organisation, user=owner, role=Role.OWNER)
    return organisation


def organisation_rename(*, organisation: Organisation, name: str) -> None:
    organisation.name = name
    organisation.save(update_fields=["name"])


@transaction.atomic
def organisation_delete(*, organisation: Organisation) -> None:
    """With everything it owns. Files on disk (journals, recordings) expire by their own retention."""
    organisation.delete()


def membership_visit(*, membership: Membership) -> None:
    """Remembers which organisation the person comes back to."""
    Membership.objects.filter(pk=membership.pk).update(visited_at=timezone.now())


@transaction.atomic
def membership_change_role(*, membership: Membership, role: Role, by: Membership) -> None:
    """Raises NotAllowed when `by` may not give or take the role, or when the last owner would be lost."""
    membership = _locked(membership)
    allowed = roles_given_by(by.role)
    if role not in allowed or membership.role not in allowed:
        raise NotAllowed("Your role does not let you make this change.")
    if role != Role.OWNER:
        _keep_an_owner(membership)
    membership.role = role
    membership.save(update_fields=["role"])


@transaction.atomic
def membership_remove(*, membership: Membership, by: Membership) -> None:
    """Leaving is removing oneself, which every role may do. Raises NotAllowed as above."""
    membership = _locked(membership)
    if membership.pk != by.pk and membership.role not in roles_given_by(by.role):
        raise NotAllowed("Your role does not let you remove this person.")
    _keep_an_owner(membership)
    membership.delete()


def _locked(membership: Membership) -> Membership:
    """Its row as it is now, with the organisation locked: two owners cannot demote each other at once."""
    Organisation.objects.select_for_update().get(pk=membership.organisation_id)
    return Membership.objects.get(pk=membership.pk)


def _keep_an_owner(membership: Membership) -> None:
    owners = Membership.objects.filter(organisation_id=membership.organisation_id, role=Role.OWNER)
    if membership.role == Role.OWNER and not owners.exclude(pk=membership.pk).exists():
        raise NotAllowed("An organisation needs an owner. Make somebody else an owner first.")


def api_key_create(*, organisation: Organisation, name: str, created_by: User | None) -> tuple[ApiKey, str]:
    """The row and the key itself, which exists nowhere else and can never be shown again."""
    raw_key = new_key()
    api_key = ApiKey.objects.create(
        organisation=organisation,
        name=name,
        prefix=raw_key[:SHOWN_LENGTH],
        digest=key_digest(raw_key),
        created_by=created_by,
    )
    return api_key, raw_key


def api_key_revoke(*, api_key: ApiKey) -> None:
    """Takes effect on the next request that carries the key; calls that it has let in end. Idempotent."""
    ApiKey.objects.filter(pk=api_key.pk, revoked_at=None).update(revoked_at=timezone.now())


def api_key_replace(*, api_key: ApiKey) -> None:
    """The same where another has taken its place, and whoever it has let in is to stay."""
    ApiKey.objects.filter(pk=api_key.pk, revoked_at=None).update(revoked_at=timezone.now(), is_replaced=True)
