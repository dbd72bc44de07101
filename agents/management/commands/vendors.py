"""Tells which vendors agents can use here, and whether each takes its key."""

from __future__ import annotations

import asyncio
from typing import Any

from django.core.management.base import BaseCommand

from voice.core.errors import ProviderError
from voice.providers import registry
from voice.providers.access import VENDORS

# What looks as if it were missing above.
NOT_ASKED = (
    "Asked were the vendors of this installation's own settings. Keys that organisations have stored "
    "are tested under Settings → Vendors; simulated vendors are known only to the server that was "
    "started with them (script/server --simulated-vendors)."
)


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        found = asyncio.run(_look())
        width = max(len(VENDORS[name].label) for name in found)
        for name, state in found.items():
            self.stdout.write(f"{VENDORS[name].label:<{width}}  {state}")
        self.stdout.write(f"\n{NOT_ASKED}")
        if any(state.startswith("refused") for state in found.values()):
            raise SystemExit(1)


async def _look() -> dict[str, str]:
    """One after the other: importing one vendor's SDK would use up the time of another's answer."""
    return {name: await _state(name) for name in VENDORS}


async def _state(vendor: str) -> str:
    if lack := registry.lacks(vendor):
        return f"not set up: {lack}"
    try:
        return f"works: {await registry.check_key(registry.access(vendor))}"
    except ProviderError as error:
        return f"refused: {error.message}. {error.cure}"
