"""Whether calls are recorded, and what callers are told of it."""

from __future__ import annotations

from typing import Any

from django import forms

from agents.forms.part import AgentFormPart, Heading
from agents.snapshot import LONGEST_CONSENT_LINE, Settings


class RecordingPart(AgentFormPart):
    heading = Heading(
        "recording",
        "Recording",
        "Both sides of the call as sound, to hear and to download from the call's page.",
    )

    is_recorded = forms.BooleanField(
        label="Record calls",
        required=False,
        help_text="What the caller said on the left, what they heard of the agent on the right.",
    )
    consent_line = forms.CharField(
        label="First of all the agent says",
        required=False,
        max_length=LONGEST_CONSENT_LINE,
        help_text="In the agent's language, before the greeting, in every recorded call. Empty, it says "
        "nothing: callers must then have been told otherwise, where the law asks for it.",
    )

    @classmethod
    def initial_of(cls, full: Settings) -> dict[str, Any]:
        recording = full["recording"]
        return super().initial_of(full) | {
            "is_recorded": recording["is_on"],
            "consent_line": recording["consent_line"],
        }

    def put_into(self, settings: Settings) -> None:
        super().put_into(settings)
        data = self.cleaned_data
        settings["recording"] = {"is_on": data["is_recorded"], "consent_line": data["consent_line"]}
