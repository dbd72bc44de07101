"""Who answers, and how a call begins."""

from __future__ import annotations

from typing import ClassVar

from django import forms

from agents.forms.part import AgentFormPart, Heading
from agents.forms.prompt_fields import PromptField


class IdentityPart(AgentFormPart):
    heading = Heading("identity", "Identity", "Who answers, and how it begins.")
    plain: ClassVar[tuple[str, ...]] = ("name", "greeting", "greeting_interruptible")

    name = forms.CharField(max_length=120, help_text="Callers' screens and your lists show it.")
    is_active = forms.BooleanField(
        label="Active", required=False, initial=True, help_text="An inactive agent takes no new calls."
    )
    greeting = PromptField(
        rows=2,
        max_length=1000,
        help_text="The first sentence of a call. Empty: the caller speaks first. "
        "Variables are filled in: “Hello {{ name }}”.",
    )
    greeting_interruptible = forms.BooleanField(
        label="The greeting may be interrupted",
        required=False,
        initial=True,
        help_text="Otherwise it is spoken to its end; what the caller says meanwhile is answered after it.",
    )

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip()
        if not name:
            raise forms.ValidationError("Give the agent a name.", code="required")
        return name
