"""What the agent may look up, written as plain text; question and answer pairs are a formset beside it."""

from __future__ import annotations

from typing import Any

from django import forms

from agents.forms.part import AgentFormPart, Heading
from agents.knowledge import plain_text_entries, plain_text_of
from agents.snapshot import MOST_KNOWLEDGE_ENTRIES, Settings


class KnowledgePart(AgentFormPart):
    heading = Heading("knowledge", "Knowledge", "What the agent may look up when it answers.")

    knowledge_text = forms.CharField(
        label="Plain text",
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Facts in your own words, a paragraph for each subject, an empty line between them.",
    )

    def clean_knowledge_text(self) -> str:
        text: str = self.cleaned_data["knowledge_text"]
        if len(plain_text_entries(text)) > MOST_KNOWLEDGE_ENTRIES:
            raise forms.ValidationError(f"{MOST_KNOWLEDGE_ENTRIES} paragraphs at most.", code="too_many")
        return text

    @classmethod
    def initial_of(cls, full: Settings) -> dict[str, Any]:
        return super().initial_of(full) | {"knowledge_text": plain_text_of(full["knowledge"])}

    def put_into(self, settings: Settings) -> None:
        super().put_into(settings)
        settings["knowledge"] = plain_text_entries(self.cleaned_data["knowledge_text"])
