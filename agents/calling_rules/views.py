"""Settings → Phone numbers → Calls to others: everybody sees the rules, admins and owners change them."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import OrgRequest, org_view
from accounts.roles import Permission, may
from agents.calling_rules import services
from agents.calling_rules.forms import CallingRulesForm
from agents.calling_rules.selectors import dialling_limits
from agents.phone_numbers.countries import country_name


@require_http_methods(["GET", "POST"])
@org_view(Permission.READ)
def calling_rules(request: OrgRequest) -> HttpResponse:
    may_change = may(request.role, Permission.CHANGE_ORGANISATION)
    if request.method == "POST" and not may_change:
        raise PermissionDenied("Only admins and owners may change where agents call.")
    data = request.POST if request.method == "POST" else None
    form = CallingRulesForm(data, organisation=request.organisation)
    if request.method == "POST" and form.is_valid():
        services.calling_rules_change(organisation=request.organisation, **form.cleaned_data)
        messages.success(request, "Saved. New calls follow it.")
        return redirect("phones:list", request.organisation.pk)
    context = {
        "form": form if may_change else None,
        "countries": sorted(map(country_name, request.organisation.called_countries)),
        "limits": dialling_limits(request.organisation),
    }
    return render(request, "phones/calling.html", context, status=422 if form.errors else 200)
