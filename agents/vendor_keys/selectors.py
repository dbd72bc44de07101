"""Reads: what an organisation has settled with the vendors, and what is the matter with it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from accounts.models import Organisation
from agents.models import CatalogueProvider, VendorCredential
from agents.vendor_keys.organisation_vendors import OrganisationVendors
from voice.providers import registry
from voice.providers.access import VENDORS, Vendor


class Source(StrEnum):
    """Whose key an organisation's calls use."""

    ORGANISATION = "organisation"
    INSTALLATION = "installation"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class VendorStatus:
    """A vendor as an organisation sees it. `key` is its own one, if it has stored one."""

    vendor: Vendor
    key: VendorCredential | None
    is_enabled: bool
    source: Source
    why_not: str


def vendors_of(organisation: Organisation) -> OrganisationVendors:
    own = {row.vendor: row for row in VendorCredential.objects.for_org(organisation)}
    off = CatalogueProvider.objects.filter(is_enabled=False).values_list("name", flat=True)
    return OrganisationVendors(own, frozenset(off))


def vendors_listed(organisation: Organisation) -> list[VendorStatus]:
    """All vendors there are, in one order everywhere."""
    vendors = vendors_of(organisation)
    return [_status(vendor, vendors) for vendor in VENDORS.values()]


def vendor_find(organisation: Organisation, name: str) -> VendorStatus | None:
    vendor = VENDORS.get(name)
    return _status(vendor, vendors_of(organisation)) if vendor else None


def _status(vendor: Vendor, vendors: OrganisationVendors) -> VendorStatus:
    row = vendors.credentials.get(vendor.name)
    key = row if row and row.sealed else None
    others = Source.NONE if registry.lacks(vendor.name) else Source.INSTALLATION
    return VendorStatus(
        vendor=vendor,
        key=key,
        is_enabled=row.is_enabled if row else True,
        source=Source.ORGANISATION if key else others,
        why_not=vendors.why_not(vendor.name),
    )
