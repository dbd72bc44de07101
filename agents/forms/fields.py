"""The fields of the agent's form that come from the catalogue or a setting's range."""

from __future__ import annotations

import re
from typing import Any, cast

from django import forms

from agents.snapshot import DEFAULTS, RANGES
from agents.vendor_keys.organisation_vendors import OrganisationVendors
from voice.core.spec import AUTOMATIC, NO_FALLBACK
from voice.providers import catalog

Choices = list[tuple[str, str]]


def _labelled(label: str, note: str, mark: str) -> str:
    notes = [each for each in (note, mark) if each]
    return f"{label} ({', '.join(notes)})" if notes else label


def model_choices(vendors: OrganisationVendors) -> Choices:
    return [
        (f"{each.provider}/{each.name}", _labelled(each.label, each.note, vendors.mark(each.provider)))
        for each in catalog.models(vendors.own_models)
    ]


def voice_choices(vendors: OrganisationVendors) -> Choices:
    return [
        (
            f"{each.provider}/{each.id}",
            _labelled(
                ", ".join(filter(None, (each.label, each.sex, each.accent))),
                each.note,
                vendors.mark(each.provider),
            ),
        )
        for each in catalog.voices(vendors.own_voices)
    ]


def transcriber_choices(vendors: OrganisationVendors) -> Choices:
    return [
        (f"{each.provider}/{each.model}", _labelled(each.label, each.note, vendors.mark(each.provider)))
        for each in catalog.transcribers(vendors.own_transcribers)
    ]


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
