"""What only calls by telephone need: keys, putting callers through, and machines that answer."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import forms

from agents.forms.fields import RangeField
from agents.forms.part import AgentFormPart, Heading
from agents.forms.prompt_fields import PromptField
from agents.snapshot import LONGEST_VOICEMAIL, Settings
from agents.transfer_targets import TransferTargetEntry, targets_of, text_of

EXAMPLE = "Billing = +15550100 = I will put you through to billing.\nFront desk = sip:desk@example.com"
TERMINATORS = [("#", "#"), ("*", "*"), ("", "None: a pause ends it")]


class PhonePart(AgentFormPart):
    heading = Heading(
        "phone", "Telephone", "Keys, putting callers through, and machines that answer instead of people."
    )

    transfer_targets = forms.CharField(
        label="Put callers through to",
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "placeholder": EXAMPLE}),
        help_text="One a line: a name, a number with its country code or a SIP address and, if you like, "
        "what the agent says first. The model chooses by the name and never learns the number. Another agent "
        "may answer the number, and put callers back: five times in a row at most.",
    )
    transfer_ring_s = RangeField(
        "transfer.ring_s",
        label="Let it ring for",
        unit="s",
        whole=True,
        help_text="When nobody answers, the agent comes back and says so.",
    )
    send_dtmf = forms.BooleanField(
        label="The agent may press keys",
        required=False,
        help_text="To get through the menu of whoever it speaks with. They are sent as tones.",
    )
    keys_are_collected = forms.BooleanField(
        label="Keys are collected into one message",
        required=False,
        help_text="Without it every key is a message at once: quickest for a menu of single digits.",
    )
    key_terminator = forms.ChoiceField(
        label="The key that ends it", required=False, choices=TERMINATORS, help_text="It is sent too."
    )
    key_pause_ms = RangeField(
        "keypad.pause_ms",
        label="… or a pause of",
        unit="ms",
        whole=True,
        help_text="How long after a key the next one is waited for.",
    )
    most_digits = RangeField(
        "keypad.most_digits",
        label="… or so many keys",
        whole=True,
        help_text="As long as the longest number that you ask for.",
    )
    voicemail_message = PromptField(
        label="What it says to a machine",
        rows=2,
        max_length=LONGEST_VOICEMAIL,
        help_text="When the agent calls somebody and a machine answers, it says this and hangs up. Variables "
        "such as {{ name }} are filled in as in the prompt, and shown with it.",
    )

    def __init__(self, *args: Any, answered_numbers: Collection[str] = (), **kwargs: Any) -> None:
        """`answered_numbers`: those that the agent answers itself."""
        super().__init__(*args, **kwargs)
        self._answered_numbers = answered_numbers

    def clean_transfer_targets(self) -> list[TransferTargetEntry]:
        return targets_of(self.cleaned_data["transfer_targets"], self._answered_numbers)

    @classmethod
    def initial_of(cls, full: Settings) -> dict[str, Any]:
        return super().initial_of(full) | {
            "transfer_targets": text_of(full["transfer"]["targets"]),
            "send_dtmf": full["tools"]["send_dtmf"],
            "keys_are_collected": full["keypad"]["collects"],
            "key_terminator": full["keypad"]["terminator"],
            "voicemail_message": full["voicemail_message"],
        }

    def put_into(self, settings: Settings) -> None:
        super().put_into(settings)
        data = self.cleaned_data
        settings["voicemail_message"] = data["voicemail_message"]
        settings["transfer"]["targets"] = data["transfer_targets"]
        settings["tools"]["send_dtmf"] = data["send_dtmf"]
        settings["keypad"] |= {"collects": data["keys_are_collected"], "terminator": data["key_terminator"]}
