"""What callers are told before a call that is recorded, where the agent's form says nothing else."""

from __future__ import annotations

NOTICES = {
    "en": "This call is recorded.",
    "de": "Dieses Gespräch wird aufgezeichnet.",
    "fr": "Cet appel est enregistré.",
    "es": "Esta llamada se graba.",
}


def notice_in(language: str) -> str:
    """In the agent's language; English where there is no translation."""
    return NOTICES.get(language.split("-")[0].lower(), NOTICES["en"])
