"""What can be chosen is unique, honest about its quality, and can really be had."""

from __future__ import annotations

import dataclasses

import pytest

from voice.core.spec import ModelSpec, TranscriberSpec, VoiceSpec
from voice.providers import catalog
from voice.providers.embedded.voice import STYLES, TRAITS


def test_every_built_in_choice_says_that_it_is_demo_quality():
    for choice in (*catalog.VOICES, *catalog.MODELS, *catalog.TRANSCRIBERS):
        if choice.provider == "embedded":
            assert choice.note == "built-in, demo quality"


def test_ids_and_labels_are_unique():
    assert len({(voice.provider, voice.id) for voice in catalog.VOICES}) == len(catalog.VOICES)
    assert len({voice.label for voice in catalog.VOICES}) == len(catalog.VOICES)
    assert len({language.code for language in catalog.LANGUAGES}) == len(catalog.LANGUAGES)


def test_the_defaults_of_an_agent_are_in_the_catalogue():
    voice, model, ear = VoiceSpec(), ModelSpec(), TranscriberSpec()
    assert catalog.voice_find(voice.provider, voice.id) is catalog.DEFAULT_VOICE
    assert (catalog.DEFAULT_MODEL.provider, catalog.DEFAULT_MODEL.name) == (model.provider, model.name)
    assert (catalog.DEFAULT_TRANSCRIBER.provider, catalog.DEFAULT_TRANSCRIBER.model) == (
        ear.provider,
        ear.model,
    )
    assert catalog.DEFAULT_LANGUAGE.code == "en-US"


def test_what_is_not_there_is_none():
    assert catalog.voice_find("embedded", "nobody") is None
    assert catalog.style_find("angry") is None


def test_every_built_in_voice_and_style_is_one_that_the_voice_knows():
    assert {voice.id for voice in catalog.VOICES if voice.provider == "embedded"} == set(TRAITS)
    assert {style.id for style in catalog.STYLES} == set(STYLES)


def test_every_accent_of_a_voice_can_be_asked_for():
    assert set(catalog.accents()) == {voice.accent for voice in catalog.VOICES}


def test_nobody_can_change_the_catalogue():
    with pytest.raises(dataclasses.FrozenInstanceError):
        catalog.VOICES[0].label = "Other"  # type: ignore[misc]
