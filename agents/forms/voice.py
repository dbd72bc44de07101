"""How the agent sounds."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from agents.forms.fields import FallbackField, RangeField, choices_in, choices_of, fallback_of, with_chosen
from agents.forms.part import AgentFormPart, Heading
from agents.pronunciations import pronunciations_of, text_of
from agents.snapshot import (
    LONGEST_SPOKEN,
    LONGEST_WRITTEN,
    MOST_PRONUNCIATIONS,
    PronunciationEntry,
    Settings,
)
from voice.providers import catalog


class VoicePart(AgentFormPart):
    heading = Heading("voice", "Channels → Voice", "How the agent sounds, on every channel.")
    plain: ClassVar[tuple[str, ...]] = ("language",)

    language = forms.ChoiceField(
        choices=lambda: [(each.code, each.label) for each in catalog.LANGUAGES],
        help_text="What the agent hears and speaks.",
    )
    accent = forms.ChoiceField(required=False, help_text="Narrows the voices below.")
    voice = forms.ChoiceField(help_text="Press the button below to hear it.")
    voice_fallback = FallbackField(
        "voice", help_text="Who speaks on, from the word it fell silent at, when the voice fails in a call."
    )
    style = forms.ChoiceField(
        label="Speaking style",
        required=False,
        choices=lambda: [(each.id, f"{each.label}: {each.description.lower()}") for each in catalog.STYLES],
        help_text="How the voice speaks.",
    )
    speed = RangeField("voice.speed", label="Speed", unit="×", help_text="Of the voice's own pace.")

    pronunciations = forms.CharField(
        required=False,
        max_length=MOST_PRONUNCIATIONS * (LONGEST_WRITTEN + LONGEST_SPOKEN + 4),
        widget=forms.Textarea(attrs={"rows": 4, "placeholder": "Nguyen = win\nUS == U S"}),
        help_text="Names and words that the voice says wrongly, one a line: written = spoken. "
        "With == capitals count. Whole words only; transcripts keep what is written. "
        f"{MOST_PRONUNCIATIONS} lines at most.",
    )

    def offer(self) -> None:
        super().offer()
        choices_of(self, "accent").choices = [("", "Any"), *((each, each) for each in self.offered.accents())]
        choices = choices_in(self.catalogue, self.offered.voices)
        choices_of(self, "voice").choices = with_chosen(choices, self.initial.get("voice"))
        fallback_of(self, "voice_fallback").offer(choices)

    def clean_voice(self) -> str:
        voice: str = self.cleaned_data["voice"]
        return self.usable(voice, self.offered.voice_find(voice), had=self.initial.get("voice", ""))

    def clean_voice_fallback(self) -> str:
        fallback: str = self.cleaned_data["voice_fallback"]
        return self.usable_fallback(fallback, self.offered.voice_find(fallback))

    def clean_pronunciations(self) -> list[PronunciationEntry]:
        return pronunciations_of(self.cleaned_data["pronunciations"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        accent, language = data.get("accent"), data.get("language")
        voice = self.offered.voice_find(data["voice"]) if data.get("voice") else None
        if voice and accent and voice.accent not in ("", accent):
            self.add_error("voice", f"{voice.label} does not speak with this accent.")
        self._must_speak("voice", data.get("voice"), language)
        fallback = self.check_fallback("voice_fallback", data.get("voice"))
        self._must_speak("voice_fallback", fallback, language)
        return data

    def _must_speak(self, field: str, choice: str | None, language: str | None) -> None:
        voice = self.offered.voice_find(choice) if choice else None
        if voice and language and language not in voice.languages:
            self.add_error(field, f"{voice.label} does not speak {catalog.language_label(language)}.")

    @classmethod
    def initial_of(cls, full: Settings) -> dict[str, Any]:
        voice = full["voice"]
        return super().initial_of(full) | {
            "voice": f"{voice['provider']}/{voice['id']}",
            "style": voice["style"],
            "accent": voice["accent"],
            "pronunciations": text_of(full["pronunciations"]),
        }

    def put_into(self, settings: Settings) -> None:
        super().put_into(settings)
        data = self.cleaned_data
        settings["voice"]["provider"], settings["voice"]["id"] = data["voice"].split("/", 1)
        settings["voice"] |= {"style": data["style"], "accent": data["accent"]}
        settings["pronunciations"] = data["pronunciations"]
