"""Whether Deepgram takes a key."""

from __future__ import annotations

import asyncio

import httpx
from deepgram import AsyncDeepgramClient
from deepgram.core.api_error import ApiError

from voice.core.errors import UnreachableError
from voice.providers.access import VendorAccess
from voice.providers.answer_size import UNCOMPRESSED, size_limit
from voice.providers.deepgram.transcriber import environment
from voice.providers.http_errors import error_for

LIMIT_S = 5.0


async def check(access: VendorAccess) -> str:
    """What the key gives, in a few words. Raises ProviderError with Deepgram's own, without the key."""
    bound = {"response": [size_limit(httpx, access.vendor)]}
    async with httpx.AsyncClient(timeout=LIMIT_S, headers=UNCOMPRESSED, event_hooks=bound) as http:
        client = AsyncDeepgramClient(
            api_key=access.api_key, httpx_client=http, **environment(access.base_url)
        )
        projects = client.manage.v1.projects  # imports half of the SDK, which is not the vendor's time
        try:
            async with asyncio.timeout(LIMIT_S):
                found = await projects.list()
        except ApiError as error:
            body = error.body if isinstance(error.body, dict) else {}
            words = str(body.get("err_msg") or body.get("message") or "")
            code = str(body.get("err_code") or "")
            raise error_for(access, error.status_code or 0, code=code, words=words) from None
        except (TimeoutError, httpx.HTTPError, ValueError) as error:
            raise UnreachableError(access.vendor, f"no answer ({type(error).__name__})") from None
    return f"{len(found.projects or [])} projects"
