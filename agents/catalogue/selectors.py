"""Reads: what this installation offers, and what of it an organisation can choose."""

from __future__ import annotations

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


def catalogue_of(organisation: Organisation) -> OrganisationCatalogue:
    return OrganisationCatalogue(catalogue_read(), organisation.plan, vendors_of(organisation))
