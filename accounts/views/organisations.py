"""Pages of an organisation: making one, switching, naming, leaving and deleting it."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import selectors, services
from accounts.access import OrgRequest, org_view
from accounts.forms import OrganisationDeleteForm, OrganisationForm
from accounts.models import User
from accounts.money import billing_words
from accounts.roles import Permission, may


@require_GET
@org_view(Permission.READ)
def switch(request: OrgRequest) -> HttpResponse:
    """Visiting is switching: `org_view` remembers it."""
    return redirect("agents:list", org_id=request.organisation.pk)


@require_http_methods(["GET", "POST"])
@login_required
def create(request: HttpRequest) -> HttpResponse:
    form = OrganisationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        organisation = services.organisation_create(
            name=form.cleaned_data["name"], owner=cast(User, request.user)
        )
        messages.success(request, f"{organisation.name} is ready.")
        return redirect("accounts:switch", org_id=organisation.pk)
    return render(request, "accounts/organisation_create.html", {"form": form})


@require_http_methods(["GET", "POST"])
@org_view(Permission.READ)
def organisation(request: OrgRequest) -> HttpResponse:
    may_change = may(request.role, Permission.CHANGE_ORGANISATION)
    form = OrganisationForm(request.POST or None, instance=request.organisation)
    if request.method == "POST":
        if not may_change:
            raise PermissionDenied("Only admins and owners may change the organisation.")
        if form.is_valid():
            services.organisation_rename(organisation=request.organisation, name=form.cleaned_data["name"])
            messages.success(request, "Saved.")
            return redirect("accounts:organisation", org_id=request.organisation.pk)
        request.organisation.refresh_from_db()  # the form has written the wrong name into it
    form.fields["name"].disabled = not may_change
    plan = request.organisation.plan
    price = billing_words(plan.price_per_minute, passes_on_cost=plan.passes_on_cost)
    return render(request, "accounts/organisation.html", {"form": form, "plan": plan, "price": price})


@require_POST
@org_view(Permission.READ)
def leave(request: OrgRequest) -> HttpResponse:
    own = selectors.membership_of(user=request.user, organisation=request.organisation)
    try:
        services.membership_remove(membership=own, by=own)
    except services.NotAllowed as error:
        messages.error(request, str(error))
        return redirect("accounts:organisation", org_id=request.organisation.pk)
    messages.success(request, f"You have left {request.organisation.name}.")
    return redirect("accounts:home")


@require_http_methods(["GET", "POST"])
@org_view(Permission.DELETE_ORGANISATION)
def delete(request: OrgRequest) -> HttpResponse:
    form = OrganisationDeleteForm(request.POST or None, organisation=request.organisation)
    if request.method == "POST" and form.is_valid():
        name = request.organisation.name
        services.organisation_delete(organisation=request.organisation)
        messages.success(request, f"{name} has been deleted.")
        return redirect("accounts:home")
    return render(request, "accounts/organisation_delete.html", {"form": form})
