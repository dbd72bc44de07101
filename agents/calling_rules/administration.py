"""Organisations in Django's administration, with where and how often their agents may call others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib.admin.widgets import FilteredSelectMultiple

from accounts.admin import OrganisationAdmin
from accounts.models import Organisation
from agents.phone_numbers.countries import calling_code, country_names

if TYPE_CHECKING:
    OrganisationModelForm = forms.ModelForm[Organisation]
else:
    OrganisationModelForm = forms.ModelForm


def countries_to_choose() -> list[tuple[str, str]]:
    return [(code, f"{name} {calling_code(code)}") for code, name in country_names().items()]


class OrganisationForm(OrganisationModelForm):
    called_countries = forms.MultipleChoiceField(
        label="",  # both lists have titles; a third would stand beside them
        choices=countries_to_choose,
        required=False,
        widget=FilteredSelectMultiple("countries to call", is_stacked=False),
        help_text="Agents call these alone. None chosen: the country of the number that they call from.",
    )
    dialled_per_second = forms.IntegerField(
        label="Calls to others a second", min_value=1, required=False, help_text="Empty: as the plan says."
    )
    dialled_at_once = forms.IntegerField(
        label="Calls to others at once", min_value=1, required=False, help_text="Empty: as the plan says."
    )

    def clean_called_countries(self) -> list[str]:
        return sorted(self.cleaned_data["called_countries"])


class CallingOrganisationAdmin(OrganisationAdmin):
    """What may be chosen is known on this floor, not on that of organisations."""

    form = OrganisationForm
