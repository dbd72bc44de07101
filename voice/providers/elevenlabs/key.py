"""Whether ElevenLabs takes a key."""

from __future__ import annotations

from voice.providers.access import VendorAccess
from voice.providers.elevenlabs.listing import voices_of

LIMIT_S = 5.0


async def check(access: VendorAccess) -> str:
    """What the key gives, in a few words. Raises ProviderError with ElevenLabs' own, without the key."""
    return f"{len(await voices_of(access, LIMIT_S))} voices"
