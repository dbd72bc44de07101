"""Which voices the account at ElevenLabs has now."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
from elevenlabs.client import AsyncElevenLabs
from elevenlabs.core.api_error import ApiError

from voice.core.errors import UnreachableError
from voice.providers.access import VendorAccess
from voice.providers.answer_size import UNCOMPRESSED, size_limit
from voice.providers.elevenlabs.errors import of_body
from voice.providers.elevenlabs.offer import LANGUAGES, PROVIDER, TERMS
from voice.providers.offers import Listing, Voice

LIMIT_S = 15.0
MOST_VOICES = 500
SEXES = ("female", "male")


async def listed(access: VendorAccess) -> Listing:
    """Raises ProviderError."""
    return Listing(voices=tuple(_voice(each) for each in (await voices_of(access))[:MOST_VOICES]))


async def voices_of(access: VendorAccess, limit_s: float = LIMIT_S) -> list[Any]:
    """As the SDK has them. Raises ProviderError with ElevenLabs' own, without the key."""
    bound = {"response": [size_limit(httpx, access.vendor)]}
    async with httpx.AsyncClient(timeout=limit_s, headers=UNCOMPRESSED, event_hooks=bound) as http:
        client = AsyncElevenLabs(api_key=access.api_key, base_url=access.base_url or None, httpx_client=http)
        try:
            async with asyncio.timeout(limit_s):
                found = await client.voices.get_all(request_options={"max_retries": 0})
        except ApiError as error:
            raise of_body(access, error.status_code or 0, error.body) from None
        except (TimeoutError, httpx.HTTPError, ValueError) as error:
            raise UnreachableError(access.vendor, f"no answer ({type(error).__name__})") from None
    return list(found.voices or [])


def _voice(voice: Any) -> Voice:
    labels = voice.labels if isinstance(voice.labels, dict) else {}
    sex = str(labels.get("gender", ""))
    return Voice(
        PROVIDER,
        str(voice.voice_id),
        f"{voice.name or voice.voice_id} (ElevenLabs)",
        LANGUAGES,
        str(labels.get("accent", "")).capitalize(),
        sex if sex in SEXES else "",
        str(labels.get("description", "")).capitalize(),
        terms=TERMS,
    )
