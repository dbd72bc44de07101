"""How a server of one's own is reached through OpenAI's SDK."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx2
import openai

from voice.core.errors import RequestError
from voice.providers.access import VendorAccess
from voice.providers.answer_size import UNCOMPRESSED, size_limit

READ_LIMIT_S = 10.0
CONNECT_LIMIT_S = 2.0
KEPT_S = 120.0
MOST_CONNECTIONS = 200


def address(base_url: str) -> str:
    """With or without the path, which is /v1 nearly everywhere."""
    base_url = base_url.rstrip("/")
    return base_url if urlsplit(base_url).path else f"{base_url}/v1"


def new_http(vendor: str) -> httpx2.AsyncClient:
    """Connections whose answers are bounded. They follow no redirection: nobody allowed that address."""
    return httpx2.AsyncClient(
        timeout=httpx2.Timeout(READ_LIMIT_S, connect=CONNECT_LIMIT_S, pool=CONNECT_LIMIT_S),
        limits=httpx2.Limits(max_connections=MOST_CONNECTIONS, keepalive_expiry=KEPT_S),
        event_hooks={"response": [size_limit(httpx2, vendor)]},
        follow_redirects=False,
    )


def new_client(access: VendorAccess, http: httpx2.AsyncClient) -> openai.AsyncOpenAI:
    """Raises RequestError for an address that is none."""
    try:
        return openai.AsyncOpenAI(
            api_key=access.api_key or "none",  # local servers want none, the SDK does
            base_url=address(access.base_url),
            max_retries=0,
            timeout=http.timeout,
            default_headers=UNCOMPRESSED,
            http_client=http,
        )
    except (httpx2.InvalidURL, ValueError) as error:
        raise RequestError(access.vendor, f"its address cannot be used: {error}") from None
