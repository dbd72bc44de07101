"""Members of an organisation: who belongs, in which role, who is invited."""

from __future__ import annotations

import logging

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts import invitations, selectors, services
from accounts.access import OrgRequest, org_view
from accounts.addresses import absolute_url
from accounts.forms import InvitationForm
from accounts.models import Membership, Role
from accounts.roles import Permission, roles_given_by

logger = logging.getLogger(__name__)


@require_GET
@org_view(Permission.READ)
def members(request: OrgRequest) -> HttpResponse:
    return _page(request, InvitationForm(roles=roles_given_by(request.role)))


@require_POST
@org_view(Permission.MANAGE_MEMBERS)
def invite(request: OrgRequest) -> HttpResponse:
    form = InvitationForm(request.POST, roles=roles_given_by(request.role))
    if not form.is_valid():
        return _page(request, form, status=400)
    try:
        invitation, raw_token = invitations.invitation_create(
            organisation=request.organisation,
            email=form.cleaned_data["email"],
            role=Role(form.cleaned_data["role"]),
            by=_own(request),
        )
    except services.NotAllowed as error:
        form.add_error("email", str(error))
        return _page(request, form, status=400)
    link = absolute_url(reverse("accounts:invitation", args=[raw_token]), request)
    try:
        invitations.invitation_send(invitation=invitation, link=link)
    except OSError:
        logger.exception("The mail of invitation %s did not go out", invitation.pk)
        invitation.delete()
        form.add_error(
            None, "The mail could not be sent. Ask whoever runs this server to check its mail settings."
        )
        return _page(request, form, status=502)
    messages.success(request, f"{invitation.email} has been invited.")
    return redirect("accounts:members", org_id=request.organisation.pk)


@require_POST
@org_view(Permission.MANAGE_MEMBERS)
def change_role(request: OrgRequest, membership_id: str) -> HttpResponse:
    role = request.POST.get("role", "")
    member = _member(request, membership_id)
    if role not in Role.values:
        messages.error(request, "There is no such role.")
    else:
        try:
            services.membership_change_role(membership=member, role=Role(role), by=_own(request))
            messages.success(request, f"{member.user.email} is now {Role(role).label.lower()}.")
        except services.NotAllowed as error:
            messages.error(request, str(error))
    return redirect("accounts:members", org_id=request.organisation.pk)


@require_POST
@org_view(Permission.MANAGE_MEMBERS)
def remove(request: OrgRequest, membership_id: str) -> HttpResponse:
    member = _member(request, membership_id)
    try:
        services.membership_remove(membership=member, by=_own(request))
        messages.success(request, f"{member.user.email} has been removed.")
    except services.NotAllowed as error:
        messages.error(request, str(error))
    if member.user_id == request.user.pk:
        return redirect("accounts:home")
    return redirect("accounts:members", org_id=request.organisation.pk)


@require_POST
@org_view(Permission.MANAGE_MEMBERS)
def withdraw(request: OrgRequest, invitation_id: str) -> HttpResponse:
    invitation = selectors.invitation_in(request.organisation, invitation_id)
    if invitation is None:
        raise Http404("No such invitation.")
    try:
        invitations.invitation_withdraw(invitation=invitation, by=_own(request))
        messages.success(request, f"The invitation of {invitation.email} has been withdrawn.")
    except services.NotAllowed as error:
        messages.error(request, str(error))
    return redirect("accounts:members", org_id=request.organisation.pk)


def _page(request: OrgRequest, form: InvitationForm, status: int = 200) -> HttpResponse:
    context = {
        "members": selectors.members_listed(request.organisation),
        "invitations": selectors.invitations_listed(request.organisation),
        "roles_given": roles_given_by(request.role),
        "form": form,
    }
    return render(request, "accounts/members.html", context, status=status)


def _own(request: OrgRequest) -> Membership:
    return selectors.membership_of(user=request.user, organisation=request.organisation)


def _member(request: OrgRequest, membership_id: str) -> Membership:
    found = selectors.membership_in(request.organisation, membership_id)
    if found is None:
        raise Http404("No such member.")
    return found
