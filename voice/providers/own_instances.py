"""Providers made with organisations' own keys: one a key, not too many, closed when nobody needs them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from voice.providers.access import VendorAccess
from voice.providers.builders import PortKind

logger = logging.getLogger(__name__)

# Each holds a pool of connections; who was asked for longest ago goes first.
MOST_KEPT = 50
# A key that was removed or replaced is asked for no more, and its connections are closed after this.
IDLE_S = 600.0
# Between being handed out and being known as part of a live call, opening its providers may take this long.
GRACE_S = 120.0
CLOSE_LIMIT_S = 2.0


@dataclass(slots=True)
class _Made:
    access: VendorAccess
    instance: Any
    asked_at_s: float


class OwnInstances:
    """`find` may be called from any thread, one at a time; closing belongs to the event loop."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._kept: OrderedDict[tuple[PortKind, str], _Made] = OrderedDict()
        # No longer handed out, but perhaps in use.
        self._retired: list[_Made] = []

    def __len__(self) -> int:
        return len(self._kept) + len(self._retired)

    def find(self, kind: PortKind, access: VendorAccess, make: Callable[[], Any]) -> Any:
        """The one of this key, made if it is not there."""
        key = (kind, access.key_id)
        made = self._kept.get(key)
        if made is None:
            made = self._kept[key] = _Made(access, make(), self._clock_s())
            if len(self._kept) > MOST_KEPT:
                self._retired.append(self._kept.popitem(last=False)[1])
        made.asked_at_s = self._clock_s()
        self._kept.move_to_end(key)
        return made.instance

    def access_of(self, instance: object) -> VendorAccess | None:
        """The key that it was made with; None for what is not from here."""
        return next((made.access for made in self._all() if made.instance is instance), None)

    def unneeded(self, in_use: Collection[object]) -> list[Any]:
        """Takes out what is neither in use nor likely to be soon; the caller closes it."""
        used, now_s = {id(instance) for instance in in_use}, self._clock_s()
        idle = [key for key, made in self._kept.items() if now_s - made.asked_at_s > IDLE_S]
        self._retired += [self._kept.pop(key) for key in idle]
        over = [
            made
            for made in self._retired
            if id(made.instance) not in used and now_s - made.asked_at_s > GRACE_S
        ]
        self._retired = [made for made in self._retired if made not in over]
        return [made.instance for made in over]

    def take_all(self) -> list[Any]:
        taken = [made.instance for made in self._all()]
        self._kept.clear()
        self._retired.clear()
        return taken

    def _all(self) -> list[_Made]:
        return [*self._kept.values(), *self._retired]


async def close_each(instances: Collection[Any]) -> None:
    """In bounded time, whatever they do."""
    closing = [instance.aclose() for instance in instances if hasattr(instance, "aclose")]
    if not closing:
        return
    try:
        async with asyncio.timeout(CLOSE_LIMIT_S):
            results = await asyncio.gather(*closing, return_exceptions=True)
    except TimeoutError:
        logger.warning("providers of keys that are no longer used did not close in time")
        return
    for failure in results:
        if isinstance(failure, Exception):
            logger.warning("a provider did not close: %s", type(failure).__name__)
