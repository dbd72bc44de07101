"""What a person tells a live call from its page."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.ids import new_id
from calls.commands import LONGEST_TEXT


class CommandForm(forms.Form):
    # Sent twice, by a second click or a repeated request, it is given once.
    once = forms.CharField(widget=forms.HiddenInput, max_length=64, initial=new_id)


class SayForm(CommandForm):
    prefix = "say"
    text = forms.CharField(
        label="Have the agent say",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(
            attrs={"rows": 2, "placeholder": "Your colleague will call you back at three."}
        ),
    )
    at_once = forms.BooleanField(
        label="At once, over what is being said",
        required=False,
    )

    def arguments(self) -> dict[str, Any]:
        return {"text": self.cleaned_data["text"], "at_once": self.cleaned_data["at_once"]}


class EndForm(CommandForm):
    prefix = "end"
    text = forms.CharField(
        label="Last words",
        max_length=LONGEST_TEXT,
        required=False,
        help_text="Said and heard before the call ends. Empty: it ends at once.",
    )

    def arguments(self) -> dict[str, Any]:
        return {"text": self.cleaned_data["text"], "reason": ""}
