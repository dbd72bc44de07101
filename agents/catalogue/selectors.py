"""Reads: what this installation offers, and what of it an organisation can choose."""

from __future__ import annotations

from collections.abc import Collection

from accounts.models import Organisation
from agents.catalogue.organisation_catalogue import OrganisationCatalogue
from agents.catalogue.rows import catalogue_of_rows
from agents.models import CatalogueEntry
from agents.vendor_keys.selectors import vendors_of
from voice.providers.offers import Catalogue


def catalogue_read() -> Catalogue:
    """Whatever is not switched off, neither itself nor its provider."""
    rows = CatalogueEntry.objects.filter(is_enabled=True, provider__is_enabled=True)
    return catalogue_of_rows(list(rows))


def entries_named(names: Collection[tuple[str, str, str]]) -> dict[tuple[str, str, str], CatalogueEntry]:
    """The rows of these kinds, providers and names, by them; whether or not they are offered."""
    if not names:
        return {}
    rows = CatalogueEntry.objects.filter(
        provider__in={provider for _, provider, _ in names}, name__in={name for _, _, name in names}
    )
    return {(row.kind, row.provider_id, row.name): row for row in rows}


def catalogue_of(organisation: Organisation) -> OrganisationCatalogue:
    return OrganisationCatalogue(catalogue_read(), organisation.plan, vendors_of(organisation))
