"""Who stands in when an agent's model, voice or transcriber fails: its own choice, or the next best."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

from voice.core.spec import NO_FALLBACK, AgentSpec, ModelSpec, TranscriberSpec, VoiceSpec
from voice.providers.offers import Catalogue, Offer

BUILT_IN = "embedded"
# More would only keep the caller waiting for the apology.
MOST_SPARES = 3

IsUsable = Callable[[str], bool]


Offered = TypeVar("Offered", bound=Offer)


def spare_models(agent: AgentSpec, offered: Catalogue, is_usable: IsUsable) -> tuple[ModelSpec, ...]:
    chosen = agent.model
    found = _spares(offered.models, chosen.provider, chosen.fallback, is_usable)
    return tuple(
        replace(chosen, provider=each.provider, name=each.name)
        for each in found
        if (each.provider, each.name) != (chosen.provider, chosen.name)
    )[:MOST_SPARES]


def spare_voices(agent: AgentSpec, offered: Catalogue, is_usable: IsUsable) -> tuple[VoiceSpec, ...]:
    """Those that speak the agent's language; left to choose, of the same sex if there is one."""
    chosen = agent.voice
    own = offered.voice_find(f"{chosen.provider}/{chosen.id}")
    voices = sorted(
        (voice for voice in offered.voices if agent.language in voice.languages),
        key=lambda voice: own is not None and voice.sex != own.sex,
    )
    found = _spares(voices, chosen.provider, chosen.fallback, is_usable)
    return tuple(
        replace(chosen, provider=each.provider, id=each.id, accent="")
        for each in found
        if each.provider != chosen.provider or each.choice == chosen.fallback
    )[:MOST_SPARES]


def spare_transcribers(
    agent: AgentSpec, offered: Catalogue, is_usable: IsUsable
) -> tuple[TranscriberSpec, ...]:
    """Those that understand the agent's language."""
    chosen = agent.transcriber
    ears = [each for each in offered.transcribers if agent.language in each.languages]
    found = _spares(ears, chosen.provider, chosen.fallback, is_usable)
    return tuple(
        replace(chosen, provider=each.provider, model=each.model)
        for each in found
        if (each.provider, each.model) != (chosen.provider, chosen.model)
    )[:MOST_SPARES]


def _spares(offered: Iterable[Offered], chosen: str, fallback: str, is_usable: IsUsable) -> list[Offered]:
    """Left to choose: one of each other vendor, then others of the same, and what is built in last.

    So it is too where the one that was named cannot be had any more: nobody asked for an apology instead.
    """
    if fallback == NO_FALLBACK:
        return []
    usable = [each for each in offered if is_usable(each.provider) and not each.terms.is_gone]
    if named := [each for each in usable if each.choice == fallback]:
        return named
    if chosen == BUILT_IN:
        return []
    of_others: dict[str, Offered] = {}
    for each in usable:
        if each.provider not in (chosen, BUILT_IN):
            of_others.setdefault(each.provider, each)
    of_the_same = [each for each in usable if each.provider == chosen]
    built_in = [each for each in usable if each.provider == BUILT_IN]
    return [*of_others.values(), *of_the_same[:2], *built_in[:1]]
