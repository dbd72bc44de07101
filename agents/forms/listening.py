"""What hears the caller."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from agents.forms.fields import choices_of, transcriber_choices
from agents.forms.part import AgentFormPart, Heading
from agents.snapshot import MOST_KEY_TERMS, Settings
from voice.providers import catalog


class ListeningPart(AgentFormPart):
    heading = Heading("listening", "Listening", "What hears the caller.")

    transcriber = forms.ChoiceField(help_text="What turns speech into text.")
    key_terms = forms.CharField(
        label="Key terms",
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=f"Names and words that must be understood, one a line; {MOST_KEY_TERMS} at most.",
    )

    def offer(self) -> None:
        super().offer()
        choices_of(self, "transcriber").choices = transcriber_choices(self.vendors)

    def clean_transcriber(self) -> str:
        return self.usable(self.cleaned_data["transcriber"])

    def clean_key_terms(self) -> list[str]:
        terms = [term.strip() for term in re.split(r"[\n,;]", self.cleaned_data["key_terms"])]
        terms = list(dict.fromkeys(term for term in terms if term))
        if len(terms) > MOST_KEY_TERMS:
            raise forms.ValidationError(f"{MOST_KEY_TERMS} terms at most.", code="too_many")
        if any(len(term) > 80 for term in terms):
            raise forms.ValidationError("A term may have 80 characters at most.", code="too_long")
        return terms

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        chosen, language = data.get("transcriber"), data.get("language")
        ear = catalog.transcriber_find(*chosen.split("/", 1)) if chosen else None
        if ear and language and language not in ear.languages:
            self.add_error(
                "transcriber", f"{ear.label} does not understand {catalog.language_label(language)}."
            )
        return data

    @classmethod
    def initial_of(cls, full: Settings) -> dict[str, Any]:
        ear = full["transcriber"]
        return super().initial_of(full) | {
            "transcriber": f"{ear['provider']}/{ear['model']}",
            "key_terms": "\n".join(ear["key_terms"]),
        }

    def put_into(self, settings: Settings) -> None:
        super().put_into(settings)
        provider, model = self.cleaned_data["transcriber"].split("/", 1)
        settings["transcriber"] |= {
            "provider": provider,
            "model": model,
            "key_terms": self.cleaned_data["key_terms"],
        }
