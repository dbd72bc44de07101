"""Organisations with vendor keys of their own, and vendors that say what a test has them say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings

from accounts.models import Organisation
from agents.models import VendorCredential
from agents.vendor_keys.services import vendor_key_save
from voice.core.errors import ProviderError
from voice.providers import registry
from voice.providers.access import VendorAccess

KEY = "canary_own_key_7f3a_b2c9"


class Vendors:
    """What is asked of them, and what they answer next; they take every key at first."""

    def __init__(self) -> None:
        self.asked: list[VendorAccess] = []
        self.error: ProviderError | None = None

    async def check(self, access: VendorAccess) -> str:
        self.asked.append(access)
        if self.error is not None:
            raise self.error
        return "12 models"


@pytest.fixture
def vendors(monkeypatch: pytest.MonkeyPatch) -> Vendors:
    scripted = Vendors()
    monkeypatch.setattr(registry, "check_key", scripted.check)
    return scripted


@pytest.fixture
def store(vendors: Vendors) -> Callable[..., VendorCredential]:
    def store(
        organisation: Organisation, vendor: str = "groq", key: str = KEY, **more: Any
    ) -> VendorCredential:
        return vendor_key_save(organisation=organisation, vendor=vendor, api_key=key, created_by=None, **more)

    return store


@pytest.fixture
def installation_keys() -> Iterator[None]:
    """This installation has keys of Groq and Deepgram."""
    registry.configure(vendors=[VendorAccess(name, f"installation_{name}") for name in ("groq", "deepgram")])
    yield
    registry.configure(decoders=django_settings.EMBEDDED_DECODERS)
