"""Whether calls are recorded, and what callers are told of it."""

from __future__ import annotations

import json
from typing import Any

from django import forms

from agents.forms.part import AgentFormPart, Heading
from agents.recording_notice import NOTICES, notice_in
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
    recording_is_told = forms.BooleanField(
        label="The agent tells callers",
        required=False,
        help_text="Before the greeting, in every recorded call. Without it, callers must have been told "
        "otherwise where the law asks for it.",
    )
    consent_line = forms.CharField(
        label="It says",
        required=False,
        max_length=LONGEST_CONSENT_LINE,
        help_text="Empty, it is the sentence shown here, in the agent's language where that is English, "
        "German, French or Spanish, and else in English.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The page shows the one of the language that is chosen.
        self.fields["consent_line"].widget.attrs |= {
            "placeholder": notice_in(str(self["language"].value() or "")),
            "data-notices": json.dumps(NOTICES),
        }

    @classmethod
    def initial_of(cls, full: Settings) -> dict[str, Any]:
        recording = full["recording"]
        return super().initial_of(full) | {
            "is_recorded": recording["is_on"],
            "recording_is_told": recording["is_told"],
            "consent_line": recording["consent_line"],
        }

    def put_into(self, settings: Settings) -> None:
        super().put_into(settings)
        data = self.cleaned_data
        settings["recording"] = {
            "is_on": data["is_recorded"],
            "is_told": data["recording_is_told"],
            "consent_line": data["consent_line"],
        }
