"""The agent's form: every setting with its help, range and default, and back into a settings object."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from accounts.models import Plan
from agents.form_fields import RangeField, model_choices, transcriber_choices, voice_choices
from agents.form_sections import Section, sections_of
from agents.knowledge import plain_text_entries, plain_text_of
from agents.snapshot import LONGEST_PROMPT, MOST_KEY_TERMS, MOST_KNOWLEDGE_ENTRIES, Settings, complete
from voice.providers import catalog, registry


class AgentForm(forms.Form):
    """Validates against the catalogue and the organisation's plan; `settings()` is what a version stores."""

    name = forms.CharField(max_length=120, help_text="Callers' screens and your lists show it.")
    is_active = forms.BooleanField(
        label="Active", required=False, initial=True, help_text="An inactive agent takes no new calls."
    )
    greeting = forms.CharField(
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The first sentence of a call. Empty: the caller speaks first.",
    )
    greeting_interruptible = forms.BooleanField(
        label="The greeting may be interrupted",
        required=False,
        initial=True,
        help_text="Otherwise it is spoken to its end; what the caller says meanwhile is answered after it.",
    )
    system_prompt = forms.CharField(
        required=False,
        max_length=LONGEST_PROMPT,
        widget=forms.Textarea(attrs={"rows": 7}),
        help_text="The agent's task, what it must and must not do, as you would brief a new colleague.",
    )
    persona = forms.CharField(
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Its manner: warm, brief, formal … The built-in answerer uses it when asked who it is.",
    )
    knowledge_text = forms.CharField(
        label="Plain text",
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Facts in your own words, a paragraph for each subject, an empty line between them.",
    )
    model = forms.ChoiceField(choices=model_choices, help_text="Only models of your plan can be saved.")
    temperature = RangeField(
        "model.temperature",
        label="Temperature",
        help_text="Low is predictable, high is inventive. The built-in answerer has none.",
    )
    max_tokens = RangeField(
        "model.max_tokens",
        label="Longest reply",
        unit="tokens",
        whole=True,
        help_text="A token is about three quarters of a word.",
    )
    language = forms.ChoiceField(
        choices=lambda: [(each.code, each.label) for each in catalog.LANGUAGES],
        help_text="What the agent hears and speaks.",
    )
    accent = forms.ChoiceField(
        required=False,
        choices=lambda: [("", "Any"), *((each, each) for each in catalog.accents())],
        help_text="Narrows the voices below.",
    )
    voice = forms.ChoiceField(choices=voice_choices, help_text="Press the button beside it to hear it.")
    style = forms.ChoiceField(
        label="Speaking style",
        required=False,
        choices=lambda: [(each.id, f"{each.label}: {each.description.lower()}") for each in catalog.STYLES],
        help_text="How the voice speaks.",
    )
    speed = RangeField("voice.speed", label="Speed", unit="times", help_text="Of the voice's own pace.")
    transcriber = forms.ChoiceField(choices=transcriber_choices, help_text="What turns speech into text.")
    key_terms = forms.CharField(
        label="Key terms",
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=f"Names and words that must be understood, one a line; {MOST_KEY_TERMS} at most.",
    )
    interruption_sensitivity = RangeField(
        "turn_taking.interruption_sensitivity",
        label="Interruption sensitivity",
        help_text="0 never yields to the caller, 1 falls silent at the first sound.",
    )
    silence_ms = RangeField(
        "turn_taking.silence_ms",
        label="Silence that ends a turn",
        unit="ms",
        whole=True,
        help_text="How long a caller may pause before the agent answers.",
    )
    finished_silence_ms = RangeField(
        "turn_taking.finished_silence_ms",
        label="… after a finished sentence",
        unit="ms",
        whole=True,
        help_text="When the caller's words are plainly complete. It never waits longer than the one above.",
    )
    unfinished_silence_ms = RangeField(
        "turn_taking.unfinished_silence_ms",
        label="… in the middle of a sentence",
        unit="ms",
        whole=True,
        help_text="After “my number is”, “and”, or while digits are dictated.",
    )
    drafts = forms.BooleanField(
        label="Prepare replies early",
        required=False,
        initial=True,
        help_text="The model is asked while it is not certain yet that the caller has finished: quicker, "
        "and up to twice as many requests to it.",
    )
    reminder_s = RangeField(
        "limits.reminder_s",
        label="Reminder after silence",
        unit="s",
        whole=True,
        help_text="The agent asks whether the caller is still there. 0 never asks.",
    )
    reminders = RangeField(
        "limits.reminders",
        label="Reminders at most",
        whole=True,
        help_text="Until the caller says something.",
    )
    hang_up_s = RangeField(
        "limits.hang_up_s", label="Hang up after silence", unit="s", whole=True, help_text="0 never hangs up."
    )
    max_call_s = RangeField(
        "limits.max_call_s",
        label="Longest call",
        unit="s",
        whole=True,
        help_text="Then the agent says goodbye and hangs up.",
    )
    # The version the person saw when the form was opened; another's newer one must not be overwritten.
    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, plan: Plan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._plan = plan

    def sections(self) -> list[Section]:
        return sections_of(self)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip()
        if not name:
            raise forms.ValidationError("Give the agent a name.", code="required")
        return name

    def clean_model(self) -> str:
        model: str = self.cleaned_data["model"]
        if self._plan.allowed_models and model not in self._plan.allowed_models:
            raise forms.ValidationError(
                f"The plan {self._plan.name} does not include this model.", code="model_not_allowed"
            )
        return self._usable(model)

    def clean_voice(self) -> str:
        return self._usable(self.cleaned_data["voice"])

    def clean_transcriber(self) -> str:
        return self._usable(self.cleaned_data["transcriber"])

    def _usable(self, choice: str) -> str:
        if why_not := registry.lacks_key(choice.split("/", 1)[0]):
            raise forms.ValidationError(why_not, code="no_key")
        return choice

    def clean_knowledge_text(self) -> str:
        text: str = self.cleaned_data["knowledge_text"]
        if len(plain_text_entries(text)) > MOST_KNOWLEDGE_ENTRIES:
            raise forms.ValidationError(f"{MOST_KNOWLEDGE_ENTRIES} paragraphs at most.", code="too_many")
        return text

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
        accent, language = data.get("accent"), data.get("language")
        voice = catalog.voice_find(*data["voice"].split("/", 1)) if data.get("voice") else None
        if voice and accent and voice.accent != accent:
            self.add_error("voice", f"{voice.label} does not speak with this accent.")
        if voice and language and language not in voice.languages:
            self.add_error("voice", f"{voice.label} does not speak {catalog.language_label(language)}.")
        ear = (
            catalog.transcriber_find(*data["transcriber"].split("/", 1)) if data.get("transcriber") else None
        )
        if ear and language and language not in ear.languages:
            self.add_error(
                "transcriber", f"{ear.label} does not understand {catalog.language_label(language)}."
            )
        return data

    def settings(self, pairs: list[dict[str, str]]) -> Settings:
        """Of a valid form and the question and answer pairs beside it."""
        data = self.cleaned_data
        settings = complete({})
        for name in ("name", "language", "greeting", "greeting_interruptible", "system_prompt", "persona"):
            settings[name] = data[name]
        settings["knowledge"] = pairs + plain_text_entries(data["knowledge_text"])
        settings["model"]["provider"], settings["model"]["name"] = data["model"].split("/", 1)
        settings["voice"]["provider"], settings["voice"]["id"] = data["voice"].split("/", 1)
        settings["voice"] |= {"style": data["style"], "accent": data["accent"]}
        provider, model = data["transcriber"].split("/", 1)
        settings["turn_taking"]["drafts"] = data["drafts"]
        settings["transcriber"] = {"provider": provider, "model": model, "key_terms": data["key_terms"]}
        for name, field in self.fields.items():
            if isinstance(field, RangeField):
                group, key = field.setting.split(".")
                settings[group][key] = data[name]
        return settings


def initial_of(
    settings: Settings, *, is_active: bool = True, seen_version: int | None = None
) -> dict[str, Any]:
    """What the form shows for a settings object."""
    full = complete(settings)
    simple = ("name", "language", "greeting", "greeting_interruptible", "system_prompt", "persona")
    initial: dict[str, Any] = {name: full[name] for name in simple}
    initial |= {"is_active": is_active, "seen_version": seen_version}
    initial["knowledge_text"] = plain_text_of(full["knowledge"])
    initial["model"] = f"{full['model']['provider']}/{full['model']['name']}"
    initial["voice"] = f"{full['voice']['provider']}/{full['voice']['id']}"
    initial["transcriber"] = f"{full['transcriber']['provider']}/{full['transcriber']['model']}"
    initial["key_terms"] = "\n".join(full["transcriber"]["key_terms"])
    initial["drafts"] = full["turn_taking"]["drafts"]
    initial |= {"style": full["voice"]["style"], "accent": full["voice"]["accent"]}
    for name, field in AgentForm.base_fields.items():
        if isinstance(field, RangeField):
            group, key = field.setting.split(".")
            initial[name] = full[group][key]
    return initial
