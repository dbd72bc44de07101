"""Reads: people, organisations, keys, plans, invitations."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts.ids import is_id
from accounts.keys import key_digest
from accounts.models import ApiKey, Invitation, Membership, Organisation, Plan, Role, User
from accounts.plans import DEFAULT_PLAN_CODE, FIRST_PLANS
from accounts.roles import Permission, may

LAST_USED_RESOLUTION = timedelta(minutes=1)


def api_key_find(raw_key: str) -> ApiKey | None:
    """The key that is neither unknown nor revoked, with its organisation and plan.

    Right, wrong and malformed keys cost the same: one digest and one query by digest.
    """
    now = timezone.now()
    api_key = (
        ApiKey.objects.select_related("organisation__plan")
        .filter(digest=key_digest(raw_key), revoked_at=None)
        .first()
    )
    if api_key and (api_key.last_used_at is None or api_key.last_used_at < now - LAST_USED_RESOLUTION):
        # The one write here: at most once a minute a key, so that a busy key does not write on every request.
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - LAST_USED_RESOLUTION)
        ApiKey.objects.filter(stale, pk=api_key.pk).update(last_used_at=now)
        api_key.last_used_at = now
    return api_key


def api_keys_listed(organisation: Organisation) -> QuerySet[ApiKey]:
    return ApiKey.objects.for_org(organisation).filter(revoked_at=None).select_related("created_by")


def default_plan() -> Plan:
    """The plan of a new organisation. An installation that lost all its plans still signs people up."""
    plan = Plan.objects.filter(is_default=True).first()
    if plan is None:
        plan, _ = Plan.objects.get_or_create(
            code=DEFAULT_PLAN_CODE, defaults={**FIRST_PLANS[DEFAULT_PLAN_CODE], "is_default": False}
        )
    return plan


def membership_find(*, user: User, organisation_id: str) -> Membership | None:
    if not is_id(organisation_id):
        return None
    return (
        Membership.objects.select_related("organisation__plan")
        .filter(user=user, organisation_id=organisation_id)
        .first()
    )


def membership_of(*, user: User, organisation: Organisation) -> Membership:
    """The person's own, where `org_view` has made sure of it."""
    return Membership.objects.for_org(organisation).select_related("user").get(user=user)


def memberships_of(user: User) -> QuerySet[Membership]:
    """Everything the person belongs to, by name: what the switcher shows."""
    return user.memberships.select_related("organisation").order_by("organisation__name", "organisation_id")


def membership_current(*, user: User, organisation_id: str | None) -> Membership | None:
    """The one named (the session's) if the person still belongs to it, else the one last visited."""
    named = membership_find(user=user, organisation_id=organisation_id or "")
    return named or (
        user.memberships.select_related("organisation")
        .order_by(F("visited_at").desc(nulls_last=True), "created_at", "id")
        .first()
    )


def membership_in(organisation: Organisation, membership_id: str) -> Membership | None:
    if not is_id(membership_id):
        return None
    return Membership.objects.for_org(organisation).select_related("user").filter(pk=membership_id).first()


def api_key_in(organisation: Organisation, key_id: str) -> ApiKey | None:
    return ApiKey.objects.for_org(organisation).filter(pk=key_id).first() if is_id(key_id) else None


def invitation_in(organisation: Organisation, invitation_id: str) -> Invitation | None:
    if not is_id(invitation_id):
        return None
    return Invitation.objects.for_org(organisation).filter(pk=invitation_id).first()


def members_listed(organisation: Organisation) -> list[Membership]:
    """Owners first, then admins, members and viewers, each by e-mail."""
    order = list(Role.values)
    members = Membership.objects.for_org(organisation).select_related("user")
    return sorted(members, key=lambda member: (order.index(member.role), member.user.email))


def invitations_listed(organisation: Organisation) -> QuerySet[Invitation]:
    """Those that can still be accepted."""
    return (
        Invitation.objects.for_org(organisation)
        .filter(accepted_at=None, expires_at__gt=timezone.now())
        .select_related("invited_by")
    )


def invitation_find(raw_token: str) -> Invitation | None:
    """The open invitation of a link; used, withdrawn, expired and unknown ones are alike."""
    return (
        Invitation.objects.select_related("organisation", "invited_by")
        .filter(digest=key_digest(raw_token), accepted_at=None, expires_at__gt=timezone.now())
        .first()
    )


def invitation_open(invitation_id: str | None) -> Invitation | None:
    """By id, for a browser that has shown the secret of its link before."""
    if not is_id(invitation_id):
        return None
    return (
        Invitation.objects.select_related("organisation", "invited_by")
        .filter(pk=invitation_id, accepted_at=None, expires_at__gt=timezone.now())
        .first()
    )


def membership_by_ids(*, user_id: str, organisation_id: str) -> Membership | None:
    """For what names both by id: a token, a live call."""
    return (
        Membership.objects.select_related("organisation__plan", "user")
        .filter(user_id=user_id, organisation_id=organisation_id, user__is_active=True)
        .first()
    )


def api_keys_valid(ids: Collection[str]) -> set[str]:
    """Those of the ids whose calls may go on: of keys that are there and not revoked, or only replaced."""
    still_good = Q(revoked_at=None) | Q(is_replaced=True)
    return set(ApiKey.objects.filter(still_good, pk__in=ids).values_list("pk", flat=True))


def talkers_valid(pairs: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of the (person, organisation) ids that still may talk to the organisation's agents."""
    rows = Membership.objects.filter(user_id__in={user for user, _ in pairs}, user__is_active=True)
    found = rows.values_list("user_id", "organisation_id", "role")
    return {(user, organisation) for user, organisation, role in found if may(role, Permission.TALK)} & set(
        pairs
    )
