"""Reads: what an organisation has settled with the vendors."""

from __future__ import annotations

from accounts.models import Organisation
from agents.models import VendorCredential
from agents.vendor_keys.organisation_vendors import OrganisationVendors


def vendors_of(organisation: Organisation) -> OrganisationVendors:
    return OrganisationVendors({row.vendor: row for row in VendorCredential.objects.for_org(organisation)})
