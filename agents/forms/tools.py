"""What the agent may do beside speaking, and what it says while that takes its time."""

from __future__ import annotations

from typing import Any

from django import forms

from agents.client_tools import ClientTool, NoTools, client_tools_of, text_of
from agents.forms.fields import RangeField
from agents.forms.part import AgentFormPart, Heading
from agents.snapshot import Settings

EXAMPLE = """\
[
  {
    "name": "order_status",
    "description": "Looks up where an order is. Use it when the caller asks for one.",
    "parameters": {
      "type": "object",
      "properties": {"number": {"type": "integer"}},
      "required": ["number"]
    }
  }
]"""
TEXT = {"rows": 8, "spellcheck": "false", "class": "font-monospace", "placeholder": EXAMPLE}


class ToolsPart(AgentFormPart):
    heading = Heading(
        "tools", "Tools", "What the agent may do beside speaking. The built-in answerer only hangs up."
    )

    hang_up = forms.BooleanField(
        label="The agent may hang up",
        required=False,
        help_text="When the caller says goodbye. Its last words are heard to their end.",
    )
    hold_music = forms.BooleanField(
        label="The agent may play music",
        required=False,
        help_text="While the caller waits, until they speak, two minutes at most.",
    )
    client_tools = forms.CharField(
        label="Tools in the caller's page",
        required=False,
        max_length=200_000,
        widget=forms.Textarea(attrs=TEXT),
        help_text="A JSON list. Each has a name, a description for the model, parameters as a JSON schema "
        "and, if 5 s do not suit, a time_limit_s. Your page registers a function for each.",
    )
    fillers = forms.BooleanField(
        label="A few words while the caller waits",
        required=False,
        help_text="“One moment, please.”, in the agent's language, while a tool runs or the model is slow.",
    )
    filler_after_ms = RangeField(
        "fillers.after_ms",
        label="After a silence of",
        unit="ms",
        whole=True,
        help_text="While a tool runs; a slow model gets half as much again.",
    )

    def clean_client_tools(self) -> list[ClientTool]:
        try:
            return client_tools_of(self.cleaned_data["client_tools"])
        except NoTools as error:
            raise forms.ValidationError(str(error), code="invalid") from None

    @classmethod
    def initial_of(cls, full: Settings) -> dict[str, Any]:
        return super().initial_of(full) | {
            "hang_up": full["tools"]["hang_up"],
            "hold_music": full["tools"]["hold_music"],
            "client_tools": text_of(full["tools"]["client"]),
            "fillers": full["fillers"]["enabled"],
        }

    def put_into(self, settings: Settings) -> None:
        super().put_into(settings)
        data = self.cleaned_data
        settings["tools"] |= {
            "hang_up": data["hang_up"],
            "hold_music": data["hold_music"],
            "client": data["client_tools"],
        }
        settings["fillers"]["enabled"] = data["fillers"]
