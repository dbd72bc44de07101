"""So many a minute: for what costs a vendor's money or could be used to guess."""

from __future__ import annotations

from django.core.cache import cache


def within_limit(name: str, most: int) -> bool:
    """Counts one more under this name; False when there were more than `most` in this minute."""
    key = f"minute-limit:{name}"
    if cache.add(key, 1, timeout=60):
        return True
    try:
        return cache.incr(key) <= most
    except ValueError:  # it expired between the two
        return True
