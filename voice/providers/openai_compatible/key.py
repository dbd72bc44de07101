"""Whether a server of one's own answers."""

from __future__ import annotations

from voice.providers.access import VendorAccess
from voice.providers.openai_compatible.model import OpenAICompatibleModel


async def check(access: VendorAccess) -> str:
    """What it has, in a few words. Raises ProviderError with its own, without the key."""
    model = OpenAICompatibleModel(access)
    try:
        return f"{len(await model.models())} models"
    finally:
        await model.aclose()
