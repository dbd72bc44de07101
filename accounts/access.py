"""The door of every dashboard page: who asks, in which organisation, with which role."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django_htmx.middleware import HtmxDetails

from accounts import selectors, services
from accounts.models import Organisation, Role, User
from accounts.roles import LOWEST_ROLE, Permission, at_least

P = ParamSpec("P")


class OrgRequest(HttpRequest):
    """A request that has passed `org_view`."""

    user: User
    organisation: Organisation
    role: Role
    htmx: HtmxDetails


def org_view(
    needed: Role | Permission,
) -> Callable[
    [Callable[Concatenate[OrgRequest, P], HttpResponseBase]],
    Callable[Concatenate[HttpRequest, str, P], HttpResponseBase],
]:
    """Decorate `view(request, …)`; the address names `org_id`, which the view is not handed.

    A stranger is sent to sign in; a person without a role in the organisation sees 404, whether it exists or
    not; one with too low a role sees the 403 page. The view finds `request.organisation` and `request.role`.
    """
    lowest = LOWEST_ROLE[needed] if isinstance(needed, Permission) else needed

    def decorate(
        view: Callable[Concatenate[OrgRequest, P], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, str, P], HttpResponseBase]:
        @wraps(view)
        @login_required
        def inner(request: OrgRequest, org_id: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            membership = selectors.membership_find(user=request.user, organisation_id=org_id)
            if membership is None:
                raise Http404("No such organisation.")
            request.organisation = membership.organisation
            request.role = Role(membership.role)
            if not at_least(request.role, lowest):
                raise PermissionDenied(f"This page is for the role {lowest.label.lower()} and above.")
            if request.session.get("organisation_id") != org_id:
                request.session["organisation_id"] = org_id
                services.membership_visit(membership=membership)
            return view(request, *args, **kwargs)

        return cast(Callable[Concatenate[HttpRequest, str, P], HttpResponseBase], inner)

    return decorate
