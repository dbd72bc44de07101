"""Which transcribers and voices Deepgram has now, of those that our adapters can use."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import httpx
from deepgram import AsyncDeepgramClient
from deepgram.core.api_error import ApiError

from voice.core.errors import UnreachableError
from voice.providers.access import VendorAccess
from voice.providers.answer_size import UNCOMPRESSED, size_limit
from voice.providers.catalog import LANGUAGES
from voice.providers.deepgram.offer import FLUX_TERMS, NOVA_TERMS, VOICE_TERMS
from voice.providers.deepgram.transcriber import environment
from voice.providers.http_errors import error_for
from voice.providers.offers import Listing, TranscriberModel, Voice

LIMIT_S = 15.0
VOICE_NAME = re.compile(r"aura-2-(\w+)-en")


async def listed(access: VendorAccess) -> Listing:
    """Raises ProviderError."""
    bound = {"response": [size_limit(httpx, access.vendor)]}
    async with httpx.AsyncClient(timeout=LIMIT_S, headers=UNCOMPRESSED, event_hooks=bound) as http:
        client = AsyncDeepgramClient(
            api_key=access.api_key, httpx_client=http, **environment(access.base_url)
        )
        try:
            async with asyncio.timeout(LIMIT_S):
                found = await client.manage.v1.models.list()
        except ApiError as error:
            body = error.body if isinstance(error.body, dict) else {}
            words = str(body.get("err_msg") or body.get("message") or "")
            raise error_for(
                access, error.status_code or 0, code=str(body.get("err_code") or ""), words=words
            ) from None
        except (TimeoutError, httpx.HTTPError, ValueError) as error:
            raise UnreachableError(access.vendor, f"no answer ({type(error).__name__})") from None
    ears = {ear.model: ear for each in found.stt or [] if (ear := _transcriber(each))}
    voices = {voice.id: voice for each in found.tts or [] if (voice := _voice(each))}
    return Listing(voices=tuple(voices.values()), transcribers=tuple(ears.values()))


def _transcriber(model: Any) -> TranscriberModel | None:
    """A family's general model goes by the family's name."""
    name = str(model.canonical_name or "")
    family = str(model.architecture or "")
    if name == f"{family}-general":
        name = family
    is_flux = name.startswith("flux-")
    if not is_flux and not (name == "nova-3" or name.startswith("nova-3-")):
        return None
    spoken = [str(each).lower() for each in model.languages or []]
    languages = tuple(each.code for each in LANGUAGES if _speaks(spoken, each.code.lower()))
    terms = FLUX_TERMS if is_flux else NOVA_TERMS
    return TranscriberModel("deepgram", name, f"{name} (Deepgram)", languages, "", terms=terms)


def _speaks(spoken: list[str], code: str) -> bool:
    return code in spoken or code.split("-")[0] in spoken


def _voice(model: Any) -> Voice | None:
    voice_id = str(model.canonical_name or "")
    if VOICE_NAME.fullmatch(voice_id) is None:
        return None
    about = model.metadata
    tags = [str(tag).lower() for tag in getattr(about, "tags", None) or []]
    sex = {"feminine": "female", "masculine": "male"}
    return Voice(
        "deepgram",
        voice_id,
        f"{voice_id.split('-')[2].capitalize()} (Deepgram)",
        ("en-US", "en-GB"),
        str(getattr(about, "accent", None) or ""),
        next((sex[tag] for tag in tags if tag in sex), ""),
        "",
        terms=VOICE_TERMS,
    )
