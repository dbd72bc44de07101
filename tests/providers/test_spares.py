"""Who stands in for a part of an agent, also when the one that was named cannot be had any more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from voice.core.spec import AgentSpec, ModelSpec, TranscriberSpec, VoiceSpec
from voice.providers.catalog import FIRST
from voice.providers.offers import Offer
from voice.providers.spares import spare_models, spare_transcribers, spare_voices

LARGE = "groq/openai/gpt-oss-120b"
THALIA = "deepgram/aura-2-thalia-en"
AGENT = AgentSpec(
    id="a",
    version=1,
    name="Ada",
    language="en-US",
    model=ModelSpec("groq", "openai/gpt-oss-20b", fallback=LARGE),
    voice=VoiceSpec("elevenlabs", "EXAVITQu4vr4xnSDxMaL", fallback=THALIA),
    transcriber=TranscriberSpec("deepgram", "nova-3", fallback="deepgram/flux-general-en"),
)


def everybody(provider: str) -> bool:
    return True


def test_who_is_named_stands_in_alone() -> None:
    assert [each.name for each in spare_models(AGENT, FIRST, everybody)] == ["openai/gpt-oss-120b"]
    assert [each.id for each in spare_voices(AGENT, FIRST, everybody)] == ["aura-2-thalia-en"]
    assert [each.model for each in spare_transcribers(AGENT, FIRST, everybody)] == ["flux-general-en"]


@pytest.mark.parametrize("is_marked", [True, False], ids=["listed no more", "not offered any more"])
def test_where_who_was_named_is_gone_the_next_best_stands_in(is_marked: bool) -> None:
    named = {AGENT.model.fallback, AGENT.voice.fallback, AGENT.transcriber.fallback}

    def marked(offer: Offer) -> Offer:
        terms = replace(offer.terms, is_gone=True)
        return replace(offer, terms=terms) if offer.choice in named else offer

    offered = FIRST.only(lambda offer: is_marked or offer.choice not in named)
    if is_marked:
        offered = replace(
            offered,
            models=tuple(map(marked, offered.models)),
            voices=tuple(map(marked, offered.voices)),
            transcribers=tuple(map(marked, offered.transcribers)),
        )
    own = (AGENT.voice.provider, AGENT.voice.id)
    models = spare_models(AGENT, offered, everybody)
    voices = spare_voices(AGENT, offered, everybody)
    ears = spare_transcribers(AGENT, offered, everybody)
    assert "embedded" in {each.provider for each in models}
    assert "deepgram" in {each.provider for each in voices}
    assert own not in {(each.provider, each.id) for each in voices}
    assert "embedded" in {each.provider for each in ears}


def test_what_is_built_in_has_nobody_unless_one_is_named_who_can_be_had() -> None:
    agent = replace(AGENT, model=ModelSpec("embedded", "answerer", fallback="groq/was-named"))
    assert spare_models(agent, FIRST, everybody) == ()
    assert spare_models(replace(agent, model=replace(agent.model, fallback=LARGE)), FIRST, everybody)
