"""The form that stores an organisation's own key of a vendor. Its key is never shown again, not even here."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from agents.vendor_keys.base_address import why_not_an_address
from agents.vendor_keys.server_names import (
    LONGEST_NAME,
    MOST_NAMES,
    ServerNames,
    clean_names,
    clean_voices,
    names_in,
)
from voice.core.errors import ProviderError, RequestError
from voice.providers.access import Vendor

LONGEST_KEY = 500
NAMES = ("model_names", "voice_names", "transcriber_names")
NOTHING_TO_ASK = "Name at least one model, voice or transcriber: agents choose among them."
# What may stand in a header as it is.
KEY = re.compile(r"[\x21-\x7e]+")


def clean_key(api_key: str) -> str:
    """Raises ValidationError for what no vendor gives as a key."""
    if not KEY.fullmatch(api_key):
        message = "A key has no spaces and no letters beyond those of English. Copy it once more."
        raise forms.ValidationError(message, code="invalid")
    return api_key


def clean_address(base_url: str) -> str:
    """Raises ValidationError."""
    base_url = base_url.rstrip("/")
    if base_url and (why_not := why_not_an_address(base_url)):
        raise forms.ValidationError(why_not, code="invalid")
    return base_url


def said_of(vendor: Vendor, error: ProviderError) -> str:
    """What to tell whoever stores or tests a key: the vendor's own words, and what to do."""
    if error.retryable:
        return f"{vendor.label} could not be asked: {error.message}."
    return f"{vendor.label} refuses it: {error.message}. {error.cure}"


def names_field(label: str, help_text: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=MOST_NAMES * (LONGEST_NAME + 2),
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text=help_text,
    )


class VendorKeyForm(forms.Form):
    api_key = forms.CharField(
        label="API key",
        max_length=LONGEST_KEY,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "spellcheck": "false"}),
        help_text="It is encrypted, used for your organisation's calls only, and never shown again.",
    )
    base_url = forms.CharField(
        label="Address",
        required=False,
        max_length=300,
        widget=forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    model_names = names_field("Models", "What thinks, one a line.")
    voice_names = names_field("Voices", "What speaks, one a line: model/voice, such as kokoro/af_heart.")
    transcriber_names = names_field("Transcribers", "What hears, one a line.")
    even_unverified = forms.BooleanField(
        label="Store it without a check",
        required=False,
        help_text="Paste the key once more. Whether it works is found out in calls then.",
    )

    def __init__(self, *args: Any, vendor: Vendor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.vendor = vendor
        self.could_be_asked = "even_unverified" not in self.data
        address = self.fields["base_url"]
        if vendor.is_own:
            self.fields["api_key"].required = False
            address.required = True
            address.help_text = "Where it speaks OpenAI's protocol, such as https://llm.example.com/v1."
        else:
            for name in NAMES:
                del self.fields[name]
            address.help_text = "Only where it is not the vendor's own: a region, a proxy. Without a path."

    def clean_api_key(self) -> str:
        api_key: str = self.cleaned_data["api_key"]
        return clean_key(api_key) if api_key else ""

    def clean_base_url(self) -> str:
        return clean_address(self.cleaned_data["base_url"])

    def clean_model_names(self) -> tuple[str, ...]:
        return clean_names(names_in(self.cleaned_data["model_names"]))

    def clean_voice_names(self) -> tuple[str, ...]:
        return clean_voices(names_in(self.cleaned_data["voice_names"]))

    def clean_transcriber_names(self) -> tuple[str, ...]:
        return clean_names(names_in(self.cleaned_data["transcriber_names"]))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.vendor.is_own and not self.errors and not self.names():
            self.add_error("model_names", NOTHING_TO_ASK)
        return data

    def names(self) -> ServerNames:
        """Of a valid form."""
        if not self.vendor.is_own:
            return ServerNames()
        return ServerNames(*(self.cleaned_data[name] for name in NAMES))

    def refuse(self, error: ProviderError) -> None:
        """The vendor did not take it, or could not be asked; then it may be stored all the same."""
        is_address = isinstance(error, RequestError) and bool(self.cleaned_data["base_url"])
        self.add_error(
            "base_url" if is_address or self.vendor.is_own else "api_key", said_of(self.vendor, error)
        )
        self.could_be_asked = not error.retryable
