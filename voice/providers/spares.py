"""Who stands in when an agent's model, voice or transcriber fails: its own choice, or the next best."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Protocol, TypeVar

from voice.core.spec import AUTOMATIC, NO_FALLBACK, AgentSpec, ModelSpec, TranscriberSpec, VoiceSpec
from voice.providers import catalog

BUILT_IN = "embedded"
# More would only keep the caller waiting for the apology.
MOST_SPARES = 3

IsUsable = Callable[[str], bool]


class _Offered(Protocol):
    @property
    def provider(self) -> str: ...


Offer = TypeVar("Offer", bound=_Offered)


def spare_models(
    agent: AgentSpec, is_usable: IsUsable, *, own: Iterable[str] = (), allowed: Iterable[str] = ()
) -> tuple[ModelSpec, ...]:
    """`own`: what a server of one's own knows; `allowed`: what the plan includes, everything if empty."""
    chosen = agent.model
    plan = frozenset(allowed)
    offered = [each for each in catalog.models(own) if not plan or f"{each.provider}/{each.name}" in plan]
    found = _spares(offered, chosen.provider, chosen.fallback, lambda each: each.name, is_usable)
    return tuple(
        replace(chosen, provider=each.provider, name=each.name)
        for each in found
        if (each.provider, each.name) != (chosen.provider, chosen.name)
    )[:MOST_SPARES]


def spare_voices(agent: AgentSpec, is_usable: IsUsable, *, own: Iterable[str] = ()) -> tuple[VoiceSpec, ...]:
    """Those that speak the agent's language; left to choose, of the same sex if there is one."""
    chosen = agent.voice
    like = catalog.voice_find(chosen.provider, chosen.id)
    offered = sorted(
        (voice for voice in catalog.voices(own) if agent.language in voice.languages),
        key=lambda voice: like is not None and voice.sex != like.sex,
    )
    found = _spares(offered, chosen.provider, chosen.fallback, lambda each: each.id, is_usable)
    return tuple(
        replace(chosen, provider=each.provider, id=each.id, accent="")
        for each in found
        if each.provider != chosen.provider or chosen.fallback
    )[:MOST_SPARES]


def spare_transcribers(
    agent: AgentSpec, is_usable: IsUsable, *, own: Iterable[str] = ()
) -> tuple[TranscriberSpec, ...]:
    """Those that understand the agent's language."""
    chosen = agent.transcriber
    offered = [each for each in catalog.transcribers(own) if agent.language in each.languages]
    found = _spares(offered, chosen.provider, chosen.fallback, lambda each: each.model, is_usable)
    return tuple(
        replace(chosen, provider=each.provider, model=each.model)
        for each in found
        if (each.provider, each.model) != (chosen.provider, chosen.model)
    )[:MOST_SPARES]


def _spares(
    offered: Iterable[Offer], chosen: str, fallback: str, name: Callable[[Offer], str], is_usable: IsUsable
) -> list[Offer]:
    """Left to choose: one of each other vendor, then others of the same, and what is built in last."""
    if fallback == NO_FALLBACK or (fallback == AUTOMATIC and chosen == BUILT_IN):
        return []
    usable = [each for each in offered if is_usable(each.provider)]
    if fallback != AUTOMATIC:
        return [each for each in usable if f"{each.provider}/{name(each)}" == fallback]
    of_others: dict[str, Offer] = {}
    for each in usable:
        if each.provider not in (chosen, BUILT_IN):
            of_others.setdefault(each.provider, each)
    of_the_same = [each for each in usable if each.provider == chosen]
    built_in = [each for each in usable if each.provider == BUILT_IN]
    return [*of_others.values(), *of_the_same[:2], *built_in[:1]]
