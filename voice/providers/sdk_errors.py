"""What Groq's and OpenAI's SDKs raise, as one of our errors; both are made by the same generator."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from voice.core.errors import NonsenseError, ProviderError, UnreachableError
from voice.providers.access import VendorAccess
from voice.providers.http_errors import error_for


class SdkErrors:
    """Of one vendor, whose `sdk` stands on the HTTP client of `http`."""

    def __init__(self, access: VendorAccess, sdk: ModuleType, http: ModuleType) -> None:
        self._access = access
        self._sdk = sdk
        # Once an answer streams, the SDK wraps nothing. JSON that is nested too deeply is a RecursionError.
        self.kinds: tuple[type[Exception], ...] = (sdk.APIError, http.HTTPError, ValueError, RecursionError)
        self._broken = http.HTTPError

    def named(self, error: Exception) -> ProviderError:
        vendor, sdk = self._access.vendor, self._sdk
        if isinstance(error, sdk.APIStatusError):
            return self._refused(error)
        if isinstance(error, sdk.APITimeoutError):
            return UnreachableError(vendor, "it did not answer in time")
        if isinstance(error, sdk.APIConnectionError):
            if isinstance(error.__cause__, ProviderError):
                return error.__cause__
            return UnreachableError(vendor, f"no connection ({type(error.__cause__).__name__})")
        if isinstance(error, sdk.APIError):  # an error event within the stream
            return UnreachableError(vendor, f"it broke off: {self.told(error)}")
        if isinstance(error, self._broken):
            return UnreachableError(vendor, f"its answer broke off ({type(error).__name__})")
        return NonsenseError(vendor, f"its answer cannot be read ({type(error).__name__})")

    def told(self, words: object) -> str:
        """The vendor's own, without the key and cut to size."""
        return self._access.hide_key(str(words))[:200]

    def _refused(self, error: Any) -> ProviderError:
        body = error.body if isinstance(error.body, dict) else {}
        inner = body.get("error")
        detail = inner if isinstance(inner, dict) else body
        return error_for(
            self._access,
            error.status_code,
            code=str(detail.get("code") or ""),
            words=str(detail.get("message") or inner or ""),
            headers=error.response.headers,
        )
