"""Whether a call to a number would reach us: asked over the internet's way, as Twilio will ask."""

from __future__ import annotations

from dataclasses import dataclass

import httpx
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect as open_socket

from agents.catalogue.obstacle import obstacle_of
from agents.catalogue.selectors import catalogue_of
from agents.models import Agent, PhoneNumber
from agents.phone_numbers.selectors import webhook_is_let_in
from agents.phone_numbers.services import phone_number_settle
from agents.phone_numbers.webhooks import PublicAddress, agent_id_in
from agents.selectors import agent_default, agent_find, agent_spec
from agents.twilio_account.selectors import TokenUnreadable, twilio_access_find
from voice.core.errors import ProviderError
from voice.providers.twilio.access import connect
from voice.providers.twilio.phone_number import NumberAtTwilio

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
    found = [_secure(address), _answers(address), _takes_sockets(address)]
    at_twilio, asks = _at_twilio(phone_number, address)
    return [*found, _has_agent(phone_number, agent_id_in(asks)), *at_twilio]


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


def _has_agent(phone_number: PhoneNumber, agent_id: str) -> Finding:
    """`agent_id`: whom the address at Twilio names; it goes before the number's own."""
    organisation = phone_number.organisation
    if agent_id:
        named = agent_find(organisation=organisation, agent_id=agent_id)
        if named is None:
            return Finding(False, "The address at Twilio names an agent that is not there.")
        return _answering(named)
    agent = phone_number.agent or agent_default(organisation)
    return _answering(agent) if agent else Finding(False, "There is no active agent that could answer.")


def _answering(agent: Agent) -> Finding:
    if agent.deleted_at is not None or not agent.is_active or agent.current_version is None:
        return Finding(False, f"{agent.name} is not active, so it takes no calls.")
    obstacle = obstacle_of(catalogue_of(agent.organisation), agent_spec(agent.current_version))
    if obstacle is not None:
        return Finding(False, f"{agent.name} takes no calls: {obstacle.sentences}")
    return Finding(True, f"{agent.name} answers.")


def _at_twilio(phone_number: PhoneNumber, address: PublicAddress) -> tuple[list[Finding], str]:
    """Nothing where no account is stored. And the address at Twilio, where it is ours."""
    try:
        access = twilio_access_find(phone_number.organisation)
        if access is None:
            return [], ""
        at_twilio = connect(access).number_find(phone_number.number)
    except TokenUnreadable:
        return [Finding(False, "The stored token of Twilio cannot be read any more. Store it again.")], ""
    except ProviderError as error:
        return [Finding(False, f"Twilio: {error.message}.")], ""
    if at_twilio is None:
        return [Finding(False, f"The Twilio account has no number {phone_number.number}.")], ""
    phone_number_settle(phone_number=phone_number, voice_url=at_twilio.voice_url)
    finding = _asks_us(phone_number, address, at_twilio)
    return [finding], at_twilio.voice_url if finding.is_well else ""


def _asks_us(phone_number: PhoneNumber, address: PublicAddress, at_twilio: NumberAtTwilio) -> Finding:
    if at_twilio.goes_before:
        message = f"The number at Twilio is set to {at_twilio.goes_before}, not to an address."
        return Finding(False, f"{message} Press “Configure at Twilio”.")
    if at_twilio.voice_url.partition("?")[0] != address.voice:
        return Finding(False, "The number at Twilio asks another address. Press “Configure at Twilio”.")
    if not webhook_is_let_in(organisation=phone_number.organisation, voice_url=at_twilio.voice_url):
        message = (
            "The number at Twilio asks this address with a key that is not good. Press “Configure at Twilio”."
        )
        return Finding(False, message)
    return Finding(True, "The number at Twilio asks this address.")
