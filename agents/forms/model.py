"""What thinks."""

from __future__ import annotations

from typing import Any

from django import forms

from agents.forms.fields import FallbackField, RangeField, choices_in, choices_of, fallback_of, with_chosen
from agents.forms.part import AgentFormPart, Heading
from agents.snapshot import Settings


class ModelPart(AgentFormPart):
    heading = Heading("model", "Model", "What thinks.")

    model = forms.ChoiceField(
        help_text="With the vendor's list price. Only models of your plan can be saved."
    )
    model_fallback = FallbackField(
        "model",
        help_text="Who writes on, in the middle of a sentence if need be, when the model refuses, stalls or "
        "breaks off.",
    )
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
    history_tokens = RangeField(
        "model.history_tokens",
        label="Conversation told word for word",
        unit="tokens",
        whole=True,
        help_text="What came before is told as a summary, which the model writes. More makes each reply "
        "dearer and a little later. An hour's call has about 15,000.",
    )

    def offer(self) -> None:
        super().offer()
        choices = choices_in(self.catalogue, self.offered.models)
        choices_of(self, "model").choices = with_chosen(choices, self.initial.get("model"))
        fallback_of(self, "model_fallback").offer(choices)

    def clean_model(self) -> str:
        model: str = self.cleaned_data["model"]
        return self.usable(model, self.offered.model_find(model), had=self.initial.get("model", ""))

    def clean_model_fallback(self) -> str:
        fallback: str = self.cleaned_data["model_fallback"]
        return self.usable_fallback(fallback, self.offered.model_find(fallback))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        self.check_fallback("model_fallback", data.get("model"))
        return data

    @classmethod
    def initial_of(cls, full: Settings) -> dict[str, Any]:
        model = full["model"]
        return super().initial_of(full) | {"model": f"{model['provider']}/{model['name']}"}

    def put_into(self, settings: Settings) -> None:
        super().put_into(settings)
        settings["model"]["provider"], settings["model"]["name"] = self.cleaned_data["model"].split("/", 1)
