"""The fields of the agent's form that come from the catalogue or a setting's range."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, cast

from django import forms

from agents.catalogue.organisation_catalogue import OrganisationCatalogue
from agents.snapshot import DEFAULTS, RANGES
from voice.core.spec import AUTOMATIC, NO_FALLBACK
from voice.providers.offers import Offer, Voice

Choices = list[tuple[str, str]]


def choices_in(catalogue: OrganisationCatalogue, offers: Sequence[Offer]) -> Choices:
    """With price, plan and what is the matter with each."""
    return [(offer.choice, _labelled(offer, catalogue.marks(offer))) for offer in offers]


def with_chosen(choices: Choices, chosen: str | None) -> Choices:
    """With what the agent has, also where it is offered no more."""
    if not chosen or chosen in dict(choices):
        return choices
    return [*choices, (chosen, f"{chosen} (not offered here)")]


def _labelled(offer: Offer, marks: list[str]) -> str:
    label = ", ".join(part for part in _about(offer) if part)
    return f"{label} ({'; '.join(marks)})" if marks else label


def _about(offer: Offer) -> tuple[str, ...]:
    return (offer.label, offer.sex, offer.accent) if isinstance(offer, Voice) else (offer.label,)


def choices_of(form: forms.Form, name: str) -> forms.ChoiceField:
    return cast(forms.ChoiceField, form.fields[name])


def fallback_of(form: forms.Form, name: str) -> FallbackField:
    return cast(FallbackField, form.fields[name])


class PhrasesField(forms.CharField):
    """Words or phrases, one a line; each once, in the order they were written."""

    def __init__(self, *, most: int, longest: int = 80, rows: int = 3, **kwargs: Any) -> None:
        super().__init__(
            required=False, max_length=most * longest, widget=forms.Textarea(attrs={"rows": rows}), **kwargs
        )
        self._most, self._longest = most, longest

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        phrases = [phrase.strip() for phrase in re.split(r"[\n,;]", super().clean(value))]
        phrases = list(dict.fromkeys(phrase for phrase in phrases if phrase))
        if len(phrases) > self._most:
            raise forms.ValidationError(f"{self._most} at most.", code="too_many")
        if any(len(phrase) > self._longest for phrase in phrases):
            raise forms.ValidationError(f"Each may have {self._longest} characters at most.", code="too_long")
        return phrases


class RangeInput(forms.NumberInput):
    input_type = "range"
    template_name = "django/forms/widgets/number.html"


class RangeField(forms.FloatField):
    """A number between the bounds that `agents.snapshot.RANGES` gives for its setting, as a slider."""

    def __init__(
        self, setting: str, *, label: str, help_text: str, unit: str = "", whole: bool = False
    ) -> None:
        bounds = RANGES[setting]
        group, name = setting.split(".")
        default = DEFAULTS[group][name]
        span = f"{bounds.low:g} to {bounds.high:g} {unit}".strip()
        self.whole, self.unit, self.setting = whole, unit, setting
        super().__init__(
            label=label,
            min_value=bounds.low,
            max_value=bounds.high,
            help_text=f"{help_text} From {span}, by default {default:g}.",
            widget=RangeInput(attrs={"step": f"{bounds.step:g}", "data-unit": unit}),
        )

    def clean(self, value: Any) -> float | int | None:
        number = super().clean(value)
        if number is None or not self.whole:
            return number
        if number != int(number):
            raise forms.ValidationError("Enter a whole number.", code="invalid")
        return int(number)


class FallbackField(forms.ChoiceField):
    """Who stands in when what `group` of the settings names fails in a call."""

    def __init__(self, group: str, *, help_text: str) -> None:
        super().__init__(label="If it fails", required=False, help_text=help_text)
        self.group = group

    def offer(self, choices: Choices) -> None:
        nobody = (NO_FALLBACK, "Nobody: the caller hears an apology")
        self.choices = [(AUTOMATIC, "The next best that may be used"), nobody, *choices]
