"""How the agent's form is divided on its page."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the form as the page shows it."""

    id: str
    title: str
    lead: str
    fields: list[forms.BoundField]
    errors: int


SECTIONS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    (
        "identity",
        "Identity",
        "Who answers, and how it begins.",
        ("name", "is_active", "greeting", "greeting_interruptible"),
    ),
    (
        "prompt",
        "Prompt and persona",
        "What the agent is there for, and how it is.",
        ("system_prompt", "persona"),
    ),
    ("knowledge", "Knowledge", "What the agent may look up when it answers.", ("knowledge_text",)),
    ("model", "Model", "What thinks.", ("model", "temperature", "max_tokens")),
    (
        "voice",
        "Channels → Voice",
        "How the agent sounds, on every channel.",
        ("language", "accent", "voice", "style", "speed"),
    ),
    ("listening", "Listening", "What hears the caller.", ("transcriber", "key_terms")),
    (
        "turns",
        "Turn taking",
        "Who speaks when.",
        ("interruption_sensitivity", "silence_ms", "finished_silence_ms", "unfinished_silence_ms", "drafts"),
    ),
    (
        "limits",
        "Silence and length",
        "What happens when nobody speaks, and how long a call may be.",
        ("reminder_s", "reminders", "hang_up_s", "max_call_s"),
    ),
)


def sections_of(form: forms.Form) -> list[Section]:
    found = []
    for section_id, title, lead, names in SECTIONS:
        fields = [form[name] for name in names]
        found.append(Section(section_id, title, lead, fields, sum(bool(field.errors) for field in fields)))
    return found
