"""What an organisation can choose for its agents: catalogue, plan and vendors, asked in one place."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import Plan, Tier
from agents.catalogue.prices import price_of
from agents.vendor_keys.organisation_vendors import OWN_SERVER, OrganisationVendors
from voice.core.spec import AgentSpec
from voice.providers import catalog
from voice.providers.offers import Catalogue, Model, Offer

BUILT_IN = "embedded"


@dataclass(frozen=True)
class OrganisationCatalogue:
    """`installation`: what is offered to everybody here. A choice is "provider/name"."""

    installation: Catalogue
    plan: Plan
    vendors: OrganisationVendors

    @property
    def offered(self) -> Catalogue:
        """With the names that the organisation's own server knows; whether or not it may use each."""
        own = catalog.of_own_server(
            self.vendors.own_models, self.vendors.own_voices, self.vendors.own_transcribers
        )
        return self.installation + own

    @property
    def usable(self) -> Catalogue:
        """What can be chosen anew: included in the plan, still listed by a vendor that may be used."""
        return self.offered.only(
            lambda offer: (
                self.includes(offer) and not offer.terms.is_gone and self.vendors.may_use(offer.provider)
            )
        )

    def includes(self, offer: Offer) -> bool:
        """A plan that names its models includes those; of everything else what is of its tier or below."""
        if isinstance(offer, Model) and self.plan.allowed_models:
            return offer.choice in self.plan.allowed_models
        return offer.terms.tier <= self.plan.tier

    def above_plan(self, offer: Offer) -> str:
        """That the plan does not include it, as a sentence; empty if it does."""
        if self.includes(offer):
            return ""
        sentence = f"The plan {self.plan.name} does not include {offer.label}."
        if not self._goes_by_tier(offer):
            return sentence
        return f"{sentence} It needs a plan of the tier {Tier(offer.terms.tier).label}."

    def marks(self, offer: Offer) -> list[str]:
        """What stands beside it in a list. First why it cannot be used: a phone shows only the beginning."""
        plan = ""
        if not self.includes(offer):
            plan = (
                f"{Tier(offer.terms.tier).label} plans only"
                if self._goes_by_tier(offer)
                else "not in your plan"
            )
        marks = (
            plan,
            self.vendors.mark(offer.provider),
            "no longer listed by its vendor" if offer.terms.is_gone else "",
            offer.note,
            price_of(offer.terms) if offer.provider != BUILT_IN else "",
        )
        return [mark for mark in marks if mark]

    def not_offered(self, choice: str) -> str:
        """That the administrator offers it to nobody, as a sentence; empty if it is offered.

        What a server of the organisation's own knows is between it and its owner; of this installation's,
        only what the administrator has named can be asked for.
        """
        if choice.split("/", 1)[0] == OWN_SERVER and self.vendors.has_own_server:
            return ""
        offered = self.offered
        found = offered.model_find(choice) or offered.voice_find(choice) or offered.transcriber_find(choice)
        return "" if found else f"{choice} is not offered here."

    def parts_of(self, agent: AgentSpec) -> list[tuple[str, Offer | None]]:
        """The agent's choices with what the catalogue has of each."""
        offered = self.offered
        ear = f"{agent.transcriber.provider}/{agent.transcriber.model}"
        model = f"{agent.model.provider}/{agent.model.name}"
        voice = f"{agent.voice.provider}/{agent.voice.id}"
        return [
            (ear, offered.transcriber_find(ear)),
            (model, offered.model_find(model)),
            (voice, offered.voice_find(voice)),
        ]

    def _goes_by_tier(self, offer: Offer) -> bool:
        return not (isinstance(offer, Model) and self.plan.allowed_models)
