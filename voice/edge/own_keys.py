"""Organisations' own vendor keys in live calls: where they may lead, and who hears that one was refused."""

from __future__ import annotations

import logging
from collections.abc import Collection

from agents.vendor_keys.base_address import check_own_address
from agents.vendor_keys.services import vendor_key_refused
from voice.core.errors import ProviderError, Refusal, RefusalCode
from voice.core.ports import Ports
from voice.edge.database import in_database
from voice.engine.breaker import BREAKERS
from voice.providers import registry

logger = logging.getLogger(__name__)

MOST_TOLD = 1_000


async def check_addresses(ports: Ports) -> None:
    """A name may lead elsewhere than when it was saved. Raises Refusal."""
    accesses = {registry.own_access(provider) for provider in ports.providers}
    for access in accesses:
        if access is not None:
            try:
                await check_own_address(access)
            except ProviderError as error:
                message = f"The address of {error.provider} cannot be used: {error.message}."
                raise Refusal(RefusalCode.PROVIDER_UNAVAILABLE, message) from error


class OwnKeys:
    """Belongs to one event loop."""

    def __init__(self) -> None:
        # When the refusal of a key was that its organisation has been told of.
        self._told_ms: dict[str, float] = {}

    async def tell(self, ports: Ports) -> None:
        """Has the organisation see which of its keys were refused in a call."""
        for provider in ports.providers:
            access = registry.own_access(provider)
            refusal = BREAKERS.refusal_of(provider) if access else None
            if access and refusal and self._told_ms.get(access.key_id) != refusal.failed_at_ms:
                logger.warning("%s refused an organisation's own key", access.vendor)
                await in_database(vendor_key_refused, credential_id=access.key_id, said=refusal.refused)
                self._remember(access.key_id, refusal.failed_at_ms)

    async def look_after(self, in_use: Collection[Ports]) -> None:
        """Now and then, with those of all live calls: what none of them uses any more is closed."""
        for ports in in_use:
            await self.tell(ports)
        await registry.close_unneeded([provider for ports in in_use for provider in ports.providers])

    def _remember(self, key_id: str, refused_at_ms: float) -> None:
        self._told_ms.pop(key_id, None)
        self._told_ms[key_id] = refused_at_ms
        if len(self._told_ms) > MOST_TOLD:
            del self._told_ms[next(iter(self._told_ms))]


own_keys = OwnKeys()
