"""What goes wrong with a Deepgram socket, as one of our errors."""

from __future__ import annotations

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from voice.core.errors import NonsenseError, ProviderError, UnreachableError
from voice.providers.access import VendorAccess
from voice.providers.http_errors import error_for

PROVIDER = "deepgram"
# What reading a message raises that is no JSON, or not what it should be.
UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, RecursionError)


def refused(access: VendorAccess, error: InvalidStatus) -> ProviderError:
    """Of an upgrade that was answered with a status."""
    headers = error.response.headers
    return error_for(access, error.response.status_code, words=headers.get("dg-error", ""), headers=headers)


def lost(access: VendorAccess, error: Exception) -> ProviderError:
    """Of a connection that could not be made or that broke."""
    if isinstance(error, ConnectionClosed):
        code = error.rcvd.code if error.rcvd else 1006
        reason = access.hide_key(error.rcvd.reason[:200]) if error.rcvd else ""
        if code == 1008:  # DATA-0000: it cannot read our sound
            return NonsenseError(PROVIDER, f"it closed the connection (1008 {reason})")
        return UnreachableError(PROVIDER, f"it closed the connection ({code} {reason})".replace(" )", ")"))
    if isinstance(error, InvalidStatus):
        return refused(access, error)
    if isinstance(error, TimeoutError):
        return UnreachableError(PROVIDER, "it did not answer in time")
    if isinstance(error, UNREADABLE) and not isinstance(error, InvalidHandshake):
        return NonsenseError(PROVIDER, f"its answer cannot be read ({type(error).__name__})")
    return UnreachableError(PROVIDER, f"no connection ({type(error).__name__})")
