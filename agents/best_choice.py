"""Which vendors a new agent begins with: those that its organisation may use and its plan allows."""

from __future__ import annotations

from accounts.models import Plan
from agents.snapshot import Settings, complete
from agents.vendor_keys.organisation_vendors import OrganisationVendors
from voice.providers import catalog

BUILT_IN = "embedded"


def best_choice(settings: Settings, plan: Plan, vendors: OrganisationVendors) -> Settings:
    """The same agent with the best that can be had instead of its built-in parts."""

    def is_better(provider: str) -> bool:
        return provider != BUILT_IN and vendors.may_use(provider)

    chosen = complete(settings)
    language = chosen["language"]
    if chosen["model"]["provider"] == BUILT_IN:
        for model in catalog.models(vendors.own_models):
            is_allowed = not plan.allowed_models or f"{model.provider}/{model.name}" in plan.allowed_models
            if is_allowed and is_better(model.provider):
                chosen["model"] |= {"provider": model.provider, "name": model.name}
                break
    if chosen["transcriber"]["provider"] == BUILT_IN:
        for ear in catalog.transcribers(vendors.own_transcribers):
            if is_better(ear.provider) and language in ear.languages:
                chosen["transcriber"] |= {"provider": ear.provider, "model": ear.model}
                break
    if chosen["voice"]["provider"] == BUILT_IN:
        built_in = catalog.voice_find(BUILT_IN, chosen["voice"]["id"])
        for voice in catalog.voices(vendors.own_voices):
            is_alike = built_in is None or voice.sex in ("", built_in.sex)
            if is_better(voice.provider) and is_alike and language in voice.languages:
                chosen["voice"] |= {"provider": voice.provider, "id": voice.id, "accent": ""}
                break
    return chosen
