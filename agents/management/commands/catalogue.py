"""Brings the catalogue up to date with what the vendors list, or prints it."""

from __future__ import annotations

import asyncio
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from accounts.models import Tier
from agents.catalogue.prices import price_of
from agents.catalogue.rows import offers_in
from agents.catalogue.selectors import catalogue_read
from agents.catalogue.services import Changes, catalogue_ensure, catalogue_refresh
from voice.core.errors import ProviderError
from voice.providers import registry
from voice.providers.access import VENDORS
from voice.providers.offers import Listing


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("do", choices=["refresh", "show"])

    def handle(self, *args: Any, do: str, **options: Any) -> None:
        catalogue_ensure()
        if do == "show":
            for offer in offers_in(catalogue_read()):
                tier = Tier(offer.terms.tier).label
                self.stdout.write(f"{offer.choice}\t{tier}\t{price_of(offer.terms)}")
            return
        failed = False
        for vendor in VENDORS.values():
            if vendor.is_own:
                continue  # its owner names what it knows
            if lack := registry.lacks(vendor.name):
                self.stdout.write(f"{vendor.label}: not asked, there is {lack}")
                continue
            try:
                listing = asyncio.run(_listed(vendor.name))
            except ProviderError as error:
                failed = True
                self.stdout.write(f"{vendor.label}: {error.message}. {error.cure}")
                continue
            self.stdout.write(f"{vendor.label}: {_told(catalogue_refresh(vendor.name, listing))}")
        if failed:
            raise SystemExit(1)


async def _listed(vendor: str) -> Listing:
    return await registry.listed(registry.access(vendor))


def _told(changes: Changes) -> str:
    parts = [
        f"{word} {', '.join(labels)}"
        for word, labels in (("new:", changes.new), ("gone:", changes.gone), ("back:", changes.back))
        if labels
    ]
    return "; ".join(parts) or "nothing has changed"
