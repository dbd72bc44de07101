"""ElevenLabs' refusals, over HTTP and in the socket, as our errors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from websockets.http11 import Response

from voice.core.errors import ProviderError
from voice.providers.access import VendorAccess
from voice.providers.http_errors import error_for

PROVIDER = "elevenlabs"
# What the socket says instead of a status.
STATUS_OF = {
    "invalid_api_key": 401,
    "quota_exceeded": 401,
    "detected_unusual_activity": 401,
    "voice_not_found": 404,
    "model_not_found": 404,
    "invalid_input_message": 400,
    "input_timeout_exceeded": 408,
    "rate_limit_exceeded": 429,
    "system_busy": 429,
    "too_many_concurrent_requests": 429,
    "concurrent_limit_exceeded": 429,
}


def refused(access: VendorAccess, response: Response) -> ProviderError:
    """Of an upgrade that was answered with a status."""
    try:
        body = json.loads(response.body or b"{}")
    except ValueError:
        body = {}
    return of_body(access, response.status_code, body, dict(response.headers.raw_items()))


def of_body(
    access: VendorAccess, status: int, body: Any, headers: Mapping[str, str] | None = None
) -> ProviderError:
    """`detail` is an object of two generations, a list of a validator's complaints, or a sentence."""
    detail = body.get("detail", body) if isinstance(body, dict) else body
    if isinstance(detail, list) and detail:
        detail = detail[0]
    if not isinstance(detail, dict):
        return error_for(access, status, words=str(detail or ""), headers=headers)
    code = str(detail.get("code") or detail.get("status") or "")
    words = str(detail.get("message") or detail.get("msg") or "")
    return error_for(access, status, code=code, words=words, headers=headers)


def told(access: VendorAccess, message: Mapping[str, Any]) -> ProviderError:
    """Of an error message in the socket, before it closes with 1008."""
    code = str(message.get("error") or "")
    return error_for(access, STATUS_OF.get(code, 503), code=code, words=str(message.get("message") or ""))
