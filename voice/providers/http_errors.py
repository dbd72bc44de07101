"""A vendor's refusal over HTTP as one of our errors: which it is depends on status and code alone."""

from __future__ import annotations

from collections.abc import Mapping

from voice.core.errors import (
    CredentialsError,
    ProviderError,
    QuotaError,
    RateLimitError,
    RequestError,
    UnreachableError,
)
from voice.providers.access import VendorAccess

LONGEST_WORDS = 300
LONGEST_CODE = 60
# ElevenLabs tells of a used-up quota with 401; Groq of a single request above the minute's tokens with 413.
QUOTA_CODES = frozenset({"quota_exceeded", "insufficient_quota", "billing_hard_limit_reached"})
RATE_CODES = frozenset(
    {"rate_limit_exceeded", "too_many_concurrent_requests", "concurrent_limit_exceeded", "system_busy"}
)


def error_for(
    access: VendorAccess,
    status: int,
    *,
    code: str = "",
    words: str = "",
    headers: Mapping[str, str] | None = None,
) -> ProviderError:
    """`code` and `words`: the vendor's own, which the message repeats without the key and cut to size."""
    vendor = access.vendor
    told = access.hide_key(" ".join(words.split()))[:LONGEST_WORDS]
    named = access.hide_key(code)[:LONGEST_CODE]
    message = f"it answered {status}{f' ({named})' if named else ''}{f': {told}' if told else ''}"
    if code in QUOTA_CODES or status == 402:
        return QuotaError(vendor, message)
    if status == 429 or code in RATE_CODES:
        return RateLimitError(vendor, message, retry_after_s(headers or {}))
    if status in (401, 403):
        return CredentialsError(vendor, message)
    if status in (408, 409, 425, 498) or status >= 500:
        return UnreachableError(vendor, message)
    return RequestError(vendor, message)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds, as all vendors here send it; a date or nonsense is no answer."""
    try:
        wait_s = float(headers.get("retry-after") or "")
    except ValueError:
        return None
    return wait_s if 0 <= wait_s < 86_400 else None
