"""Settings → Phone numbers: which there are, who answers them, and how they come to ask us."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import OrgRequest, org_view
from accounts.roles import Permission
from agents.calling_rules.selectors import dialling_limits
from agents.models import PhoneNumber
from agents.phone_numbers import services
from agents.phone_numbers.check import webhook_findings
from agents.phone_numbers.countries import country_name
from agents.phone_numbers.forms import PhoneNumberForm
from agents.phone_numbers.selectors import phone_number_find, phone_numbers_listed
from agents.phone_numbers.webhooks import public_address
from agents.twilio_account.forms import said_by_twilio
from agents.twilio_account.selectors import twilio_account_find
from agents.twilio_account.views import LIST, TOO_MANY, may_ask_twilio
from voice.core.errors import ProviderError

FIELDS = ("label", "agent", "fallback_number", "voicemail_number")


@require_GET
@org_view(Permission.READ)
def phone_list(request: OrgRequest) -> HttpResponse:
    context = {
        "numbers": phone_numbers_listed(request.organisation),
        "account": twilio_account_find(request.organisation),
        "address": public_address(request),
        "port": settings.PORT,
        "countries": sorted(map(country_name, request.organisation.called_countries)),
        "limits": dialling_limits(request.organisation),
    }
    return render(request, "phones/list.html", context)


@require_http_methods(["GET", "POST"])
@org_view(Permission.MANAGE_PHONES)
def phone_create(request: OrgRequest) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = PhoneNumberForm(data, organisation=request.organisation)
    if request.method == "POST" and form.is_valid():
        try:
            created = services.phone_number_create(organisation=request.organisation, **form.cleaned_data)
        except services.NumberTaken:
            form.add_error("number", "Your organisation has this number already.")
        except services.GoesRound as circle:
            form.add_error(circle.field, circle.message)
        else:
            messages.success(request, f"{created.number} is added. Now have Twilio ask here when it rings.")
            return redirect(LIST, request.organisation.pk)
    return _form(request, form, None)


@require_http_methods(["GET", "POST"])
@org_view(Permission.MANAGE_PHONES)
def phone_edit(request: OrgRequest, number_id: str) -> HttpResponse:
    number = _number_or_404(request, number_id)
    data = request.POST if request.method == "POST" else None
    initial = {name: getattr(number, name) for name in FIELDS}
    form = PhoneNumberForm(data, organisation=request.organisation, phone_number=number, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.phone_number_update(phone_number=number, **form.cleaned_data)
        except services.GoesRound as circle:
            form.add_error(circle.field, circle.message)
        else:
            messages.success(request, f"{number.number} is saved. New calls follow it.")
            return redirect(LIST, request.organisation.pk)
    return _form(request, form, number)


@require_POST
@org_view(Permission.MANAGE_PHONES)
def phone_remove(request: OrgRequest, number_id: str) -> HttpResponse:
    number = _number_or_404(request, number_id)
    services.phone_number_remove(phone_number=number)
    messages.success(request, f"{number.number} is removed.")
    return redirect(LIST, request.organisation.pk)


@require_POST
@org_view(Permission.MANAGE_PHONES)
def phone_configure(request: OrgRequest, number_id: str) -> HttpResponse:
    number = _number_or_404(request, number_id)
    if not may_ask_twilio(request.organisation):
        messages.error(request, TOO_MANY)
        return redirect(LIST, request.organisation.pk)
    try:
        services.phone_number_configure(phone_number=number, address=public_address(request), by=request.user)
    except ProviderError as error:
        messages.error(request, said_by_twilio(error))
    except services.AnswerLost as lost:
        messages.warning(request, lost.message)
    except services.BeingConfigured as busy:
        messages.info(request, busy.message)
    except services.NotReady as missing:
        messages.error(request, missing.message)
    else:
        messages.success(request, f"{number.number} is configured: call it.")
    return redirect(LIST, request.organisation.pk)


@require_POST
@org_view(Permission.MANAGE_PHONES)
def phone_check(request: OrgRequest, number_id: str) -> HttpResponse:
    """What a call would meet, one message each."""
    number = _number_or_404(request, number_id)
    if not may_ask_twilio(request.organisation):
        messages.error(request, TOO_MANY)
        return redirect(LIST, request.organisation.pk)
    for finding in webhook_findings(number, public_address(request)):
        level = messages.SUCCESS if finding.is_well else messages.ERROR
        messages.add_message(request, level, finding.sentence)
    return redirect(LIST, request.organisation.pk)


def _form(request: OrgRequest, form: PhoneNumberForm, number: PhoneNumber | None) -> HttpResponse:
    context = {"form": form, "number": number}
    return render(request, "phones/form.html", context, status=422 if form.errors else 200)


def _number_or_404(request: OrgRequest, number_id: str) -> PhoneNumber:
    number = phone_number_find(organisation=request.organisation, number_id=number_id)
    if number is None:
        raise Http404("No such phone number.")
    return number
