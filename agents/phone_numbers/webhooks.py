"""The addresses that a phone number at Twilio is given, with a key in them or with a place for one."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

from django.http import HttpRequest
from django.urls import reverse

from accounts.addresses import absolute_url
from voice.providers.twilio.phone_number import Webhooks

KEY_PLACE = "YOUR_API_KEY"
STREAM_PATH = "/ws/twilio/stream"


@dataclass(frozen=True, slots=True)
class PublicAddress:
    """Where the internet reaches this installation, as far as the request or PUBLIC_URL says."""

    voice: str
    fallback: str
    status: str
    stream: str

    @property
    def is_secure(self) -> bool:
        """Twilio opens streams over TLS only."""
        return self.voice.startswith("https://")

    def webhooks(self, raw_key: str) -> Webhooks:
        query = urlencode({"api_key": raw_key})
        return Webhooks(f"{self.voice}?{query}", f"{self.fallback}?{query}", f"{self.status}?{query}")

    @property
    def to_paste(self) -> Webhooks:
        return self.webhooks(KEY_PLACE)


def key_in(voice_url: str) -> str:
    """The key of a webhook's address; empty where there is none."""
    return _asked(voice_url, "api_key")


def agent_id_in(voice_url: str) -> str:
    """The agent that a webhook's address names; empty where it names none."""
    return _asked(voice_url, "agent_id")


def public_address(request: HttpRequest) -> PublicAddress:
    voice, fallback, status = (
        absolute_url(reverse(f"twilio:{name}"), request) for name in ("voice", "fallback", "status")
    )
    stream = "ws" + absolute_url(STREAM_PATH, request).removeprefix("http")
    return PublicAddress(voice, fallback, status, stream)


def _asked(voice_url: str, name: str) -> str:
    return next(iter(parse_qs(urlsplit(voice_url).query).get(name, [])), "")
