"""Who may see the figures of this installation: its own networks, or whoever has a token."""

from __future__ import annotations

import hmac
from ipaddress import ip_address, ip_network

from django.conf import settings

DENIED = "Figures are for addresses in METRICS_NETWORKS, or for those who send METRICS_TOKEN.\n"


def may_read(address: str, authorization: str) -> bool:
    """With METRICS_TOKEN whoever sends it, from anywhere; without it whoever is in METRICS_NETWORKS."""
    if settings.METRICS_TOKEN:
        expected = f"Bearer {settings.METRICS_TOKEN}"
        return hmac.compare_digest(authorization.encode(), expected.encode())
    try:
        asker = ip_address(address)
    except ValueError:
        return False  # a Unix socket behind which anybody may stand
    return any(asker in ip_network(network, strict=False) for network in settings.METRICS_NETWORKS)
