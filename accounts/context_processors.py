"""What every page's frame shows: the organisation, the person's role and what else they may switch to."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts import selectors
from accounts.models import Membership, User
from accounts.roles import Permission, may


def organisation(request: HttpRequest) -> dict[str, Any]:
    """`organisation`, `role`, `memberships`, `can` (a permission's name -> bool) and `can_edit`.

    Pages outside an organisation (a profile, a 404) show the one last used; they carry no rights in it.
    """
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"organisation": None, "role": None, "memberships": [], "can": {}, "can_edit": False}
    current = getattr(request, "organisation", None)
    role = getattr(request, "role", None)
    if current is None:
        membership = _last_used(request)
        if membership:
            current, role = membership.organisation, membership.role
    can = {permission.value: role is not None and may(role, permission) for permission in Permission}
    return {
        "organisation": current,
        "role": role,
        "memberships": SimpleLazyObject(lambda: list(selectors.memberships_of(user))),
        "can": can,
        "can_edit": can[Permission.EDIT_AGENTS],
    }


def _last_used(request: HttpRequest) -> Membership | None:
    return selectors.membership_current(
        user=cast(User, request.user), organisation_id=request.session.get("organisation_id")
    )
