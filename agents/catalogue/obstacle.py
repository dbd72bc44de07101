"""Why an agent can take no calls: asked before each call, and by the page that would begin one."""

from __future__ import annotations

from dataclasses import dataclass

from agents.catalogue.organisation_catalogue import OrganisationCatalogue
from voice.core.spec import AgentSpec

INSTEAD = "choose another provider in the agent's settings"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """`sentences`: what is in the way, and what to do. `vendor`: whose row under Settings → Vendors mends
    it; empty where only another choice for the agent, a larger plan or an administrator does."""

    sentences: str
    vendor: str = ""
    is_above_plan: bool = False


def obstacle_of(catalogue: OrganisationCatalogue, agent: AgentSpec) -> Obstacle | None:
    """The first that is found; None if nothing is in the way. Opens no key."""
    parts = catalogue.parts_of(agent)
    for _, offer in parts:
        if offer and (above_plan := catalogue.above_plan(offer)):
            return Obstacle(f"{above_plan} Choose another, or a larger plan.", is_above_plan=True)
    for choice, _ in parts:
        if not_offered := catalogue.not_offered(choice):
            return Obstacle(f"{not_offered} Choose another in the agent's settings.")
        provider = choice.split("/", 1)[0]
        if why_not := catalogue.vendors.why_not(provider, instead=INSTEAD):
            is_for_all = provider in catalogue.vendors.switched_off
            return Obstacle(why_not, vendor="" if is_for_all else provider)
    return None
