"""What all calls of a simulated Twilio share: its account, its ways to customers, and who answers numbers."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import aiohttp

from tests.simulators.twilio.misbehaviour import Misbehaviour
from tests.simulators.twilio.utterance import Utterance
from tests.simulators.twilio.webhooks import Webhooks

SIP = {"answered": 200, "busy": 486, "no-answer": 487, "failed": 503}


@dataclass(frozen=True)
class Callee:
    """Whom a number or SIP address reaches. `outcome`: answered, busy, no-answer or failed.

    `rings_s` until then (no-answer rings until the caller's side gives up), `talks_s` until the callee hangs
    up, None: never. `is_machine`: an answering machine, which says its `greeting`, `greets_s` long, and then
    gives `ends_with` (beep, silence or other). `detected_s`: after so long, in real time, detection has heard
    enough, and takes it for `detected_as` (such as unknown or fax), whatever it is.
    """

    outcome: str = "answered"
    rings_s: float = 0.05
    talks_s: float | None = 0.1
    is_machine: bool = False
    greeting: Utterance | None = None
    greets_s: float = 0.1
    ends_with: str = "beep"
    detected_s: float | None = None
    detected_as: str = ""
    sip: int = 0

    @property
    def sip_code(self) -> int:
        return self.sip or SIP[self.outcome]


NOBODY = Callee("no-answer")


def new_sid(prefix: str) -> str:
    return prefix + uuid.uuid4().hex


@dataclass
class Addresses:
    """Public addresses and where they are on loopback; what is on loopback itself needs no entry."""

    reached_at: dict[str, str] = field(default_factory=dict)

    def loopback(self, url: str) -> str:
        """Raises ValueError for one that is nowhere here: a test never reaches the world outside."""
        parts = urlsplit(url)
        for public, local in self.reached_at.items():
            if parts.netloc == urlsplit(public).netloc:
                scheme = "ws" if parts.scheme.startswith("ws") else "http"
                return parts._replace(scheme=scheme, netloc=urlsplit(local).netloc).geturl()
        if parts.hostname in ("127.0.0.1", "localhost", "::1"):
            return url
        raise ValueError(f"{url} is not on loopback")


@dataclass
class Carrier:
    """`time_scale`: so many times faster than life are words, pauses and ringing; streams never are."""

    account_sid: str
    session: aiohttp.ClientSession
    webhooks: Webhooks
    loopback: Callable[[str], str]
    time_scale: float = 20.0
    # Between the document and the handshake of its stream.
    stream_delay_ms: float = 0.0
    misbehaviour: Misbehaviour | None = None
    # Those that are dialled by <Dial> or by the API; nobody answers the others.
    callees: dict[str, Callee] = field(default_factory=dict)

    def callee(self, number: str) -> Callee:
        return self.callees.get(number, NOBODY)

    def seconds(self, lasts_s: float) -> float:
        return lasts_s / self.time_scale
