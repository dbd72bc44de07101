"""Settings → Vendors: whose keys an organisation's calls use; its own are stored, tested and removed here."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import OrgRequest, org_view
from accounts.minute_limit import within_limit
from accounts.roles import Permission
from agents.models import VendorCredential
from agents.vendor_keys import selectors, services
from agents.vendor_keys.forms import NAMES, VendorKeyForm, said_of
from agents.vendor_keys.selectors import VendorStatus
from voice.core.errors import ProviderError

CHECKS_A_MINUTE = 20
TOO_MANY = "That were many checks. Wait a minute."


@require_GET
@org_view(Permission.READ)
def vendor_list(request: OrgRequest) -> HttpResponse:
    context = {"statuses": selectors.vendors_listed(request.organisation)}
    return render(request, "vendors/list.html", context)


@require_http_methods(["GET", "POST"])
@never_cache
@sensitive_post_parameters("api_key")
@sensitive_variables("form")
@org_view(Permission.MANAGE_VENDORS)
def vendor_key(request: OrgRequest, vendor: str) -> HttpResponse:
    status = _status_or_404(request, vendor)
    data = request.POST if request.method == "POST" else None
    form = VendorKeyForm(data, vendor=status.vendor, initial=_initial(status))
    if request.method == "POST" and form.is_valid():
        if not _may_ask(request):
            form.add_error(None, TOO_MANY)
        elif saved := _save(request, form):
            messages.success(request, _stored(status, saved))
            return redirect("vendors:list", request.organisation.pk)
    context = {"form": form, "status": status}
    return render(request, "vendors/key.html", context, status=422 if form.errors else 200)


@require_POST
@org_view(Permission.MANAGE_VENDORS)
def vendor_test(request: OrgRequest, vendor: str) -> HttpResponse:
    status = _status_or_404(request, vendor)
    credential = _key_or_404(status)
    if not _may_ask(request):
        messages.error(request, TOO_MANY)
        return redirect("vendors:list", request.organisation.pk)
    try:
        said = services.vendor_key_test(credential=credential)
    except ProviderError as error:
        messages.error(request, said_of(status.vendor, error))
    else:
        messages.success(request, f"{status.vendor.label} takes your key: {said}.")
    return redirect("vendors:list", request.organisation.pk)


@require_POST
@org_view(Permission.MANAGE_VENDORS)
def vendor_key_remove(request: OrgRequest, vendor: str) -> HttpResponse:
    status = _status_or_404(request, vendor)
    services.vendor_key_remove(credential=_key_or_404(status))
    messages.success(request, f"Your key of {status.vendor.label} is removed. Calls that run on it go on.")
    return redirect("vendors:list", request.organisation.pk)


@require_POST
@org_view(Permission.MANAGE_VENDORS)
def vendor_switch(request: OrgRequest, vendor: str) -> HttpResponse:
    status = _status_or_404(request, vendor)
    is_enabled = not status.is_enabled
    services.vendor_switch(organisation=request.organisation, vendor=vendor, is_enabled=is_enabled)
    change = "may be used again" if is_enabled else "is switched off for your organisation"
    messages.success(request, f"{status.vendor.label} {change}.")
    return redirect("vendors:list", request.organisation.pk)


def _status_or_404(request: OrgRequest, vendor: str) -> VendorStatus:
    status = selectors.vendor_find(request.organisation, vendor)
    if status is None:
        raise Http404("No such vendor.")
    return status


def _key_or_404(status: VendorStatus) -> VendorCredential:
    if status.key is None:
        raise Http404("No key is stored.")
    return status.key


def _may_ask(request: OrgRequest) -> bool:
    return within_limit(f"vendor-check:{request.organisation.pk}", CHECKS_A_MINUTE)


def _initial(status: VendorStatus) -> dict[str, str]:
    if status.key is None:
        return {}
    lists = {name: "\n".join(getattr(status.key, name)) for name in NAMES}
    return {"base_url": status.key.base_url, **lists}


@sensitive_variables("form")
def _save(request: OrgRequest, form: VendorKeyForm) -> VendorCredential | None:
    """None where the vendor refused; then the form says so."""
    try:
        return services.vendor_key_save(
            organisation=request.organisation,
            vendor=form.vendor.name,
            api_key=form.cleaned_data["api_key"],
            base_url=form.cleaned_data["base_url"],
            names=form.names(),
            even_unverified=form.cleaned_data["even_unverified"],
            created_by=request.user,
        )
    except ProviderError as error:
        form.refuse(error)
        return None


def _stored(status: VendorStatus, saved: VendorCredential) -> str:
    if saved.state == VendorCredential.State.WORKS:
        return f"Your key of {status.vendor.label} is stored: {saved.said}. New calls use it."
    return f"Your key of {status.vendor.label} is stored without a check. Press Test when it can be asked."
