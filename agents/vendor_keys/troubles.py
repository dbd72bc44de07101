"""What an organisation should mend about its vendors, told on every page of its dashboard."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import Organisation
from agents.models import Agent, VendorCredential
from agents.vendor_keys.organisation_vendors import OrganisationVendors
from agents.vendor_keys.selectors import vendors_of
from voice.providers.access import VENDORS

PARTS = ("model", "voice", "transcriber")
MOST_NAMED = 3


def vendor_troubles(request: HttpRequest) -> dict[str, Any]:
    """For templates: sentences, asked for by those that show them only."""
    organisation = getattr(request, "organisation", None)
    if organisation is None:
        return {"vendor_troubles": []}
    return {"vendor_troubles": SimpleLazyObject(lambda: troubles_of(organisation))}


def troubles_of(organisation: Organisation) -> list[str]:
    vendors = vendors_of(organisation)
    refused = [
        f"{VENDORS[name].label} refuses your organisation's key: “{row.said}”. Replace it, or test it again."
        for name, row in vendors.credentials.items()
        if row.state == VendorCredential.State.REFUSED and row.is_enabled and name in VENDORS
    ]
    return refused + _silent_agents(organisation, vendors)


def _silent_agents(organisation: Organisation, vendors: OrganisationVendors) -> list[str]:
    """Active agents that take no calls, by the reason why."""
    providers = (f"current_version__settings__{part}__provider" for part in PARTS)
    rows = Agent.objects.for_org(organisation).filter(deleted_at=None, is_active=True)
    silent: dict[str, list[str]] = {}
    for name, *chosen in rows.order_by("created_at", "id").values_list("name", *providers):
        for provider in dict.fromkeys(chosen):
            if why_not := vendors.why_not(provider or ""):
                silent.setdefault(why_not, []).append(name)
    return [f"{_listed(names)} no calls. {why_not}" for why_not, names in silent.items()]


def _listed(names: list[str]) -> str:
    named = names[:MOST_NAMED]
    if rest := len(names) - len(named):
        named.append(f"{rest} more")
    if len(named) == 1:
        return f"{named[0]} takes"
    return f"{', '.join(named[:-1])} and {named[-1]} take"
