"""Who opens a socket: an API key, or a token that the Talk page fetched."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import Organisation
from accounts.roles import Permission, may
from accounts.selectors import api_key_find, membership_by_ids
from accounts.tokens import TokenInvalid, TokenUsed, talk_token_redeem
from voice.core.errors import Refusal, RefusalCode

LONGEST_CREDENTIAL = 1_000


@dataclass(frozen=True, slots=True)
class Principal:
    """The organisation a call is made for, and what must stay valid while it lasts.

    At most one of `api_key_id` and `user_id` is set. A token also fixes the agent. `person`: the name of who
    is signed in.
    """

    organisation: Organisation
    api_key_id: str = ""
    user_id: str = ""
    agent_id: str = ""
    person: str = ""


def principal_by_key(raw_key: str) -> Principal:
    """Raises Refusal."""
    api_key = api_key_find(raw_key) if 0 < len(raw_key) <= LONGEST_CREDENTIAL else None
    if api_key is None:
        raise Refusal(
            RefusalCode.UNAUTHORISED,
            "The API key is missing, unknown or revoked. Create one under Settings → API Keys.",
        )
    return Principal(api_key.organisation, api_key_id=api_key.pk)


def principal_by_token(token: str) -> Principal:
    """Uses the token up. Raises Refusal."""
    try:
        if len(token) > LONGEST_CREDENTIAL:
            raise TokenInvalid
        claim = talk_token_redeem(token)
    except TokenInvalid as error:
        message = "The token is invalid or older than a minute. Fetch a new one for each connection."
        raise Refusal(RefusalCode.UNAUTHORISED, message) from error
    except TokenUsed as error:
        message = "The token has been used. Fetch a new one for each connection."
        raise Refusal(RefusalCode.TOKEN_USED, message) from error
    membership = membership_by_ids(user_id=claim.user_id, organisation_id=claim.organisation_id)
    if membership is None or not may(membership.role, Permission.TALK):
        raise Refusal(RefusalCode.UNAUTHORISED, "You may no longer talk to this organisation's agents.")
    return Principal(
        membership.organisation,
        user_id=claim.user_id,
        agent_id=claim.agent_id,
        person=membership.user.name,
    )
