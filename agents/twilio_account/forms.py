"""The form that stores an organisation's Twilio account. Its token is never shown again."""

from __future__ import annotations

import re

from django import forms

from voice.core.errors import ProviderError

ACCOUNT_SID = re.compile(r"AC[0-9a-fA-F]{32}")
AUTH_TOKEN = re.compile(r"[\x21-\x7e]{16,100}")


def clean_account_sid(account_sid: str) -> str:
    """Raises ValidationError."""
    if not ACCOUNT_SID.fullmatch(account_sid):
        raise forms.ValidationError("An account SID is AC and 32 digits or letters a to f.", code="invalid")
    return account_sid


def clean_auth_token(auth_token: str) -> str:
    """Raises ValidationError."""
    if not AUTH_TOKEN.fullmatch(auth_token):
        message = "This is no auth token of Twilio's: it has at least 16 letters and digits, and no spaces."
        raise forms.ValidationError(message, code="invalid")
    return auth_token


def said_by_twilio(error: ProviderError) -> str:
    """What to tell whoever asked Twilio for something."""
    if error.retryable:
        return f"Twilio could not be asked: {error.message}."
    return f"Twilio refuses it: {error.message}."


class TwilioAccountForm(forms.Form):
    account_sid = forms.CharField(
        label="Account SID",
        max_length=34,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="On the first page of Twilio's console.",
    )
    auth_token = forms.CharField(
        label="Auth token",
        max_length=100,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "spellcheck": "false"}),
        help_text="It is encrypted and never shown again. The primary one: Twilio signs with it.",
    )
    even_unverified = forms.BooleanField(
        label="Store it without a check",
        required=False,
        help_text="Paste the token once more. If it is wrong, no call is answered.",
    )

    could_be_asked = True

    def clean_account_sid(self) -> str:
        return clean_account_sid(self.cleaned_data["account_sid"])

    def clean_auth_token(self) -> str:
        return clean_auth_token(self.cleaned_data["auth_token"])

    def refuse(self, error: ProviderError) -> None:
        self.add_error("auth_token", said_by_twilio(error))
        self.could_be_asked = not error.retryable
