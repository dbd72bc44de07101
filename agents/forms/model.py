"""What thinks."""

from __future__ import annotations

from typing import Any

from django import forms

from agents.forms.fields import RangeField, choices_of, model_choices
from agents.forms.part import AgentFormPart, Heading
from agents.snapshot import Settings


class ModelPart(AgentFormPart):
    heading = Heading("model", "Model", "What thinks.")

    model = forms.ChoiceField(help_text="Only models of your plan can be saved.")
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
        choices_of(self, "model").choices = model_choices(self.vendors)

    def clean_model(self) -> str:
        model: str = self.cleaned_data["model"]
        if self.plan.allowed_models and model not in self.plan.allowed_models:
            raise forms.ValidationError(
                f"The plan {self.plan.name} does not include this model.", code="model_not_allowed"
            )
        return self.usable(model)

    @classmethod
    def initial_of(cls, full: Settings) -> dict[str, Any]:
        model = full["model"]
        return super().initial_of(full) | {"model": f"{model['provider']}/{model['name']}"}

    def put_into(self, settings: Settings) -> None:
        super().put_into(settings)
        settings["model"]["provider"], settings["model"]["name"] = self.cleaned_data["model"].split("/", 1)
