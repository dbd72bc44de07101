"""Which vendors an organisation may use, and whose key is used then."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agents.catalogue.selectors import catalogue_of
from agents.models import CatalogueProvider, VendorCredential
from agents.vendor_keys.selectors import vendors_of
from agents.vendor_keys.server_names import ServerNames
from agents.vendor_keys.services import vendor_key_remove, vendor_switch
from tests.agents.vendor_keys.conftest import KEY
from tests.cast import Cast

Store = Callable[..., VendorCredential]


def test_without_any_key_a_vendor_cannot_be_used_and_the_cure_is_told(cast: Cast) -> None:
    vendors = vendors_of(cast.acme)
    assert "GROQ_API_KEY" in vendors.why_not("groq") and "Settings → Vendors" in vendors.why_not("groq")
    assert vendors.accesses() == {}


def test_what_is_built_in_needs_no_key(cast: Cast) -> None:
    assert vendors_of(cast.acme).may_use("embedded")


def test_an_own_key_goes_before_this_installations_and_is_nobody_elses(
    cast: Cast, store: Store, installation_keys: None
) -> None:
    credential = store(cast.acme, base_url="https://eu.example.com")
    own = vendors_of(cast.acme).accesses()
    assert (own["groq"].api_key, own["groq"].base_url, own["groq"].key_id) == (
        KEY, "https://eu.example.com", credential.pk,
    )  # fmt: skip
    assert own["deepgram"].api_key == "installation_deepgram" and own["deepgram"].key_id == ""
    assert vendors_of(cast.other).accesses()["groq"].api_key == "installation_groq"


def test_a_vendor_that_is_switched_off_is_off_with_every_key_and_for_its_organisation_only(
    cast: Cast, store: Store, installation_keys: None
) -> None:
    store(cast.acme)
    for vendor in ("groq", "deepgram"):
        vendor_switch(organisation=cast.acme, vendor=vendor, is_enabled=False)
    vendors = vendors_of(cast.acme)
    assert "switched it off" in vendors.why_not("groq") and vendors.accesses() == {}
    assert vendors.mark("deepgram") == "switched off"
    assert set(vendors_of(cast.other).accesses()) == {"groq", "deepgram"}
    for vendor in ("groq", "deepgram"):
        vendor_switch(organisation=cast.acme, vendor=vendor, is_enabled=True)
    assert vendors_of(cast.acme).accesses()["groq"].api_key == KEY
    assert VendorCredential.objects.for_org(cast.acme).count() == 1


def test_a_network_without_sockets_lets_none_through_with_any_key(
    cast: Cast, store: Store, settings: object
) -> None:
    settings.VENDORS_OVER_HTTP = {"elevenlabs"}  # type: ignore[attr-defined]
    store(cast.acme, "elevenlabs")
    store(cast.acme, "groq")
    own = vendors_of(cast.acme).accesses()
    assert (own["elevenlabs"].over_http, own["groq"].over_http) == (True, False)


def test_a_removed_key_gives_way_to_this_installations(
    cast: Cast, store: Store, installation_keys: None
) -> None:
    vendor_key_remove(credential=store(cast.acme))
    assert vendors_of(cast.acme).accesses()["groq"].api_key == "installation_groq"


def test_removing_the_key_of_a_vendor_that_is_switched_off_does_not_switch_it_on(
    cast: Cast, store: Store, installation_keys: None
) -> None:
    vendor_switch(organisation=cast.acme, vendor="groq", is_enabled=False)
    credential = store(cast.acme)
    assert not credential.is_enabled
    vendor_key_remove(credential=credential)
    assert not vendors_of(cast.acme).may_use("groq")


def test_a_vendor_that_is_switched_off_while_its_key_is_removed_stays_off(
    cast: Cast, store: Store, installation_keys: None
) -> None:
    credential = store(cast.acme)
    vendor_switch(organisation=cast.acme, vendor="groq", is_enabled=False)
    vendor_key_remove(credential=credential)
    assert not vendors_of(cast.acme).may_use("groq")
    assert VendorCredential.objects.for_org(cast.acme).get().sealed == ""


def test_a_key_that_is_stored_while_the_one_before_is_removed_stays(cast: Cast, store: Store) -> None:
    vendor_switch(organisation=cast.acme, vendor="groq", is_enabled=False)
    credential = store(cast.acme)
    newer = store(cast.acme, key="canary_newer_key_5d1e_44aa")
    vendor_key_remove(credential=credential)
    assert VendorCredential.objects.for_org(cast.acme).get() == newer


@pytest.mark.parametrize("change", [{"base_url": "https://evil.example"}, {"sealed": "nonsense"}])
def test_a_row_that_was_tampered_with_opens_nothing_and_this_installations_key_is_not_used_instead(
    cast: Cast, store: Store, installation_keys: None, change: dict[str, str]
) -> None:
    credential = store(cast.acme)
    VendorCredential.objects.filter(pk=credential.pk).update(**change)
    assert "groq" not in vendors_of(cast.acme).accesses()


def test_a_sealed_key_does_not_open_in_another_organisations_row(cast: Cast, store: Store) -> None:
    credential = store(cast.acme)
    VendorCredential.objects.create(organisation=cast.other, vendor="groq", sealed=credential.sealed)
    assert vendors_of(cast.other).accesses() == {}


def test_what_an_own_server_can_be_asked_for_is_its_organisations(
    cast: Cast, store: Store, settings: object
) -> None:
    settings.OWN_MODELS = ["of-the-installation"]  # type: ignore[attr-defined]
    settings.OWN_VOICES = ["kokoro/af_heart"]  # type: ignore[attr-defined]
    settings.OWN_TRANSCRIBERS = ["whisper"]  # type: ignore[attr-defined]
    names = ServerNames(models=("ours",), voices=("ours/anna",))
    store(cast.acme, "openai_compatible", "", base_url="https://llm.example.com", names=names)
    ours, theirs = vendors_of(cast.acme), vendors_of(cast.other)
    assert (ours.own_models, ours.own_voices, ours.own_transcribers) == (["ours"], ["ours/anna"], [])
    assert theirs.own_models == ["of-the-installation"]
    assert (theirs.own_voices, theirs.own_transcribers) == (["kokoro/af_heart"], ["whisper"])


def test_a_server_of_ones_own_is_of_no_use_where_such_servers_are_switched_off(
    cast: Cast, store: Store
) -> None:
    store(
        cast.acme, "openai_compatible", "", base_url="https://llm.example.com", names=ServerNames(("ours",))
    )
    CatalogueProvider.objects.filter(name="openai_compatible").update(is_enabled=False)
    catalogue = catalogue_of(cast.acme)
    assert "switched off here" in catalogue.vendors.why_not("openai_compatible")
    assert catalogue.vendors.accesses() == {}
    assert catalogue.usable.model_find("openai_compatible/ours") is None
    assert "switched off" in catalogue.marks(catalogue.offered.models[-1])


def test_this_installations_server_is_asked_only_for_what_its_administrator_has_named(
    cast: Cast, store: Store, settings: object
) -> None:
    """An agent's model of a server of one's own that was removed is none of this installation's server."""
    settings.OWN_MODELS = ["named"]  # type: ignore[attr-defined]
    own = store(
        cast.acme, "openai_compatible", "", base_url="https://llm.example.com", names=ServerNames(("dear",))
    )
    assert catalogue_of(cast.acme).not_offered("openai_compatible/dear") == ""
    vendor_key_remove(credential=own)
    catalogue = catalogue_of(cast.acme)
    assert catalogue.not_offered("openai_compatible/named") == ""
    assert catalogue.not_offered("openai_compatible/dear") == "openai_compatible/dear is not offered here."
