"""Text as every database takes it."""

from __future__ import annotations


def clean_text(value: object) -> str:
    """What every database takes: no NUL, no half of a surrogate pair."""
    if not isinstance(value, str):
        return ""
    return value.replace("\0", "").encode("utf-8", "replace").decode()
