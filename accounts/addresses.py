"""Who calls and under which address we are known: forwarded headers count only from trusted proxies."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = "unknown"


def client_address(source: HttpRequest | Mapping[str, Any]) -> str:
    """The caller's address, of a request or an ASGI scope.

    Behind trusted proxies it is the nearest address in X-Forwarded-For that is none of them; what stands to
    the left of it was written by the caller and says nothing.
    """
    if isinstance(source, HttpRequest):
        peer = str(source.META.get("REMOTE_ADDR") or "")
        forwarded = str(source.META.get("HTTP_X_FORWARDED_FOR") or "")
    else:
        peer = str((source.get("client") or ("",))[0] or "")
        forwarded = ",".join(
            value.decode("latin-1") for name, value in source.get("headers", ()) if name == b"x-forwarded-for"
        )
    nearest = peer
    for hop in reversed(forwarded.split(",")):
        if not is_trusted_proxy(nearest):
            break
        address = _parsed(hop)
        if address is None:
            break
        nearest = str(address)
    address = _parsed(nearest)
    return str(address) if address else UNKNOWN


def is_trusted_proxy(address: str) -> bool:
    """Whether forwarded headers from this peer count. "unix" in TRUSTED_PROXIES: a Unix socket."""
    parsed = _parsed(address)
    if parsed is None:
        return "unix" in settings.TRUSTED_PROXIES
    return any(parsed in network for network in _networks(tuple(settings.TRUSTED_PROXIES)))


def absolute_url(path: str, request: HttpRequest) -> str:
    """`path` (from the root) under PUBLIC_URL, or under the request's own host where that is not set."""
    return f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else request.build_absolute_uri(path)


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        parsed = ip_address(address.strip())
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return mapped or parsed


@lru_cache
def _networks(proxies: tuple[str, ...]) -> list[IPv4Network | IPv6Network]:
    return [ip_network(proxy, strict=False) for proxy in proxies if proxy != "unix"]
