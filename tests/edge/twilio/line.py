"""A phone line of Acme's, and Twilio's forms about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, fromstring

from django.test import Client
from twilio.request_validator import RequestValidator

from agents.models import Agent

PUBLIC = "https://voice.example.com"
CALL_SID = "CA" + "2" * 32
ACCOUNT_SID = "AC" + "1" * 32
TOKEN = "0123456789abcdef0123456789abcdef"
CALLER, NUMBER = "+15550100001", "+15550100999"
FORM = {
    "CallSid": CALL_SID,
    "AccountSid": ACCOUNT_SID,
    "From": CALLER,
    "To": NUMBER,
    "CallStatus": "ringing",
    "Direction": "inbound",
    "FromCity": "",
}


@dataclass
class Document:
    """An answer as Twilio reads it."""

    status: int
    content_type: str
    root: Element

    @property
    def verbs(self) -> list[str]:
        return [verb.tag for verb in self.root]

    @property
    def said(self) -> list[tuple[str, str]]:
        """Language and words."""
        return [(verb.get("language", ""), verb.text or "") for verb in self.root.iter("Say")]

    @property
    def token(self) -> str:
        (parameter,) = self.root.iter("Parameter")
        return parameter.get("value", "")

    @property
    def next_url(self) -> str:
        for verb in self.root:
            if verb.tag == "Redirect":
                return verb.text or ""
            if verb.tag == "Dial":
                return verb.get("action", "")
        return ""

    @property
    def dialled(self) -> str:
        (dial,) = self.root.iter("Dial")
        return dial[0].text or ""


@dataclass
class PhoneLine:
    agent: Agent
    raw_key: str
    auth_token: str = ""
    client: Client = field(default_factory=lambda: Client(enforce_csrf_checks=True))

    def ask(self, url: str, method: str = "post", **form: Any) -> Document:
        """As Twilio asks: an address of ours, whole or from the root."""
        response = self.answer(url, method, **form)
        return Document(response.status_code, response["Content-Type"], fromstring(response.content))

    def answer(self, url: str, method: str = "post", **form: Any) -> Any:
        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        sent = {**FORM, **form}
        headers = {}
        if self.auth_token:
            signed = RequestValidator(self.auth_token).compute_signature(PUBLIC + path, sent)
            headers["X-Twilio-Signature"] = signed
        return getattr(self.client, method)(path, sent, headers=headers)

    def voice(self, query: str = "", **form: Any) -> Document:
        return self.ask(f"/api/twilio/voice?api_key={self.raw_key}{query}", **form)

    def fallback(self, **form: Any) -> Document:
        return self.ask(f"/api/twilio/fallback?api_key={self.raw_key}", **form)

    def tell_status(self, **form: Any) -> int:
        return int(self.answer(f"/api/twilio/status?api_key={self.raw_key}", **form).status_code)
