"""Whether Groq takes a key."""

from __future__ import annotations

from voice.providers.access import VendorAccess
from voice.providers.groq.model import GroqModel


async def check(access: VendorAccess) -> str:
    """What the key gives, in a few words. Raises ProviderError with Groq's own, without the key."""
    model = GroqModel(access)
    try:
        return f"{len(await model.models())} models"
    finally:
        await model.aclose()
