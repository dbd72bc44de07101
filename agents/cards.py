"""What the list of agents shows of each: how it sounds, and whether it can take calls at all."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import Organisation
from agents.catalogue.obstacle import Obstacle, obstacle_of
from agents.catalogue.selectors import catalogue_of
from agents.models import Agent
from agents.selectors import agent_spec, agents_listed
from voice.providers.catalog import language_label


@dataclass(frozen=True, slots=True)
class AgentCard:
    """`obstacle`: why calls to it would be refused; None for one that is off, which says so itself."""

    agent: Agent
    language: str
    voice: str
    is_default: bool
    obstacle: Obstacle | None


def agent_cards(organisation: Organisation) -> list[AgentCard]:
    """Oldest first."""
    agents = list(agents_listed(organisation))
    default = next((agent for agent in agents if agent.is_active), None)
    catalogue = catalogue_of(organisation)
    offered = catalogue.offered
    cards = []
    for agent in agents:
        if agent.current_version is None:
            continue  # it is just being made
        spec = agent_spec(agent.current_version)
        voice = offered.voice_find(f"{spec.voice.provider}/{spec.voice.id}")
        cards.append(
            AgentCard(
                agent=agent,
                language=language_label(spec.language),
                voice=voice.label if voice else spec.voice.id,
                is_default=agent == default,
                obstacle=obstacle_of(catalogue, spec) if agent.is_active else None,
            )
        )
    return cards
