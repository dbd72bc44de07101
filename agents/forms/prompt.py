"""What the agent is there for, and how it is."""

from __future__ import annotations

from typing import ClassVar

from django import forms

from agents.forms.part import AgentFormPart, Heading
from agents.snapshot import LONGEST_PROMPT


class PromptPart(AgentFormPart):
    heading = Heading("prompt", "Prompt and persona", "What the agent is there for, and how it is.")
    plain: ClassVar[tuple[str, ...]] = ("system_prompt", "persona")

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
