"""The catalogue as rows: filled at each start, refreshed from vendors, edited by people, and read."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from django.test import Client

from accounts.models import Tier, User
from agents.catalogue.organisation_catalogue import OrganisationCatalogue
from agents.catalogue.prices import price_of
from agents.catalogue.selectors import catalogue_of, catalogue_read
from agents.catalogue.services import catalogue_ensure, catalogue_refresh, entry_edited
from agents.models import CatalogueEntry, CatalogueProvider
from agents.vendor_keys.organisation_vendors import OrganisationVendors
from tests.cast import PASSWORD, Cast
from voice.providers.catalog import FIRST
from voice.providers.offers import Listing, Model, Terms, TranscriberModel, Voice

pytestmark = pytest.mark.django_db
SMALL = "groq/openai/gpt-oss-20b"
LARGE = "groq/openai/gpt-oss-120b"


def entry(choice: str) -> CatalogueEntry:
    provider, name = choice.split("/", 1)
    return CatalogueEntry.objects.get(provider_id=provider, name=name)


def groq_lists(*names: str) -> Listing:
    return Listing(models=tuple(Model("groq", name, f"{name} (Groq)", "") for name in names))


# --- filled at each start -------------------------------------------------------------------------
def test_a_new_database_has_what_this_release_knows_in_its_order() -> None:
    assert catalogue_read() == FIRST


def test_filling_it_again_changes_nothing() -> None:
    before = list(CatalogueEntry.objects.values())
    catalogue_ensure()
    assert list(CatalogueEntry.objects.values()) == before


def test_a_new_release_brings_what_it_adds_and_mends_what_nobody_edited() -> None:
    dearer = replace(FIRST.models[1], label="Small one", terms=replace(FIRST.models[1].terms, tier=2))
    added = Model("groq", "new", "New (Groq)", "")
    catalogue_ensure(replace(FIRST, models=(FIRST.models[0], dearer, *FIRST.models[2:], added)))
    assert (entry(SMALL).label, entry(SMALL).tier) == ("Small one", 2)
    assert catalogue_read().models[-1].choice == "groq/new"


def test_what_a_person_has_edited_stays() -> None:
    row = entry(SMALL)
    row.per_million_in = Decimal("0.5")
    entry_edited(row, ["per_million_in"])
    row.save()
    catalogue_ensure()
    assert entry(SMALL).per_million_in == Decimal("0.5")
    assert entry(SMALL).per_million_out == FIRST.models[1].terms.per_million_out


# --- refreshed ------------------------------------------------------------------------------------
def test_what_a_vendor_adds_comes_in_off_for_models_and_on_for_voices() -> None:
    changes = catalogue_refresh("groq", groq_lists("openai/gpt-oss-20b", "openai/gpt-oss-120b", "llama-9"))
    assert (changes.new, changes.gone) == (["llama-9 (Groq)"], [])
    assert not entry("groq/llama-9").is_enabled
    known = tuple(voice for voice in FIRST.voices if voice.provider == "elevenlabs")
    rachel = Voice("elevenlabs", "r1", "Rachel (ElevenLabs)", ("en-US",), "American", "female", "Calm")
    catalogue_refresh("elevenlabs", Listing(voices=(*known, rachel)))
    assert catalogue_read().voice_find("elevenlabs/r1") is not None
    nova = TranscriberModel("deepgram", "nova-3-medical", "Medical", ("en-US",), "")
    changes = catalogue_refresh("deepgram", Listing(transcribers=(*FIRST.transcribers[1:], nova)))
    assert changes.new == ["Medical"] and not entry("deepgram/nova-3-medical").is_enabled


def test_what_vanished_is_marked_offered_to_nobody_anew_and_comes_back(cast: Cast) -> None:
    changes = catalogue_refresh("groq", groq_lists("openai/gpt-oss-120b"))
    assert changes.gone == ["GPT-OSS 20B (Groq)"]
    found = catalogue_read().model_find(SMALL)
    assert found is not None and found.terms.is_gone
    everything = OrganisationCatalogue(catalogue_read(), cast.acme.plan, OrganisationVendors())
    assert "no longer listed by its vendor" in everything.marks(found)
    assert everything.usable.model_find(SMALL) is None
    assert catalogue_refresh("groq", groq_lists("openai/gpt-oss-120b")).gone == []  # told once
    assert catalogue_refresh("groq", groq_lists("openai/gpt-oss-120b", "openai/gpt-oss-20b")).back
    assert catalogue_read().model_find(SMALL) == FIRST.models[1]


def test_a_refresh_touches_no_other_vendor_and_no_kind_that_was_not_listed() -> None:
    catalogue_refresh("groq", groq_lists())
    catalogue_refresh("deepgram", Listing(voices=()))
    gone = CatalogueEntry.objects.exclude(vanished_at=None).values_list("provider_id", "kind")
    assert set(gone) == {("groq", "model"), ("deepgram", "voice")}


def test_what_a_vendor_writes_at_length_has_room_in_a_row() -> None:
    long = Voice("elevenlabs", "v1", "L" * 400, ("en-US",), "A" * 90, "female", "D" * 900)
    nameless = Voice("elevenlabs", "v" * 201, "Nameless", ("en-US",), "", "", "")
    catalogue_refresh("elevenlabs", Listing(voices=(long, nameless)))
    entry("elevenlabs/v1").clean_fields()
    assert not CatalogueEntry.objects.filter(label="Nameless").exists()


def test_limits_come_from_the_vendor_unless_a_person_has_set_them() -> None:
    row = entry(LARGE)
    row.longest_reply_tokens = 1_000
    entry_edited(row, ["longest_reply_tokens"])
    row.save()
    terms = Terms(context_tokens=9_000, longest_reply_tokens=5_000)
    catalogue_refresh("groq", Listing(models=(Model("groq", "openai/gpt-oss-120b", "x", "", terms=terms),)))
    row = entry(LARGE)
    assert (row.context_tokens, row.longest_reply_tokens) == (9_000, 1_000)
    assert (row.label, row.tier) == ("GPT-OSS 120B (Groq)", 2)


# --- read -----------------------------------------------------------------------------------------
def test_what_is_switched_off_or_whose_provider_is_is_not_offered() -> None:
    CatalogueEntry.objects.filter(name="openai/gpt-oss-20b").update(is_enabled=False)
    CatalogueProvider.objects.filter(name="elevenlabs").update(is_enabled=False)
    found = catalogue_read()
    assert [model.provider for model in found.models] == ["embedded", "groq"]
    assert "elevenlabs" not in {voice.provider for voice in found.voices}


def test_a_plan_includes_its_tier_and_below_and_its_list_goes_before_that(cast: Cast) -> None:
    small, large = FIRST.models[1], FIRST.models[2]
    cast.acme.plan.tier = Tier.STANDARD
    by_tier = catalogue_of(cast.acme)
    assert by_tier.includes(small) and not by_tier.includes(large)
    assert by_tier.above_plan(large) == (
        "The plan Test does not include GPT-OSS 120B (Groq). It needs a plan of the tier Premium."
    )
    cast.acme.plan.allowed_models = [LARGE]
    by_list = catalogue_of(cast.acme)
    assert by_list.includes(large) and not by_list.includes(small)
    assert "tier" not in by_list.above_plan(small)
    assert by_list.includes(FIRST.voices[-1])  # of everything else the tier still decides


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        (Terms(), ""),
        (
            Terms(per_million_in=Decimal("0.150000"), per_million_out=Decimal("0.6")),
            "$0.15 in, $0.60 out per million tokens",
        ),
        (Terms(per_minute=Decimal("0.0077")), "$0.0077 a minute"),
        (Terms(per_thousand_characters=Decimal("0.030")), "$0.03 per 1,000 characters"),
        (Terms(per_minute=Decimal(3)), "$3.00 a minute"),
        (Terms(per_minute=Decimal(100)), "$100.00 a minute"),
    ],
)
def test_prices_in_words(terms: Terms, words: str) -> None:
    assert price_of(terms) == words


# --- administration -------------------------------------------------------------------------------
def test_an_administrators_change_is_remembered_as_theirs() -> None:
    User.objects.create_superuser("root@example.com", PASSWORD)
    client = Client()
    client.force_login(User.objects.get(email="root@example.com"))
    row = entry(SMALL)
    address = f"/admin/agents/catalogueentry/{row.pk}/change/"
    form = client.get(address).context["adminform"].form
    data = {name: "" if value is None else value for name, value in form.initial.items()}
    lists = {"languages": "[]", "formats": '["text"]'}
    data |= lists | {f"initial-{name}": value for name, value in lists.items()}  # as the page has them
    data |= {"per_million_in": "0.09", "is_enabled": "on"}
    response = client.post(address, data)
    assert response.status_code == 302, response.context["adminform"].form.errors
    row = entry(SMALL)
    assert (row.per_million_in, row.edited) == (Decimal("0.09"), ["per_million_in"])
    catalogue_ensure()
    assert entry(SMALL).per_million_in == Decimal("0.09")


@pytest.mark.parametrize(
    ("written", "is_taken"),
    [("", True), ("null", True), ('["de-DE"]', True), ("5", False), ('"en"', False), ("[1]", False)],
)
def test_what_an_administrator_writes_for_languages_is_a_list_or_refused(
    written: str, is_taken: bool
) -> None:
    User.objects.create_superuser("root@example.com", PASSWORD)
    client = Client()
    client.force_login(User.objects.get(email="root@example.com"))
    row = entry("deepgram/nova-3")
    address = f"/admin/agents/catalogueentry/{row.pk}/change/"
    initial = client.get(address).context["adminform"].form.initial
    data = {name: "" if value is None else value for name, value in initial.items()}
    data |= {"languages": written, "formats": '["text"]', "is_enabled": "on"}
    assert client.post(address, data).status_code == (302 if is_taken else 200)
    languages = catalogue_read().transcribers[1].languages
    assert all(isinstance(each, str) and len(each) == 5 for each in languages)


def test_the_administration_is_not_for_everybody(cast: Cast) -> None:
    alice = Client()
    alice.force_login(cast.alice)
    assert alice.get("/admin/agents/catalogueentry/").status_code == 302
