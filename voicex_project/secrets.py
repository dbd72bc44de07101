"""Secrets that an installation makes for itself at its first start and never remakes."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


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
