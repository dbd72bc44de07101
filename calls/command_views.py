"""On the page of a live call: have the agent say something, end the call, and see what became of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import reswap, retarget

from accounts.access import OrgRequest, org_view
from accounts.models import Role
from accounts.roles import Permission, may
from agents.twilio_account.forms import said_by_twilio
from calls import selectors, services
from calls.command_forms import CommandForm, EndForm, SayForm
from calls.commands import standing_of
from calls.models import Call, CallState, CommandKind
from calls.ringing import carrier_hang_up, is_ringing
from voice.core.errors import ProviderError


def commands_context(request: OrgRequest, call: Call) -> dict[str, Any]:
    """For `calls/_commands.html`."""
    return {
        "call": call,
        "is_live": call.state == CallState.LIVE,
        "is_ringing": is_ringing(call),
        "may_command": may(request.role, Permission.COMMAND_CALLS),
        "say_form": SayForm(),
        "end_form": EndForm(),
        "commands": [(each, standing_of(each)) for each in selectors.commands_listed(call)],
    }


@require_GET
@org_view(Role.VIEWER)
def command_list(request: OrgRequest, call_id: str) -> HttpResponse:
    """What the page asks for every second while the call is live. Once a call that rang is answered,
    other forms come with it; the last answer takes them away."""
    context = commands_context(request, _call_or_404(request, call_id))
    if context["is_live"] and context["is_ringing"] == ("ringing" in request.GET):
        return render(request, "calls/_command_list.html", context)
    return reswap(retarget(render(request, "calls/_commands.html", context), "#commands"), "outerHTML")


@require_POST
@org_view(Permission.COMMAND_CALLS)
def say(request: OrgRequest, call_id: str) -> HttpResponse:
    return _give(request, call_id, CommandKind.SAY, SayForm(request.POST))


@require_POST
@org_view(Permission.COMMAND_CALLS)
def end(request: OrgRequest, call_id: str) -> HttpResponse:
    return _give(request, call_id, CommandKind.END, EndForm(request.POST))


def _give(request: OrgRequest, call_id: str, kind: CommandKind, form: SayForm | EndForm) -> HttpResponse:
    call = _call_or_404(request, call_id)
    trouble = ""
    if form.is_valid():
        try:
            services.command_give(
                call=call,
                kind=kind,
                arguments=form.arguments(),
                idempotency_key=form.cleaned_data["once"],
                created_by=request.user,
            )
        except services.CommandRefused as refused:
            form.add_error(None, refused.message)
        else:
            trouble = _carrier_told(call) if kind == CommandKind.END else ""
    if not request.htmx:
        for message in _said_of(form):
            messages.error(request, message)
        if trouble:
            messages.warning(request, trouble)
        return redirect("calls:detail", request.organisation.pk, call.pk)
    call.refresh_from_db()
    context = commands_context(request, call) | {"trouble": trouble}
    if form.errors:
        context["say_form" if kind == CommandKind.SAY else "end_form"] = form
    return render(request, "calls/_commands.html", context)


def _carrier_told(call: Call) -> str:
    """What went wrong with that; empty if nothing did."""
    try:
        carrier_hang_up(call.pk)
    except ProviderError as error:
        return f"{said_by_twilio(error)} It may ring a little longer; whoever answers is not spoken to."
    return ""


def _said_of(form: CommandForm) -> list[str]:
    return [str(message) for messages_of_field in form.errors.values() for message in messages_of_field]


def _call_or_404(request: OrgRequest, call_id: str) -> Call:
    call = selectors.call_find(request.organisation, call_id)
    if call is None:
        raise Http404("No such call.")
    return call
