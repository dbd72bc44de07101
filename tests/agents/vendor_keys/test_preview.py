"""A voice is heard with the key of whoever listens, and never from an address that they may not name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from agents.models import VendorCredential
from agents.vendor_keys import base_address
from agents.vendor_keys.services import vendor_switch
from tests.addresses.world import signed_in
from tests.agents.vendor_keys.conftest import KEY
from tests.cast import Cast
from tests.fakes.speech import FakeSpeech
from voice.providers import registry
from voice.providers.access import VendorAccess
from voice.providers.registry import PortKind

VOICE = {"voice": "elevenlabs/EXAVITQu4vr4xnSDxMaL", "text": "Hi."}
made: list[VendorAccess] = []
Store = Callable[..., VendorCredential]


class KeyedSpeech(FakeSpeech):
    def __init__(self, access: VendorAccess) -> None:
        super().__init__()
        made.append(access)


@pytest.fixture(autouse=True)
def elevenlabs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    builder = (__name__, "KeyedSpeech", lambda settings: {"access": settings.access("elevenlabs")})
    monkeypatch.setitem(registry.BUILDERS, (PortKind.TEXT_TO_SPEECH, "elevenlabs"), builder)
    made.clear()
    yield
    registry._registry._own.take_all()


def heard(cast: Cast) -> Any:
    return signed_in(cast.bob).post(f"/o/{cast.acme.pk}/agents/voice-preview/", VOICE)


def test_the_voice_speaks_with_the_organisations_own_key(cast: Cast, store: Store) -> None:
    store(cast.acme, "elevenlabs")
    assert heard(cast)["Content-Type"] == "audio/wav"
    assert [access.api_key for access in made] == [KEY]


def test_a_voice_that_may_not_be_used_says_why(cast: Cast, store: Store) -> None:
    assert "ELEVENLABS_API_KEY" in heard(cast).json()["message"]
    store(cast.acme, "elevenlabs")
    vendor_switch(organisation=cast.acme, vendor="elevenlabs", is_enabled=False)
    assert "switched it off" in heard(cast).json()["message"]
    assert made == []


def test_an_address_that_leads_into_a_private_network_by_now_is_not_asked(
    cast: Cast, store: Store, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(cast.acme, "elevenlabs", base_url="https://rebound.example.com")
    settings.PRIVATE_VENDOR_ADDRESSES = False
    monkeypatch.setattr(base_address, "_resolve", lambda *_: [(0, 0, 0, "", ("127.0.0.1", 443))])
    response = heard(cast)
    assert response.status_code == 503 and "private network" in response.json()["message"]
    assert made == []
