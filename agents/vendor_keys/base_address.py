"""Addresses of vendors that customers name: ours must not be made to talk to a network that is not theirs.

Names are looked up when an address is saved and again before each use. A name that answers differently a
moment later still meets TLS: only https is allowed, and a private host has no certificate for that name.
"""

from __future__ import annotations

import asyncio
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from django.conf import settings

from voice.core.errors import RequestError, UnreachableError
from voice.providers.access import VendorAccess

# Stricter than the standard, so that every reader of the address sees the same host in it.
SHAPE = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?")
# RFC 6052: the last 32 bits are an IPv4 address, which Python takes for a public one whatever it is.
NAT64 = IPv6Network("64:ff9b::/96")
RESOLVE_LIMIT_S = 3.0
# A customer's name server that does not answer holds up nobody but customers with addresses of their own.
_resolvers = ThreadPoolExecutor(4, thread_name_prefix="vendor-addresses")


def why_not_an_address(base_url: str) -> str:
    """What is wrong with how it is written, as a sentence; empty if nothing is."""
    if not SHAPE.fullmatch(base_url) or _port(base_url) is None:
        return "Enter an address like https://api.example.com, without a question mark or a name before an @."
    if not settings.PRIVATE_VENDOR_ADDRESSES and not base_url.startswith("https://"):
        return "The address must begin with https://."
    return ""


async def check_own_address(access: VendorAccess) -> None:
    """Before each use of an organisation's own key; this installation's addresses are whatever it wants.

    Raises as `check_address`.
    """
    if access.key_id:
        await check_address(access.vendor, access.base_url)


async def check_address(vendor: str, base_url: str) -> None:
    """Raises RequestError for an address that may not be used, UnreachableError where nobody knows it."""
    if settings.PRIVATE_VENDOR_ADDRESSES or not base_url:
        return
    if why_not := why_not_an_address(base_url):
        raise RequestError(vendor, why_not.rstrip("."))
    for address in await _looked_up(vendor, base_url):
        if not is_public(address):
            raise RequestError(vendor, "its address leads into a private network")


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether anybody in the internet means the same host by it; addresses within addresses count."""
    if isinstance(address, IPv6Address):
        if address.teredo or address.is_site_local:
            return False
        inner = address.ipv4_mapped or address.sixtofour
        if address in NAT64:
            inner = IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_link_local)


async def _looked_up(vendor: str, base_url: str) -> set[IPv4Address | IPv6Address]:
    host = urlsplit(base_url).hostname or ""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(RESOLVE_LIMIT_S):
            found = await loop.run_in_executor(_resolvers, _resolve, host, _port(base_url))
    except (TimeoutError, OSError, UnicodeError):
        raise UnreachableError(vendor, f"no host is known by the name {host}") from None
    return {ip_address(str(entry[4][0])) for entry in found}


def _resolve(host: str, port: int | None) -> list[tuple[object, object, object, str, tuple[object, ...]]]:
    return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))


def _port(base_url: str) -> int | None:
    """None for what is no port."""
    try:
        port = urlsplit(base_url).port
    except ValueError:
        return None
    return 443 if port is None else port or None
