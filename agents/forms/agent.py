"""The agent's form: every setting with its help, range and default, and back into a settings object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms

from agents.forms.identity import IdentityPart
from agents.forms.knowledge import KnowledgePart
from agents.forms.limits import LimitsPart
from agents.forms.listening import ListeningPart
from agents.forms.model import ModelPart
from agents.forms.part import AgentFormPart, Heading
from agents.forms.phone import PhonePart
from agents.forms.prompt import PromptPart
from agents.forms.recording import RecordingPart
from agents.forms.tools import ToolsPart
from agents.forms.turn_taking import TurnTakingPart
from agents.forms.voice import VoicePart
from agents.snapshot import Settings, complete

# In the order of the page.
PARTS: tuple[type[AgentFormPart], ...] = (
    IdentityPart,
    PromptPart,
    KnowledgePart,
    ModelPart,
    VoicePart,
    ListeningPart,
    TurnTakingPart,
    ToolsPart,
    PhonePart,
    RecordingPart,
    LimitsPart,
)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the form as the page shows it."""

    heading: Heading
    fields: list[forms.BoundField]
    errors: int


class AgentForm(
    IdentityPart,
    PromptPart,
    KnowledgePart,
    ModelPart,
    VoicePart,
    ListeningPart,
    TurnTakingPart,
    ToolsPart,
    PhonePart,
    RecordingPart,
    LimitsPart,
):
    """Validates against the catalogue and the organisation's plan; `settings()` is what a version stores."""

    # The version the person saw when the form was opened; another's newer one must not be overwritten.
    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def sections(self) -> list[Section]:
        self.warn()
        found = []
        for part in PARTS:
            fields = [self[name] for name in part.base_fields]
            found.append(Section(part.heading, fields, sum(bool(field.errors) for field in fields)))
        return found

    def settings(self, pairs: list[dict[str, str]]) -> Settings:
        """Of a valid form and the question and answer pairs beside it."""
        settings = complete({})
        self.put_into(settings)
        settings["knowledge"] = pairs + settings["knowledge"]
        return settings


def initial_of(
    settings: Settings, *, is_active: bool = True, seen_version: int | None = None
) -> dict[str, Any]:
    """What the form shows for a settings object."""
    initial = AgentForm.initial_of(complete(settings))
    return initial | {"is_active": is_active, "seen_version": seen_version}
