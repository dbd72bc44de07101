"""The form of a phone number."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.models import Organisation
from agents.models import Agent, PhoneNumber
from agents.phone_numbers.e164 import LONGEST_TYPED, clean_number
from agents.selectors import agents_listed


def number_field(label: str, help_text: str, *, required: bool = False) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=LONGEST_TYPED,
        widget=forms.TextInput(
            attrs={"type": "tel", "autocomplete": "off", "placeholder": "+1 555 010 0000"}
        ),
        help_text=help_text,
    )


class PhoneNumberForm(forms.Form):
    number = number_field("Number", "As callers dial it, with its country.", required=True)
    label = forms.CharField(required=False, max_length=80, help_text="What it is for: sales, support.")
    agent = forms.ModelChoiceField(
        queryset=Agent.objects.none(),
        required=False,
        empty_label="The oldest active agent",
        help_text="Who answers, unless the webhook's address names an agent.",
    )
    fallback_number = number_field(
        "Fallback number", "Who is called when the agent cannot answer, or a call breaks off."
    )
    voicemail_number = number_field(
        "Voicemail number", "Where callers can leave a message when nobody answers there."
    )

    def __init__(
        self, *args: Any, organisation: Organisation, phone_number: PhoneNumber | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._own = phone_number.number if phone_number else ""
        agents = self.fields["agent"]
        if isinstance(agents, forms.ModelChoiceField):
            agents.queryset = agents_listed(organisation)
        if phone_number:  # another number is another row
            del self.fields["number"]

    def clean_number(self) -> str:
        return clean_number(self.cleaned_data["number"])

    def clean_fallback_number(self) -> str:
        return self._elsewhere("fallback_number")

    def clean_voicemail_number(self) -> str:
        return self._elsewhere("voicemail_number")

    def _elsewhere(self, name: str) -> str:
        typed: str = self.cleaned_data[name]
        number = clean_number(typed) if typed.strip() else ""
        if number and number == (self._own or self.cleaned_data.get("number")):
            message = "This is the number itself: callers would go round in a circle."
            raise forms.ValidationError(message, code="circle")
        return number
