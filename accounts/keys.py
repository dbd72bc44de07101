"""API keys as text: how they are made, shown and turned into what is stored."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from django.conf import settings

KEY_START = "vx_"
RANDOM_BYTES = 32  # 43 characters
SHOWN_LENGTH = len(KEY_START) + 8


def new_key() -> str:
    return KEY_START + secrets.token_urlsafe(RANDOM_BYTES)


def key_digest(raw_key: str) -> str:
    """Peppered HMAC-SHA-256 in hex. A slow hash would buy nothing: the key is 256 random bits."""
    return hmac.new(
        settings.API_KEY_PEPPER.encode(), raw_key.encode("utf-8", "surrogatepass"), hashlib.sha256
    ).hexdigest()
