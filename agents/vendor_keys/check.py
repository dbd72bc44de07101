"""Asks a vendor whether it takes a key: before the key is stored, and whenever somebody presses Test."""

from __future__ import annotations

from asgiref.sync import async_to_sync

from agents.vendor_keys.base_address import check_address
from voice.providers import registry
from voice.providers.access import VendorAccess


def ask_vendor(access: VendorAccess) -> str:
    """What the key gives, in a few words. Raises ProviderError with the vendor's own, without the key;
    `retryable`: the vendor could not be asked."""
    return async_to_sync(_ask)(access)


async def _ask(access: VendorAccess) -> str:
    await check_address(access.vendor, access.base_url)
    return await registry.check_key(access)
