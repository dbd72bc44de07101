"""What can be chosen is unique, honest about its quality, and can really be had."""

from __future__ import annotations

import dataclasses

import pytest

from voice.core.spec import ModelSpec, TranscriberSpec, VoiceSpec
from voice.providers import catalog
from voice.providers.catalog import FIRST
from voice.providers.embedded.voice import STYLES, TRAITS


def test_every_built_in_choice_says_that_it_is_demo_quality():
    for choice in (*FIRST.voices, *FIRST.models, *FIRST.transcribers):
        if choice.provider == "embedded":
            assert choice.note == "built-in, demo quality"


def test_ids_and_labels_are_unique():
    assert len({(voice.provider, voice.id) for voice in FIRST.voices}) == len(FIRST.voices)
    assert len({voice.label for voice in FIRST.voices}) == len(FIRST.voices)
    assert len({language.code for language in catalog.LANGUAGES}) == len(catalog.LANGUAGES)


def test_the_defaults_of_an_agent_are_in_the_catalogue():
    voice, model, ear = VoiceSpec(), ModelSpec(), TranscriberSpec()
    assert FIRST.voice_find(f"{voice.provider}/{voice.id}") is catalog.DEFAULT_VOICE
    assert (catalog.DEFAULT_MODEL.provider, catalog.DEFAULT_MODEL.name) == (model.provider, model.name)
    assert (catalog.DEFAULT_TRANSCRIBER.provider, catalog.DEFAULT_TRANSCRIBER.model) == (
        ear.provider,
        ear.model,
    )
    assert catalog.DEFAULT_LANGUAGE.code == "en-US"


def test_what_is_not_there_is_none():
    assert FIRST.voice_find("embedded/nobody") is None
    assert FIRST.model_find("embedded/nobody") is None
    assert FIRST.transcriber_find("embedded/nobody") is None
    assert catalog.style_find("angry") is None


def test_every_built_in_voice_and_style_is_one_that_the_voice_knows():
    assert {voice.id for voice in FIRST.voices if voice.provider == "embedded"} == set(TRAITS)
    assert {style.id for style in catalog.STYLES} == set(STYLES)


def test_every_accent_of_a_voice_can_be_asked_for():
    assert set(FIRST.accents()) == {voice.accent for voice in FIRST.voices}


def test_nobody_can_change_the_catalogue():
    with pytest.raises(dataclasses.FrozenInstanceError):
        FIRST.voices[0].label = "Other"  # type: ignore[misc]


def test_what_a_vendor_sells_has_a_price_its_date_and_a_tier():
    for offer in (*FIRST.voices, *FIRST.models, *FIRST.transcribers):
        terms = offer.terms
        prices = (
            terms.per_minute,
            terms.per_million_in,
            terms.per_million_out,
            terms.per_thousand_characters,
        )
        if offer.provider == "embedded":
            assert set(prices) == {0} and terms.tier == 0
        else:
            assert any(prices) and terms.as_of and terms.tier > 0
        assert terms.formats


def test_a_catalogue_can_be_narrowed_and_added_to():
    own = catalog.of_own_server(["qwen3:4b"], ["kokoro/af_heart"], ["whisper"])
    both = FIRST + own
    assert both.model_find("openai_compatible/qwen3:4b") is own.models[0]
    assert both.only(lambda offer: offer.provider == "openai_compatible") == own
