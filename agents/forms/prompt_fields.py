"""The fields of the agent's form in which variables stand, and the one that lists them."""

from __future__ import annotations

from typing import Any

from django import forms

from agents.prompts.template import PromptTemplate, TemplateInvalid
from agents.prompts.variables import (
    LONGEST_VALUE,
    MOST_VARIABLES,
    VariablesInvalid,
    as_value,
    checked_name,
)


class PromptField(forms.CharField):
    """A text in which variables may stand. `warning` is said of one that can be saved all the same."""

    def __init__(self, *, rows: int, max_length: int, help_text: str, label: str | None = None) -> None:
        super().__init__(
            required=False,
            max_length=max_length,
            label=label,
            help_text=help_text,
            widget=forms.Textarea(attrs={"rows": rows}),
        )
        self.warning = ""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            PromptTemplate(text)
        except TemplateInvalid as invalid:
            raise forms.ValidationError(str(invalid), code="template") from None
        return text


class CallVariablesField(forms.CharField):
    """The variables that calls give, one a line, as `name = what stands there otherwise`."""

    def clean(self, value: Any) -> Any:
        """A list of objects with `name` and `default`, as a version stores it."""
        found: dict[str, str] = {}
        for line in filter(None, map(str.strip, super().clean(value).splitlines())):
            written, _, default = (part.strip() for part in line.partition("="))
            try:
                name = checked_name(written)
            except VariablesInvalid as invalid:
                raise forms.ValidationError(str(invalid), code="name") from None
            if name in found:
                raise forms.ValidationError(f"“{name}” is listed twice.", code="twice")
            if len(default) > LONGEST_VALUE:
                message = f"“{name}” may have {LONGEST_VALUE} characters at most."
                raise forms.ValidationError(message, code="too_long")
            found[name] = as_value(default)
        if len(found) > MOST_VARIABLES:
            raise forms.ValidationError(f"{MOST_VARIABLES} variables at most.", code="too_many")
        return [{"name": name, "default": default} for name, default in found.items()]
