"""Which vendors an organisation may use, and with whose key: the one place that decides it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from django.conf import settings

from agents.models import VendorCredential
from agents.vendor_keys.seal import Unreadable, unseal
from voice.providers import registry
from voice.providers.access import VENDORS, VendorAccess

logger = logging.getLogger(__name__)

OWN_SERVER = "openai_compatible"


@dataclass(frozen=True, slots=True)
class OrganisationVendors:
    """Its own key goes before this installation's, and it may switch a vendor off for itself.

    `switched_off`: those that an administrator has switched off for everybody.
    """

    credentials: dict[str, VendorCredential] = field(default_factory=dict)
    switched_off: frozenset[str] = frozenset()

    def why_not(self, provider: str, *, instead: str = "") -> str:
        """Why it cannot be used and what to do, in sentences; empty if it can. Opens no key.

        `instead`: what else may be done, as part of a sentence.
        """
        vendor = VENDORS.get(provider)
        if vendor is None:
            return ""
        cure = ""
        credential = self.credentials.get(provider)
        if provider in self.switched_off:
            cause = "it is switched off here"
        elif credential and not credential.is_enabled:
            cause = "your organisation has switched it off"
        elif credential and credential.sealed:
            return ""
        elif lack := registry.lacks(provider):
            cause, cure = f"there is {lack}", "add one under Settings → Vendors"
        else:
            return ""
        cures = ", or ".join(filter(None, (cure, instead)))
        told = f"{vendor.label} cannot be used: {cause}."
        return f"{told} {cures[0].upper()}{cures[1:]}." if cures else told

    def mark(self, provider: str) -> str:
        """Why it cannot be used, in the two words that have room in a list of choices."""
        if not self.why_not(provider):
            return ""
        credential = self.credentials.get(provider)
        is_off = provider in self.switched_off or (credential and not credential.is_enabled)
        return "switched off" if is_off else "no API key"

    def may_use(self, provider: str) -> bool:
        return not self.why_not(provider)

    @property
    def own_models(self) -> list[str]:
        """What the organisation's own server can be asked for, or else that of this installation."""
        server = self._own_server
        return list(server.model_names if server else settings.OWN_MODELS)

    @property
    def own_voices(self) -> list[str]:
        """As `own_models`; each as "model/voice"."""
        server = self._own_server
        return list(server.voice_names if server else settings.OWN_VOICES)

    @property
    def own_transcribers(self) -> list[str]:
        """As `own_models`."""
        server = self._own_server
        return list(server.transcriber_names if server else settings.OWN_TRANSCRIBERS)

    @property
    def has_own_server(self) -> bool:
        return self._own_server is not None

    @property
    def _own_server(self) -> VendorCredential | None:
        credential = self.credentials.get(OWN_SERVER)
        return credential if credential and credential.sealed else None

    def accesses(self) -> dict[str, VendorAccess]:
        """The ways to all vendors that it may use. Opens its keys: for whoever is about to use them."""
        found: dict[str, VendorAccess] = {}
        for vendor in filter(self.may_use, VENDORS):
            credential = self.credentials.get(vendor)
            if credential is None or not credential.sealed:
                found[vendor] = registry.access(vendor)
            elif access := access_of(credential):
                found[vendor] = access
        return found


def access_of(credential: VendorCredential) -> VendorAccess | None:
    """None where the stored key cannot be read any more: this installation's must not be used instead."""
    try:
        secret = unseal(
            credential.sealed,
            organisation_id=credential.organisation_id,
            vendor=credential.vendor,
            base_url=credential.base_url,
        )
    except Unreadable:
        logger.error(
            "the %s key of organisation %s cannot be read", credential.vendor, credential.organisation_id
        )
        return None
    return VendorAccess(
        secret.vendor,
        secret.api_key,
        secret.base_url,
        key_id=credential.pk,
        over_http=secret.vendor in settings.VENDORS_OVER_HTTP,
    )
