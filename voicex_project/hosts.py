"""The names under which an installation answers unless it is told: its own, not whatever is asked for."""

from __future__ import annotations

import socket
from ipaddress import ip_network
from urllib.parse import urlsplit

from environs import ValidationError

LOCAL_NAMES = ("localhost", ".localhost", "127.0.0.1", "[::1]")
LOOPBACK = ["127.0.0.0/8", "::1/128"]
EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104  # compared, not listened on


def is_public_url(text: str) -> bool:
    """Scheme, host and perhaps a port: pages, sockets and webhooks are put behind it."""
    try:
        parts = urlsplit(text)
        named = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return named and not (parts.path or parts.query or parts.fragment or parts.username)


def check_networks(networks: list[str]) -> None:
    """Raises ValidationError for what is neither an address nor a network like 10.0.0.0/8."""
    for network in networks:
        try:
            ip_network(network, strict=False)
        except ValueError as error:
            raise ValidationError(f"{error}; it must be like 10.0.0.0/8") from error


def own_hosts(listening_on: str, public_url: str) -> list[str]:
    """For ALLOWED_HOSTS. A page asked for under a foreign name would put that name into mails it sends."""
    names = [*LOCAL_NAMES, socket.gethostname()]
    if public_name := urlsplit(public_url).hostname:
        names.append(public_name)
    if listening_on in EVERY_ADDRESS:
        names.append(_outgoing_address())
    elif listening_on:
        names.append(f"[{listening_on}]" if ":" in listening_on else listening_on)
    return [name for name in dict.fromkeys(names) if name]


def _outgoing_address() -> str:
    """The address that others on the network see; nothing is sent. Empty without a network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # reserved for documentation
        except OSError:
            return ""
        return str(probe.getsockname()[0])
