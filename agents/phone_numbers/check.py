"""Whether a call to a number would reach us: asked over the internet's way, as Twilio will ask."""

from __future__ import annotations

from dataclasses import dataclass

import httpx
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect as open_socket

from agents.models import PhoneNumber
from agents.phone_numbers.selectors import webhook_is_let_in
from agents.phone_numbers.services import phone_number_settle
from agents.phone_numbers.webhooks import PublicAddress
from agents.selectors import agent_default
from agents.twilio_account.selectors import TokenUnreadable, twilio_access_find
from voice.core.errors import ProviderError
from voice.providers.twilio.access import connect

TIME_LIMIT_S = 5.0
# How our webhook answers whoever looks at it.
OURS = "This is where Twilio asks"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, as a sentence."""

    is_well: bool
    sentence: str


def webhook_findings(phone_number: PhoneNumber, address: PublicAddress) -> list[Finding]:
    """Takes some seconds at most. Changes nothing, but where the answer to a configuring was lost."""
    found = [_secure(address), _answers(address), _takes_sockets(address), _has_agent(phone_number)]
    return [*found, *_at_twilio(phone_number, address)]


def _secure(address: PublicAddress) -> Finding:
    if address.is_secure:
        return Finding(True, "The address is public over https, as Twilio wants it.")
    return Finding(False, "The address begins with http://, and Twilio opens streams over https only.")


def _answers(address: PublicAddress) -> Finding:
    try:
        answer = httpx.get(address.voice, timeout=TIME_LIMIT_S)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Finding(False, f"{address.voice} cannot be reached ({type(error).__name__}).")
    if answer.status_code == 200 and answer.text.startswith(OURS):
        return Finding(True, "The webhook answers.")
    return Finding(False, f"{address.voice} is answered by somebody else, with {answer.status_code}.")


def _takes_sockets(address: PublicAddress) -> Finding:
    try:
        with open_socket(address.stream, open_timeout=TIME_LIMIT_S, close_timeout=1.0):
            return Finding(True, "The stream's socket opens.")
    except (OSError, TimeoutError, ValueError, WebSocketException) as error:
        cause = type(error).__name__
        return Finding(
            False, f"No socket opens at {address.stream} ({cause}): does the proxy let WebSockets through?"
        )


def _has_agent(phone_number: PhoneNumber) -> Finding:
    agent = phone_number.agent or agent_default(phone_number.organisation)
    if agent is None:
        return Finding(False, "There is no active agent that could answer.")
    if agent.deleted_at is not None or not agent.is_active:
        return Finding(False, f"{agent.name} is not active, so it takes no calls.")
    return Finding(True, f"{agent.name} answers.")


def _at_twilio(phone_number: PhoneNumber, address: PublicAddress) -> list[Finding]:
    """Nothing where no account is stored."""
    try:
        access = twilio_access_find(phone_number.organisation)
        if access is None:
            return []
        at_twilio = connect(access).number_find(phone_number.number)
    except TokenUnreadable:
        return [Finding(False, "The stored token of Twilio cannot be read any more. Store it again.")]
    except ProviderError as error:
        return [Finding(False, f"Twilio: {error.message}.")]
    if at_twilio is None:
        return [Finding(False, f"The Twilio account has no number {phone_number.number}.")]
    phone_number_settle(phone_number=phone_number, voice_url=at_twilio.voice_url)
    return [_asks_us(phone_number, address, at_twilio.voice_url)]


def _asks_us(phone_number: PhoneNumber, address: PublicAddress, voice_url: str) -> Finding:
    if voice_url.partition("?")[0] != address.voice:
        return Finding(False, "The number at Twilio asks another address. Press “Configure at Twilio”.")
    if not webhook_is_let_in(organisation=phone_number.organisation, voice_url=voice_url):
        message = (
            "The number at Twilio asks this address with a key that is not good. Press “Configure at Twilio”."
        )
        return Finding(False, message)
    return Finding(True, "The number at Twilio asks this address.")
