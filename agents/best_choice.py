"""Which vendors a new agent begins with: those that its organisation may use and its plan includes."""

from __future__ import annotations

from agents.catalogue.organisation_catalogue import OrganisationCatalogue
from agents.snapshot import Settings, complete

BUILT_IN = "embedded"


def best_choice(settings: Settings, catalogue: OrganisationCatalogue) -> Settings:
    """The same agent with the best that can be had instead of its built-in parts."""
    usable = catalogue.usable
    better = usable.only(lambda offer: offer.provider != BUILT_IN)
    chosen = complete(settings)
    language = chosen["language"]
    if chosen["model"]["provider"] == BUILT_IN:
        for model in better.models[:1]:
            chosen["model"] |= {"provider": model.provider, "name": model.name}
    if chosen["transcriber"]["provider"] == BUILT_IN:
        for ear in better.transcribers:
            if language in ear.languages:
                chosen["transcriber"] |= {"provider": ear.provider, "model": ear.model}
                break
    if chosen["voice"]["provider"] == BUILT_IN:
        built_in = usable.voice_find(f"{BUILT_IN}/{chosen['voice']['id']}")
        for voice in better.voices:
            is_alike = built_in is None or voice.sex in ("", built_in.sex)
            if is_alike and language in voice.languages:
                chosen["voice"] |= {"provider": voice.provider, "id": voice.id, "accent": ""}
                break
    return chosen
