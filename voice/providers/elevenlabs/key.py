"""Whether ElevenLabs takes a key."""

from __future__ import annotations

import asyncio

import httpx
from elevenlabs.client import AsyncElevenLabs
from elevenlabs.core.api_error import ApiError

from voice.core.errors import UnreachableError
from voice.providers.access import VendorAccess
from voice.providers.elevenlabs.errors import of_body

LIMIT_S = 5.0


async def check(access: VendorAccess) -> str:
    """What the key gives, in a few words. Raises ProviderError with ElevenLabs' own, without the key."""
    async with httpx.AsyncClient(timeout=LIMIT_S) as http:
        client = AsyncElevenLabs(api_key=access.api_key, base_url=access.base_url or None, httpx_client=http)
        try:
            async with asyncio.timeout(LIMIT_S):
                found = await client.voices.get_all(request_options={"max_retries": 0})
        except ApiError as error:
            raise of_body(access, error.status_code or 0, error.body) from None
        except (TimeoutError, httpx.HTTPError, ValueError) as error:
            raise UnreachableError(access.vendor, f"no answer ({type(error).__name__})") from None
    return f"{len(found.voices or [])} voices"
