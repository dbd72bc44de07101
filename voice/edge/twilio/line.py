"""One call as a webhook tells of it: whose it is, which number was dialled, in which language to speak."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.http import HttpRequest, QueryDict

from accounts.models import Organisation
from agents.models import Agent, PhoneNumber
from agents.phone_numbers.selectors import phone_number_called
from agents.selectors import agent_default, agent_find
from voice.core.errors import Refusal, RefusalCode
from voice.edge.twilio.party import party

CARRIER_SID = re.compile(r"[A-Za-z0-9]{2,64}")


@dataclass(slots=True)
class Line:
    """Filled as far as is known: what is said when something fails is said with what was known until then."""

    organisation: Organisation | None = None
    number: PhoneNumber | None = None
    agent_id: str = ""
    # An agent made the call: who is on the line has asked for nothing.
    is_outbound: bool = False

    def dialled(self, organisation: Organisation, number: str, agent_id: str = "") -> None:
        """`agent_id`: the one that is asked for; it goes before the number's own."""
        self.organisation = organisation
        self.number = phone_number_called(organisation=organisation, number=number)
        own = self.number.agent_id if self.number else None
        self.agent_id = agent_id or own or ""

    @property
    def language(self) -> str:
        """Of the agent that was meant to answer, also when it does not; empty where that is unknown."""
        if self.organisation is None:
            return ""
        agent = (
            agent_find(organisation=self.organisation, agent_id=self.agent_id)
            if self.agent_id
            else agent_default(self.organisation)
        )
        return language_of(agent)


def language_of(agent: Agent | None) -> str:
    version = agent.current_version if agent else None
    return str(version.settings.get("language") or "") if version else ""


def form_of(request: HttpRequest) -> QueryDict:
    """What Twilio tells: a form, or the address's own query where the number is set to GET."""
    return request.POST if request.method == "POST" else request.GET


def carrier_sid_of(request: HttpRequest) -> str:
    """Raises Refusal for what is no call of Twilio's."""
    carrier_sid = form_of(request).get("CallSid", "")
    if not CARRIER_SID.fullmatch(carrier_sid):
        raise Refusal(RefusalCode.MALFORMED, "There is no CallSid: this is no request of Twilio's.")
    return carrier_sid


def number_in(request: HttpRequest, name: str) -> str:
    """E.164, or an address where the carrier tells of one; empty for who is not named."""
    return party(form_of(request).get(name, ""))
