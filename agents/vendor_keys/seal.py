"""Encrypts organisations' vendor keys for the database, under this installation's CREDENTIALS_KEYS."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Unreadable(Exception):
    """It was sealed under another key, for another organisation or vendor, or has been changed."""


@dataclass(frozen=True, slots=True)
class Secret:
    """What is sealed. The key stands with whom it belongs to and where it may be sent: a sealed key that is
    moved to another organisation's row, or whose row is given another address, does not open."""

    organisation_id: str
    vendor: str
    base_url: str
    api_key: str = field(repr=False)


def seal(secret: Secret) -> str:
    words = [secret.organisation_id, secret.vendor, secret.base_url, secret.api_key]
    return _fernet().encrypt(json.dumps(words).encode()).decode()


def unseal(sealed: str, *, organisation_id: str, vendor: str, base_url: str) -> Secret:
    """Raises Unreadable."""
    try:
        found = Secret(*json.loads(_fernet().decrypt(sealed.encode())))
    except (InvalidToken, ValueError, TypeError):
        raise Unreadable from None
    if (found.organisation_id, found.vendor, found.base_url) != (organisation_id, vendor, base_url):
        raise Unreadable
    return found


def resealed(sealed: str) -> str:
    """Under the newest key. Raises Unreadable."""
    try:
        return _fernet().rotate(sealed.encode()).decode()
    except InvalidToken:
        raise Unreadable from None


def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.CREDENTIALS_KEYS])
