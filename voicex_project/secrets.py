"""Secrets that an installation makes for itself at its first start and never remakes."""

from __future__ import annotations

import os
import re
import secrets
from base64 import urlsafe_b64decode
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

ENCRYPTION_KEY_BYTES = 32


def installation_secret(folder: Path, name: str, random_bytes: int = 48) -> str:
    """The secret kept in folder/name, made (0600) if it is not there. Raises OSError if it cannot be kept."""
    path = folder / name
    for each in (folder.parent, folder):  # the data folder too: transcripts are nobody else's
        each.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Two processes may start at once: whoever links the complete file first wins, the other reads it.
    if not path.exists():
        draft = folder / f".{name}.{os.getpid()}"
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(random_bytes))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()


def encryption_keys(text: str) -> list[str]:
    """Fernet keys, separated by commas or white space: the first encrypts, all decrypt.

    Raises ImproperlyConfigured.
    """
    found = [key.rstrip("=") + "=" for key in re.split(r"[\s,]+", text) if key]
    for key in found:
        try:
            length = len(urlsafe_b64decode(key))
        except ValueError:
            length = 0
        if length != ENCRYPTION_KEY_BYTES:
            raise ImproperlyConfigured("CREDENTIALS_KEYS must be Fernet keys, and one of them is none.")
    if not found:
        raise ImproperlyConfigured("CREDENTIALS_KEYS must hold a Fernet key.")
    return found
