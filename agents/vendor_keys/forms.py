"""The form that stores an organisation's own key of a vendor. Its key is never shown again, not even here."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from agents.vendor_keys.base_address import why_not_an_address
from voice.core.errors import ProviderError, RequestError
from voice.providers.access import Vendor

LONGEST_KEY = 500
MOST_MODELS = 50
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
    model_names = forms.CharField(
        label="Models",
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=f"What it can be asked for, one a line; {MOST_MODELS} at most. Agents choose among them.",
    )
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
            del self.fields["model_names"]
            address.help_text = "Only where it is not the vendor's own: a region, a proxy. Without a path."

    def clean_api_key(self) -> str:
        api_key: str = self.cleaned_data["api_key"]
        return clean_key(api_key) if api_key else ""

    def clean_base_url(self) -> str:
        return clean_address(self.cleaned_data["base_url"])

    def clean_model_names(self) -> list[str]:
        names = re.split(r"[\s,;]+", self.cleaned_data["model_names"])
        names = list(dict.fromkeys(name for name in names if name))
        if len(names) > MOST_MODELS:
            raise forms.ValidationError(f"{MOST_MODELS} models at most.", code="too_many")
        if any(len(name) > 100 for name in names):
            raise forms.ValidationError("A name may have 100 characters at most.", code="too_long")
        return names

    def refuse(self, error: ProviderError) -> None:
        """The vendor did not take it, or could not be asked; then it may be stored all the same."""
        is_address = isinstance(error, RequestError) and bool(self.cleaned_data["base_url"])
        self.add_error(
            "base_url" if is_address or self.vendor.is_own else "api_key", said_of(self.vendor, error)
        )
        self.could_be_asked = not error.retryable
