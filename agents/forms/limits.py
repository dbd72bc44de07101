"""What happens when nobody speaks, and how long a call may be."""

from __future__ import annotations

from agents.forms.fields import RangeField
from agents.forms.part import AgentFormPart, Heading


class LimitsPart(AgentFormPart):
    heading = Heading(
        "limits", "Silence and length", "What happens when nobody speaks, and how long a call may be."
    )

    reminder_s = RangeField(
        "limits.reminder_s",
        label="Reminder after silence",
        unit="s",
        whole=True,
        help_text="The agent asks whether the caller is still there. 0 never asks.",
    )
    reminders = RangeField(
        "limits.reminders",
        label="Reminders at most",
        whole=True,
        help_text="Until the caller says something.",
    )
    hang_up_s = RangeField(
        "limits.hang_up_s", label="Hang up after silence", unit="s", whole=True, help_text="0 never hangs up."
    )
    max_call_s = RangeField(
        "limits.max_call_s",
        label="Longest call",
        unit="s",
        whole=True,
        help_text="Then the agent says goodbye and hangs up.",
    )
