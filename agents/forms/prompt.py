"""What the agent is there for, and how it is; what of it differs from call to call."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django import forms

from agents.forms.part import AgentFormPart, Heading
from agents.forms.prompt_fields import CallVariablesField, PromptField
from agents.prompts.preview import TEXTS, warnings
from agents.prompts.variables import time_zones
from agents.snapshot import LONGEST_PROMPT, Settings


class PromptPart(AgentFormPart):
    heading = Heading("prompt", "Prompt and persona", "What the agent is there for, and how it is.")
    plain: ClassVar[tuple[str, ...]] = ("system_prompt", "persona", "time_zone", "variables")

    system_prompt = PromptField(
        rows=7,
        max_length=LONGEST_PROMPT,
        help_text="The agent's task, what it must and must not do, as you would brief a new colleague. "
        "Variables such as {{ name }} and {{ now }} are filled in when a call begins.",
    )
    persona = PromptField(
        rows=2,
        max_length=2000,
        help_text="Its manner: warm, brief, formal … The built-in answerer uses it when asked who it is.",
    )
    variables = CallVariablesField(
        label="Variables of the call",
        required=False,
        max_length=30_000,
        widget=forms.Textarea(
            attrs={"rows": 3, "placeholder": "name = there\norder_number =", "spellcheck": "false"}
        ),
        help_text="What your page or program gives with a call, one a line: a name, and after an equals sign "
        "what stands there when it is not given.",
    )
    time_zone = forms.ChoiceField(
        choices=lambda: [(zone, zone.replace("_", " ")) for zone in time_zones()],
        help_text="Of {{ now }}, {{ date }}, {{ time }} and {{ weekday }}.",
    )

    def warn(self) -> None:
        """Of variables that would be empty in every call."""
        written = {name: str(self[name].value() or "") for name in (*TEXTS, "variables")}
        for name, sentence in warnings(written).items():
            cast(PromptField, self.fields[name]).warning = sentence

    @classmethod
    def initial_of(cls, full: Settings) -> dict[str, Any]:
        lines = (f"{each['name']} = {each['default']}".rstrip() for each in full["variables"])
        return super().initial_of(full) | {"variables": "\n".join(lines)}
