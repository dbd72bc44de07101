"""The fields of the agent's form that come from the catalogue or a setting's range."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings

from agents.snapshot import DEFAULTS, RANGES
from voice.providers import catalog, registry

Choices = list[tuple[str, str]]


def _labelled(provider: str, label: str, note: str) -> str:
    notes = [each for each in (note, "no API key" if registry.lacks_key(provider) else "") if each]
    return f"{label} ({', '.join(notes)})" if notes else label


def model_choices() -> Choices:
    return [
        (f"{each.provider}/{each.name}", _labelled(each.provider, each.label, each.note))
        for each in catalog.models(settings.OWN_MODELS)
    ]


def voice_choices() -> Choices:
    return [
        (
            f"{each.provider}/{each.id}",
            _labelled(each.provider, f"{each.label}, {each.sex}, {each.accent}", each.note),
        )
        for each in catalog.VOICES
    ]


def transcriber_choices() -> Choices:
    return [
        (f"{each.provider}/{each.model}", _labelled(each.provider, each.label, each.note))
        for each in catalog.TRANSCRIBERS
    ]


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
