"""Settings → Phone numbers → Twilio account: stored, tested and removed."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import OrgRequest, org_view
from accounts.minute_limit import within_limit
from accounts.models import Organisation
from accounts.roles import Permission
from agents.models import TwilioAccount, VendorCredential
from agents.twilio_account import services
from agents.twilio_account.forms import TwilioAccountForm, said_by_twilio
from agents.twilio_account.selectors import twilio_account_find
from voice.core.errors import ProviderError

CHECKS_A_MINUTE = 20
TOO_MANY = "That were many checks. Wait a minute."
LIST = "phones:list"


def may_ask_twilio(organisation: Organisation) -> bool:
    """Counts one more request that makes us ask Twilio."""
    return within_limit(f"twilio-check:{organisation.pk}", CHECKS_A_MINUTE)


@require_http_methods(["GET", "POST"])
@never_cache
@sensitive_post_parameters("auth_token")
@sensitive_variables("form")
@org_view(Permission.MANAGE_PHONES)
def twilio_account(request: OrgRequest) -> HttpResponse:
    stored = twilio_account_find(request.organisation)
    initial = {"account_sid": stored.account_sid} if stored else {}
    form = TwilioAccountForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        if not may_ask_twilio(request.organisation):
            form.add_error(None, TOO_MANY)
        elif saved := _save(request, form):
            messages.success(request, _stored(saved))
            return redirect(LIST, request.organisation.pk)
    context = {"form": form, "account": stored}
    return render(request, "phones/account.html", context, status=422 if form.errors else 200)


@require_POST
@org_view(Permission.MANAGE_PHONES)
def twilio_account_test(request: OrgRequest) -> HttpResponse:
    account = _account_or_404(request)
    if not may_ask_twilio(request.organisation):
        messages.error(request, TOO_MANY)
        return redirect(LIST, request.organisation.pk)
    try:
        name = services.twilio_account_test(account=account)
    except ProviderError as error:
        messages.error(request, said_by_twilio(error))
    else:
        messages.success(request, f"Twilio takes it: the account is called “{name}”.")
    return redirect(LIST, request.organisation.pk)


@require_POST
@org_view(Permission.MANAGE_PHONES)
def twilio_account_remove(request: OrgRequest) -> HttpResponse:
    services.twilio_account_remove(account=_account_or_404(request))
    messages.success(
        request, "The Twilio account is removed. The key in the webhook's address admits alone now."
    )
    return redirect(LIST, request.organisation.pk)


@sensitive_variables("form")
def _save(request: OrgRequest, form: TwilioAccountForm) -> TwilioAccount | None:
    """None where Twilio refused; then the form says so."""
    try:
        return services.twilio_account_save(
            organisation=request.organisation,
            account_sid=form.cleaned_data["account_sid"],
            auth_token=form.cleaned_data["auth_token"],
            even_unverified=form.cleaned_data["even_unverified"],
            created_by=request.user,
        )
    except ProviderError as error:
        form.refuse(error)
        return None


def _stored(saved: TwilioAccount) -> str:
    if saved.state == VendorCredential.State.WORKS:
        return f"The Twilio account “{saved.said}” is stored. From now on Twilio's requests must be signed."
    return "The Twilio account is stored without a check. Press Test when Twilio can be asked."


def _account_or_404(request: OrgRequest) -> TwilioAccount:
    account = twilio_account_find(request.organisation)
    if account is None:
        raise Http404("No Twilio account is stored.")
    return account
