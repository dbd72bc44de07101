"""A person has an agent call a number, their own most often: the form and the page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.access import OrgRequest, org_view
from accounts.addresses import absolute_url
from accounts.ids import new_id
from accounts.models import Organisation
from accounts.roles import Permission
from agents.models import Agent
from agents.phone_numbers.e164 import LONGEST_TYPED, clean_number
from agents.phone_numbers.selectors import phone_numbers_listed
from agents.selectors import agent_find
from agents.twilio_account.selectors import twilio_account_find
from calls.models import OnMachine
from calls.outbound import OutboundRefused, Wish, addresses_or_refusal, outbound_call


class CallMeForm(forms.Form):
    # Sent twice, by a second click or a repeated request, it calls once.
    once = forms.CharField(widget=forms.HiddenInput, max_length=64, initial=new_id)
    to = forms.CharField(
        label="Number to call",
        max_length=LONGEST_TYPED,
        widget=forms.TextInput(
            attrs={"type": "tel", "autocomplete": "tel", "placeholder": "+1 555 010 0000"}
        ),
        help_text="With its country. It rings there for half a minute.",
    )
    from_number = forms.ChoiceField(label="Call from")
    on_machine = forms.ChoiceField(
        label="When a machine answers", choices=OnMachine.choices, initial=OnMachine.GO_ON
    )

    def __init__(self, data: Any = None, *, organisation: Organisation) -> None:
        super().__init__(data)
        numbers = phone_numbers_listed(organisation)
        shown = [(each.number, f"{each.number} {each.label}".strip()) for each in numbers]
        self.fields["from_number"] = forms.ChoiceField(label="Call from", choices=shown)

    def tries_again(self) -> None:
        """Sent once more, it is another try: what this one came to is known."""
        self.data = {name: self.data.get(name) for name in self.data} | {"once": new_id()}

    def clean_to(self) -> str:
        return clean_number(self.cleaned_data["to"])


@require_http_methods(["GET", "POST"])
@org_view(Permission.TALK)
def call_me(request: OrgRequest, agent_id: str) -> HttpResponse:
    agent = agent_find(organisation=request.organisation, agent_id=agent_id)
    if agent is None:
        raise Http404
    data = request.POST if request.method == "POST" else None
    form = CallMeForm(data, organisation=request.organisation)
    if request.method == "POST" and form.is_valid():
        try:
            call_id = _called(request, agent, form.cleaned_data)
        except OutboundRefused as refused:
            form.add_error("to" if refused.field == "to" else None, refused.message)
            form.tries_again()
        else:
            messages.success(request, f"{agent.name} is calling {form.cleaned_data['to']}.")
            return redirect("calls:detail", org_id=request.organisation.pk, call_id=call_id)
    context = {
        "agent": agent,
        "form": form,
        "has_numbers": phone_numbers_listed(request.organisation).exists(),
        "has_account": twilio_account_find(request.organisation) is not None,
    }
    return render(request, "calls/call_me.html", context)


def _called(request: OrgRequest, agent: Agent, wanted: dict[str, Any]) -> str:
    """The call's id. Raises OutboundRefused."""
    addresses = addresses_or_refusal(
        absolute_url(reverse("twilio:outbound"), request),
        absolute_url(reverse("twilio:outbound-status"), request),
        absolute_url(reverse("twilio:outbound-answerer"), request),
    )
    wish = Wish(
        to=wanted["to"],
        from_=wanted["from_number"],
        agent_id=agent.pk,
        on_machine=OnMachine(wanted["on_machine"]),
        idempotency_key=f"page:{wanted['once']}",
    )
    call, _ = outbound_call(organisation=request.organisation, wish=wish, addresses=addresses)
    return call.pk
