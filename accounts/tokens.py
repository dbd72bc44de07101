"""Tokens that open one conversation, once, within a minute: the Talk page's, and a phone stream's."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.core import signing
from django.core.cache import cache

TALK_SALT = "voicex.talk"
STREAM_SALT = "voicex.stream"
OUTBOUND_SALT = "voicex.outbound"
LIFE_S = 60
# Longer than any call with all that its carrier tells of it.
CALL_LIFE_S = 24 * 3600


class TokenInvalid(Exception):
    """Forged, made for something else, or older than a minute."""


class TokenUsed(Exception):
    """It has opened a conversation before."""


@dataclass(frozen=True, slots=True)
class TalkClaim:
    organisation_id: str
    agent_id: str
    user_id: str


@dataclass(frozen=True, slots=True)
class StreamClaim:
    """An admitted phone call whose sound comes over a stream. `carrier_sid`: the carrier's own id of it."""

    organisation_id: str
    call_id: str
    carrier_sid: str


def talk_token_create(*, organisation_id: str, agent_id: str, user_id: str) -> str:
    return _token({"o": organisation_id, "a": agent_id, "u": user_id}, TALK_SALT)


def talk_token_redeem(token: str) -> TalkClaim:
    """Uses the token up. Raises TokenInvalid or TokenUsed."""
    organisation_id, agent_id, user_id, token_id = _claim(token, TALK_SALT, ("o", "a", "u", "j"))
    # Kept a little longer than the token lives, so that no clock edge lets it in twice.
    _use_up(f"{TALK_SALT}-token:{token_id}", LIFE_S * 2)
    return TalkClaim(organisation_id, agent_id, user_id)


def stream_token_create(*, organisation_id: str, call_id: str, carrier_sid: str) -> str:
    return _token({"o": organisation_id, "c": call_id, "s": carrier_sid}, STREAM_SALT)


def stream_token_redeem(token: str) -> StreamClaim:
    """Uses up all tokens of the call, which has one stream. Raises TokenInvalid or TokenUsed."""
    organisation_id, call_id, carrier_sid = _claim(token, STREAM_SALT, ("o", "c", "s"))
    _use_up(f"{STREAM_SALT}-call:{call_id}", CALL_LIFE_S)
    return StreamClaim(organisation_id, call_id, carrier_sid)


def outbound_token_create(call_id: str) -> str:
    """For the addresses that a carrier is given with a call that we make: it names the call, many times."""
    return signing.TimestampSigner(salt=OUTBOUND_SALT).sign(call_id)


def outbound_token_read(token: str) -> str:
    """The call's id. Raises TokenInvalid."""
    try:
        return signing.TimestampSigner(salt=OUTBOUND_SALT).unsign(token, max_age=CALL_LIFE_S)
    except signing.BadSignature as error:
        raise TokenInvalid from error


def _token(claim: dict[str, str], salt: str) -> str:
    return signing.dumps({**claim, "j": secrets.token_urlsafe(12)}, salt=salt)


def _claim(token: str, salt: str, names: tuple[str, ...]) -> tuple[str, ...]:
    try:
        claim = signing.loads(token, salt=salt, max_age=LIFE_S)
        return tuple(str(claim[name]) for name in names)
    except (signing.BadSignature, ValueError, KeyError, TypeError) as error:
        raise TokenInvalid from error


def _use_up(key: str, for_s: int) -> None:
    if not cache.add(key, 1, timeout=for_s):
        raise TokenUsed
