"""Tokens of the Talk page: they open one conversation with one agent, once, within a minute."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.core import signing
from django.core.cache import cache

SALT = "voicex.talk"
TALK_TOKEN_LIFE_S = 60


class TokenInvalid(Exception):
    """Forged, made for something else, or older than a minute."""


class TokenUsed(Exception):
    """It has opened a conversation before."""


@dataclass(frozen=True, slots=True)
class TalkClaim:
    organisation_id: str
    agent_id: str
    user_id: str


def talk_token_create(*, organisation_id: str, agent_id: str, user_id: str) -> str:
    claim = {"o": organisation_id, "a": agent_id, "u": user_id, "j": secrets.token_urlsafe(12)}
    return signing.dumps(claim, salt=SALT)


def talk_token_redeem(token: str) -> TalkClaim:
    """Uses the token up. Raises TokenInvalid or TokenUsed."""
    try:
        claim = signing.loads(token, salt=SALT, max_age=TALK_TOKEN_LIFE_S)
        found = TalkClaim(organisation_id=claim["o"], agent_id=claim["a"], user_id=claim["u"])
        token_id = claim["j"]
    except (signing.BadSignature, ValueError, KeyError, TypeError) as error:
        raise TokenInvalid from error
    # Kept a little longer than the token lives, so that no clock edge lets it in twice.
    if not cache.add(f"talk-token:{token_id}", 1, timeout=TALK_TOKEN_LIFE_S * 2):
        raise TokenUsed
    return found
