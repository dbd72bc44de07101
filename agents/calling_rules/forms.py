"""The form of where and how often agents may call others."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.models import Organisation
from agents.calling_rules.selectors import plan_limits
from agents.calling_rules.services import FIELDS
from agents.phone_numbers.countries import calling_code, country_names


class CallingRulesForm(forms.Form):
    called_countries = forms.MultipleChoiceField(
        label="Countries",
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
        help_text="Agents call these alone. None chosen: the country of the number that they call from.",
        error_messages={"invalid_choice": "There is no country “%(value)s”. Choose from the list."},
    )
    dialled_per_second = forms.IntegerField(label="Calls a second", min_value=1, required=False)
    dialled_at_once = forms.IntegerField(label="Calls at once", min_value=1, required=False)

    def __init__(self, data: Any = None, *, organisation: Organisation) -> None:
        super().__init__(data, initial={name: getattr(organisation, name) for name in FIELDS})
        most = plan_limits(organisation)
        # Those that are chosen stand where they are seen.
        chosen = set(self["called_countries"].value() or ())
        ordered = sorted(country_names().items(), key=lambda country: country[0] not in chosen)
        countries = self.fields["called_countries"]
        if isinstance(countries, forms.MultipleChoiceField):
            countries.choices = [(code, f"{name} {calling_code(code)}") for code, name in ordered]
        self._bound("dialled_per_second", most.per_second, "Of calls to others.")
        self._bound("dialled_at_once", most.at_once, "Of calls to others; the rest is left to who calls you.")

    def clean_called_countries(self) -> list[str]:
        return sorted(self.cleaned_data["called_countries"])

    def _bound(self, name: str, most: int, help_text: str) -> None:
        field = forms.IntegerField(
            label=self.fields[name].label,
            required=False,
            min_value=1,
            max_value=most,
            widget=forms.NumberInput(attrs={"placeholder": most, "inputmode": "numeric"}),
            help_text=f"{help_text} Empty: the plan's {most}.",
            error_messages={"max_value": "The plan allows %(limit_value)s."},
        )
        self.fields[name] = field
