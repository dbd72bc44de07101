"""Writes to the catalogue: what a release brings along, what vendors list, what an administrator changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.apps.registry import Apps
from django.apps.registry import apps as global_apps
from django.db import transaction
from django.utils import timezone

from agents.catalogue.rows import fields_of, kind_of, name_of, offers_in
from agents.models import CatalogueEntry, CatalogueProvider
from voice.providers import catalog
from voice.providers.access import VENDORS
from voice.providers.offers import Catalogue, Listing, Model, Offer, TranscriberModel, Voice

BUILT_IN = ("embedded", "Built in")
# What a vendor's own list knows better than a release: the rest of a row stays as it is.
LONGEST_NAME = 200
LISTED_FIELDS = ("context_tokens", "longest_reply_tokens")


def fill_after_migration(apps: Apps = global_apps, **arguments: Any) -> None:
    """Does nothing in a database that has been taken back to before there was a catalogue."""
    if "catalogueentry" in apps.all_models["agents"]:
        catalogue_ensure()


@dataclass(slots=True)
class Changes:
    """Labels of the entries that a refresh has changed."""

    new: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    back: list[str] = field(default_factory=list)


@transaction.atomic
def catalogue_ensure(first: Catalogue = catalog.FIRST) -> None:
    """Adds what this release knows, and brings up to date what nobody has edited. May run at each start."""
    providers = [BUILT_IN, *((vendor.name, vendor.label) for vendor in VENDORS.values())]
    CatalogueProvider.objects.bulk_create(
        [CatalogueProvider(name=name, label=label) for name, label in providers], ignore_conflicts=True
    )
    known = {(row.kind, row.provider_id, row.name): row for row in CatalogueEntry.objects.all()}
    new = []
    for position, offer in enumerate(offers_in(first)):
        fields = fields_of(offer) | {"position": position}
        row = known.get((kind_of(offer), offer.provider, name_of(offer)))
        if row is None:
            new.append(_new_row(offer, fields))
        else:
            _update(row, fields)
    CatalogueEntry.objects.bulk_create(new, ignore_conflicts=True)


@transaction.atomic
def catalogue_refresh(vendor: str, listing: Listing) -> Changes:
    """What the vendor lists now.

    New voices come in switched on: each costs what the vendor's others cost. New models and transcribers
    come in switched off, until an administrator has given them a price and a tier. What is listed no more is
    marked, and offered to nobody anew; it is not deleted, and agents that have it keep it.
    """
    changes = Changes()
    for kind, offers, type_ in (
        (CatalogueEntry.Kind.MODEL, listing.models, Model),
        (CatalogueEntry.Kind.VOICE, listing.voices, Voice),
        (CatalogueEntry.Kind.TRANSCRIBER, listing.transcribers, TranscriberModel),
    ):
        if offers is not None:
            _refresh_kind(vendor, kind, offers, changes, is_on=type_ is Voice)
    return changes


def entry_edited(entry: CatalogueEntry, fields: Iterable[str]) -> None:
    """An administrator has changed these: from now on nobody else does. To be saved with the entry."""
    entry.edited = sorted({*entry.edited, *fields})


def _refresh_kind(vendor: str, kind: str, offers: Iterable[Offer], changes: Changes, *, is_on: bool) -> None:
    rows = CatalogueEntry.objects.filter(kind=kind, provider_id=vendor)
    known = {row.name: row for row in rows}
    listed = {name_of(offer): offer for offer in offers}
    for name, offer in listed.items():
        if len(name) > LONGEST_NAME:
            continue  # nobody could ask for it by a part of its name
        row = known.get(name)
        if row is None:
            _new_row(offer, fields_of(offer), is_enabled=is_on).save()
            changes.new.append(offer.label)
            continue
        if row.vanished_at is not None:
            row.vanished_at = None
            row.save(update_fields=["vanished_at"])
            changes.back.append(row.label)
        fields = fields_of(offer)
        _update(row, {each: fields[each] for each in LISTED_FIELDS if fields[each] is not None})
    for row in known.values():
        if row.name not in listed and row.vanished_at is None:
            row.vanished_at = timezone.now()
            row.save(update_fields=["vanished_at"])
            changes.gone.append(row.label)


def _new_row(offer: Offer, fields: dict[str, Any], *, is_enabled: bool = True) -> CatalogueEntry:
    return CatalogueEntry(
        kind=kind_of(offer),
        provider_id=offer.provider,
        name=name_of(offer),
        is_enabled=is_enabled,
        **{name: _cut(name, value) for name, value in fields.items()},
    )


def _cut(name: str, value: Any) -> Any:
    """People at a vendor write labels and accents of any length."""
    longest: int | None = getattr(CatalogueEntry._meta.get_field(name), "max_length", None)
    return value[:longest] if isinstance(value, str) else value


def _update(row: CatalogueEntry, fields: dict[str, Any]) -> None:
    changed = [
        name for name, value in fields.items() if name not in row.edited and getattr(row, name) != value
    ]
    for name in changed:
        setattr(row, name, fields[name])
    if changed:
        row.save(update_fields=changed)
