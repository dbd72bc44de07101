"""A phone number as Twilio has it, and what it is to ask; without Twilio's SDK."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NumberAtTwilio:
    """A phone number as Twilio has it. `voice_url` is what it asks when somebody calls, unless `goes_before`
    names what Twilio asks instead."""

    sid: str
    number: str
    voice_url: str
    goes_before: str = ""


@dataclass(frozen=True, slots=True)
class Webhooks:
    """What a phone number is to ask, all with POST."""

    voice_url: str
    fallback_url: str
    status_url: str
