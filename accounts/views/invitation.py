"""Where an invitation's link leads: join as who you are, sign in, or sign up."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import selectors, services
from accounts.invitations import invitation_accept, is_for


@require_http_methods(["GET", "POST"])
@never_cache
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    found = selectors.invitation_find(token)
    if found is None:
        return render(request, "accounts/invitation_gone.html", status=410)
    if not request.user.is_authenticated:
        # The sign-up form takes address and role from the invitation; who has the link owns the address.
        request.session["invitation_id"] = found.pk
        get_adapter().stash_verified_email(request, found.email)
        return render(request, "accounts/invitation.html", {"invitation": found})
    person = request.user
    if request.method == "POST":
        try:
            invitation_accept(invitation=found, user=person)
        except services.NotAllowed as error:
            messages.error(request, str(error))
        else:
            messages.success(request, f"Welcome to {found.organisation.name}.")
            return redirect("accounts:switch", org_id=found.organisation_id)
    context = {"invitation": found, "is_for_person": is_for(found, person)}
    return render(request, "accounts/invitation.html", context)
