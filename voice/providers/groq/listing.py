"""Which models Groq has now."""

from __future__ import annotations

import re
from typing import Any

from voice.providers.access import VendorAccess
from voice.providers.groq.model import GroqModel
from voice.providers.groq.offer import FORMATS
from voice.providers.offers import Listing, Model, Terms

# Those that hear, speak, judge or run tools of their own, by the words that their names are made of.
NO_TALKERS = frozenset({"whisper", "tts", "orpheus", "guard", "safeguard", "compound"})


async def listed(access: VendorAccess) -> Listing:
    """Raises ProviderError."""
    model = GroqModel(access)
    try:
        found = await model.models_listed()
    finally:
        await model.aclose()
    return Listing(models=tuple(_model(each) for each in found if _talks(each)))


def _talks(model: Any) -> bool:
    words = set(re.split(r"[^a-z0-9]+", str(model.id).lower()))
    return not words & NO_TALKERS and getattr(model, "active", True) is not False


def _model(model: Any) -> Model:
    name = str(model.id)
    terms = Terms(
        formats=FORMATS,
        context_tokens=_tokens(model, "context_window"),
        longest_reply_tokens=_tokens(model, "max_completion_tokens"),
    )
    return Model("groq", name, f"{name.rpartition('/')[2]} (Groq)", "", terms=terms)


def _tokens(model: Any, field: str) -> int | None:
    value = getattr(model, field, None)
    return value if isinstance(value, int) and value > 0 else None
