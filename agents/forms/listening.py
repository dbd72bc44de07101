"""What hears the caller."""

from __future__ import annotations

from typing import Any

from django import forms

from agents.forms.fields import FallbackField, PhrasesField, choices_in, choices_of, fallback_of, with_chosen
from agents.forms.part import AgentFormPart, Heading
from agents.snapshot import MOST_KEY_TERMS, Settings
from voice.providers import catalog


class ListeningPart(AgentFormPart):
    heading = Heading("listening", "Listening", "What hears the caller.")

    transcriber = forms.ChoiceField(help_text="What turns speech into text.")
    transcriber_fallback = FallbackField(
        "transcriber", help_text="Who hears on, from the last words understood, when it is lost in a call."
    )
    key_terms = PhrasesField(
        label="Key terms",
        most=MOST_KEY_TERMS,
        help_text=f"Names and words that must be understood, one a line; {MOST_KEY_TERMS} at most.",
    )

    def offer(self) -> None:
        super().offer()
        choices = choices_in(self.catalogue, self.offered.transcribers)
        choices_of(self, "transcriber").choices = with_chosen(choices, self.initial.get("transcriber"))
        fallback_of(self, "transcriber_fallback").offer(choices)

    def clean_transcriber(self) -> str:
        transcriber: str = self.cleaned_data["transcriber"]
        return self.usable(
            transcriber, self.offered.transcriber_find(transcriber), had=self.initial.get("transcriber", "")
        )

    def clean_transcriber_fallback(self) -> str:
        fallback: str = self.cleaned_data["transcriber_fallback"]
        return self.usable_fallback(fallback, self.offered.transcriber_find(fallback))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        chosen, language = data.get("transcriber"), data.get("language")
        self._must_understand("transcriber", chosen, language)
        fallback = self.check_fallback("transcriber_fallback", chosen)
        self._must_understand("transcriber_fallback", fallback, language)
        return data

    def _must_understand(self, field: str, choice: str | None, language: str | None) -> None:
        ear = self.offered.transcriber_find(choice) if choice else None
        if ear and language and language not in ear.languages:
            self.add_error(field, f"{ear.label} does not understand {catalog.language_label(language)}.")

    @classmethod
    def initial_of(cls, full: Settings) -> dict[str, Any]:
        ear = full["transcriber"]
        return super().initial_of(full) | {
            "transcriber": f"{ear['provider']}/{ear['model']}",
            "key_terms": ear["key_terms"],
        }

    def put_into(self, settings: Settings) -> None:
        super().put_into(settings)
        provider, model = self.cleaned_data["transcriber"].split("/", 1)
        settings["transcriber"] |= {
            "provider": provider,
            "model": model,
            "key_terms": self.cleaned_data["key_terms"],
        }
