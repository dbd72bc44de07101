"""How an account at Twilio is reached. Its SDK takes 25 MB, so it is imported when it is first used."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from voice.providers.twilio.rest import TwilioRest


@dataclass(frozen=True, slots=True)
class TwilioAccess:
    """`base_url`: another address than Twilio's own, without a path. Never printed with its token."""

    account_sid: str
    auth_token: str = field(repr=False)
    base_url: str = ""


def connect(access: TwilioAccess) -> TwilioRest:
    """Raises nothing; asks nothing yet."""
    return cast("TwilioRest", import_module("voice.providers.twilio.rest").TwilioRest(access))
