"""Settings → Vendors: who may store a key, what the vendor says of it, and that it is never seen again."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import Organisation
from agents.models import VendorCredential
from agents.vendor_keys import base_address, views
from agents.vendor_keys.selectors import vendors_of
from tests.addresses.world import signed_in
from tests.agents.vendor_keys.conftest import KEY, Vendors
from tests.cast import Cast
from voice.core.errors import CredentialsError, QuotaError, RequestError, UnreachableError

REFUSED = CredentialsError("groq", "it answered 401 (invalid_api_key): Invalid API Key")
AWAY = UnreachableError("groq", "no connection (ConnectError)")
Store = Callable[..., VendorCredential]


def address(organisation: Organisation, rest: str = "") -> str:
    return f"/o/{organisation.pk}/settings/vendors/{rest}"


@pytest.fixture
def alice(cast: Cast) -> Client:
    return signed_in(cast.alice)


@pytest.fixture
def strangers(settings: Any) -> None:
    settings.PRIVATE_VENDOR_ADDRESSES = False


def stored() -> list[tuple[str, str]]:
    return list(VendorCredential.objects.values_list("vendor", "state"))


def test_a_key_that_the_vendor_takes_is_stored_and_used(cast: Cast, alice: Client, vendors: Vendors) -> None:
    response = alice.post(address(cast.acme, "groq/"), {"api_key": f" {KEY} "}, follow=True)
    assert "12 models" in response.content.decode()
    assert vendors_of(cast.acme).accesses()["groq"].api_key == KEY
    assert [access.api_key for access in vendors.asked] == [KEY]
    assert KEY not in response.content.decode() and f"…{KEY[-4:]}" in response.content.decode()


@pytest.mark.parametrize("error", [REFUSED, QuotaError("groq", "it answered 402: pay first")])
def test_a_key_that_is_refused_is_not_stored_and_the_vendors_words_stand_beside_the_field(
    error: Exception, cast: Cast, alice: Client, vendors: Vendors
) -> None:
    vendors.error = error  # type: ignore[assignment]
    for data in ({"api_key": KEY}, {"api_key": KEY, "even_unverified": "on"}):
        response = alice.post(address(cast.acme, "groq/"), data)
        assert response.status_code == 422
        (said,) = response.context["form"].errors["api_key"]
        assert "it answered 40" in said
        assert KEY not in response.content.decode()
    assert stored() == []


def test_a_refused_key_leaves_the_one_before_in_its_place(
    cast: Cast, alice: Client, vendors: Vendors, store: Store
) -> None:
    store(cast.acme)
    vendors.error = REFUSED
    alice.post(address(cast.acme, "groq/"), {"api_key": "another_key_that_is_wrong"})
    assert vendors_of(cast.acme).accesses()["groq"].api_key == KEY
    assert stored() == [("groq", "works")]


def test_a_vendor_that_cannot_be_asked_is_said_and_only_who_insists_stores(
    cast: Cast, alice: Client, vendors: Vendors
) -> None:
    vendors.error = AWAY
    page = alice.get(address(cast.acme, "groq/")).content.decode()
    assert "even_unverified" not in page
    response = alice.post(address(cast.acme, "groq/"), {"api_key": KEY})
    page = response.content.decode()
    assert response.status_code == 422 and "could not be asked" in page and "even_unverified" in page
    assert KEY not in page and stored() == []
    alice.post(address(cast.acme, "groq/"), {"api_key": KEY, "even_unverified": "on"})
    assert stored() == [("groq", "unverified")]
    assert "Not verified" in alice.get(address(cast.acme)).content.decode()


def test_the_test_button_asks_again_and_keeps_what_the_vendor_says(
    cast: Cast, alice: Client, vendors: Vendors, store: Store
) -> None:
    store(cast.acme)
    vendors.error = REFUSED
    page = alice.post(address(cast.acme, "groq/test/"), follow=True).content.decode()
    assert "Invalid API Key" in page and KEY not in page
    assert stored() == [("groq", "refused")]
    vendors.error = AWAY  # says nothing of the key
    alice.post(address(cast.acme, "groq/test/"))
    assert stored() == [("groq", "refused")]
    vendors.error = None
    assert "takes your key" in alice.post(address(cast.acme, "groq/test/"), follow=True).content.decode()
    assert stored() == [("groq", "works")]


def test_a_key_that_cannot_be_read_is_told_by_its_test(
    cast: Cast, alice: Client, vendors: Vendors, store: Store
) -> None:
    store(cast.acme)
    VendorCredential.objects.update(sealed="nonsense")
    page = alice.post(address(cast.acme, "groq/test/"), follow=True).content.decode()
    assert "cannot be read" in page
    assert len(vendors.asked) == 1


def test_a_removed_key_is_gone(cast: Cast, alice: Client, store: Store) -> None:
    store(cast.acme)
    store(cast.other)
    alice.post(address(cast.acme, "groq/remove/"))
    assert not vendors_of(cast.acme).may_use("groq")
    assert vendors_of(cast.other).may_use("groq")
    assert alice.post(address(cast.acme, "groq/remove/")).status_code == 404


def test_switching_off_is_for_ones_own_organisation(
    cast: Cast, alice: Client, store: Store, installation_keys: None
) -> None:
    alice.post(address(cast.acme, "groq/switch/"))
    assert not vendors_of(cast.acme).may_use("groq") and vendors_of(cast.other).may_use("groq")
    assert "Switched off" in alice.get(address(cast.acme)).content.decode()
    alice.post(address(cast.acme, "groq/switch/"))
    assert vendors_of(cast.acme).may_use("groq")


def test_members_and_viewers_see_that_there_is_a_key_and_cannot_touch_it(cast: Cast, store: Store) -> None:
    store(cast.acme)
    for person in (cast.bob, cast.vera):
        page = signed_in(person).get(address(cast.acme)).content.decode()
        assert f"…{KEY[-4:]}" in page and KEY not in page
        for button in ("groq/test/", "groq/remove/", "groq/switch/"):
            assert button not in page
            assert signed_in(person).post(address(cast.acme, button)).status_code == 403
    assert stored() == [("groq", "works")]


def test_of_another_organisation_nothing_is_seen_or_touched(
    cast: Cast, vendors: Vendors, store: Store
) -> None:
    store(cast.acme)
    charlie = signed_in(cast.charlie)
    assert KEY[-4:] not in charlie.get(address(cast.other)).content.decode()
    charlie.post(address(cast.other, "groq/"), {"api_key": "the_key_of_charlie_1"})
    charlie.post(address(cast.other, "groq/remove/"))
    charlie.post(address(cast.other, "groq/switch/"))
    for rest in ("", "groq/"):
        assert charlie.get(address(cast.acme, rest)).status_code == 404
    assert vendors_of(cast.acme).accesses()["groq"].api_key == KEY


@pytest.mark.parametrize(
    ("vendor", "data", "field"),
    [
        ("groq", {}, "api_key"),
        ("groq", {"api_key": "two words"}, "api_key"),
        ("groq", {"api_key": "line\nbreak"}, "api_key"),
        ("groq", {"api_key": "schlüssel"}, "api_key"),
        ("groq", {"api_key": "x" * 501}, "api_key"),
        ("groq", {"api_key": KEY, "base_url": "http://api.example.com"}, "base_url"),
        ("groq", {"api_key": KEY, "base_url": "https://user@api.example.com"}, "base_url"),
        ("groq", {"api_key": KEY, "base_url": "nonsense"}, "base_url"),
        ("openai_compatible", {"model_names": "m"}, "base_url"),
        ("openai_compatible", {"base_url": "https://llm.example.com"}, "model_names"),
        ("openai_compatible", {"base_url": "https://l.example.com", "model_names": "x" * 101}, "model_names"),
        ("openai_compatible", {"base_url": "https://l.example.com", "voice_names": "anna"}, "voice_names"),
        (
            "openai_compatible",
            {"base_url": "https://l.example.com", "transcriber_names": " ".join(map(str, range(51)))},
            "transcriber_names",
        ),
    ],
)
def test_what_cannot_be_is_said_beside_the_field_before_anybody_is_asked(
    vendor: str,
    data: dict[str, str],
    field: str,
    cast: Cast,
    alice: Client,
    vendors: Vendors,
    strangers: None,
) -> None:
    response = alice.post(address(cast.acme, f"{vendor}/"), data)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert vendors.asked == [] and stored() == []


def test_an_address_in_a_private_network_is_refused_when_it_is_saved(
    cast: Cast, alice: Client, vendors: Vendors, strangers: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base_address, "_resolve", lambda *_: [(0, 0, 0, "", ("10.0.0.7", 443))])
    data = {"api_key": KEY, "base_url": "https://inside.example.com", "even_unverified": "on"}
    response = alice.post(address(cast.acme, "groq/"), data)
    assert "private network" in response.context["form"].errors["base_url"][0]
    assert vendors.asked == [] and stored() == []


def test_a_server_of_ones_own_needs_no_key_and_its_models_can_be_chosen(
    cast: Cast, alice: Client, vendors: Vendors
) -> None:
    data = {
        "base_url": "http://127.0.0.1:11434/v1/",
        "model_names": "qwen3:4b, llama3.2\nqwen3:4b",
        "voice_names": "kokoro/af_heart",
        "transcriber_names": "whisper-small",
    }
    assert alice.post(address(cast.acme, "openai_compatible/"), data).status_code == 302
    form = alice.get(f"/o/{cast.acme.pk}/agents/new/").context["form"]
    offered = [
        value.removeprefix("openai_compatible/")
        for field in ("model", "voice", "transcriber")
        for value, _ in form.fields[field].choices
        if value.startswith("openai_compatible/")
    ]
    assert offered == ["qwen3:4b", "llama3.2", "kokoro/af_heart", "whisper-small"]
    (access,) = vendors_of(cast.acme).accesses().values()
    assert (access.api_key, access.base_url) == ("", "http://127.0.0.1:11434/v1")


def test_a_wrong_address_is_said_beside_the_address(cast: Cast, alice: Client, vendors: Vendors) -> None:
    vendors.error = RequestError("groq", "it answered 404")
    data = {"api_key": KEY, "base_url": "https://api.example.com"}
    assert "base_url" in alice.post(address(cast.acme, "groq/"), data).context["form"].errors


def test_unknown_vendors_are_not_found(cast: Cast, alice: Client) -> None:
    for rest in ("acme/", "embedded/"):
        assert alice.get(address(cast.acme, rest)).status_code == 404
    assert alice.post(address(cast.acme, "groq/test/")).status_code == 404


def test_a_vendor_is_not_asked_without_end(
    cast: Cast, alice: Client, vendors: Vendors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "CHECKS_A_MINUTE", 2)
    vendors.error = REFUSED
    for _ in range(4):
        response = alice.post(address(cast.acme, "groq/"), {"api_key": KEY})
    assert "Wait a minute" in response.content.decode()
    assert len(vendors.asked) == 2


def test_a_new_agent_begins_with_the_vendor_whose_key_the_organisation_has(
    cast: Cast, alice: Client, store: Store
) -> None:
    store(cast.acme, "elevenlabs")
    form = alice.get(f"/o/{cast.acme.pk}/agents/new/").context["form"]
    assert form.initial["voice"].startswith("elevenlabs/")
    labels = dict(form.fields["voice"].choices)
    assert "no API key" not in labels[form.initial["voice"]]
    theirs = signed_in(cast.charlie).get(f"/o/{cast.other.pk}/agents/new/").context["form"]
    assert "no API key" in dict(theirs.fields["voice"].choices)[form.initial["voice"]]


def test_the_key_stands_in_no_log_line_even_when_storing_it_breaks(
    cast: Cast, vendors: Vendors, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    def broken(secret: object) -> str:
        raise ZeroDivisionError

    monkeypatch.setattr("agents.vendor_keys.services.seal", broken)
    client = signed_in(cast.alice)
    client.raise_request_exception = False
    response = client.post(address(cast.acme, "groq/"), {"api_key": KEY})
    assert response.status_code == 500
    assert "ZeroDivisionError" in caplog.text
    assert KEY not in caplog.text and KEY not in response.content.decode()
