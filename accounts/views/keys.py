"""Settings → API Keys: made here, shown once, revoked here."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from accounts import selectors, services
from accounts.access import OrgRequest, org_view
from accounts.forms import ApiKeyForm
from accounts.roles import Permission


@require_http_methods(["GET", "POST"])
@never_cache
@sensitive_variables("raw_key", "context")
@org_view(Permission.MANAGE_KEYS)
def keys(request: OrgRequest) -> HttpResponse:
    """The answer to a POST is the one place where a key is ever shown, so it does not redirect."""
    form = ApiKeyForm(request.POST or None)
    raw_key = ""
    if request.method == "POST" and form.is_valid():
        _, raw_key = services.api_key_create(
            organisation=request.organisation, name=form.cleaned_data["name"], created_by=request.user
        )
        form = ApiKeyForm()
    context = {"form": form, "raw_key": raw_key, "api_keys": selectors.api_keys_listed(request.organisation)}
    return render(request, "accounts/keys.html", context, status=400 if form.errors else 200)


@require_POST
@org_view(Permission.MANAGE_KEYS)
def revoke(request: OrgRequest, key_id: str) -> HttpResponse:
    api_key = selectors.api_key_in(request.organisation, key_id)
    if api_key is None:
        raise Http404("No such key.")
    services.api_key_revoke(api_key=api_key)
    messages.success(request, f"The key “{api_key.name}” is revoked.")
    return redirect("accounts:keys", org_id=request.organisation.pk)
