"""What Deepgram offers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from voice.providers.offers import Terms, TranscriberModel, Voice

AS_OF = date(2026, 6, 1)
HEARD = ("linear16", "mulaw")
NOVA_TERMS = Terms(1, per_minute=Decimal("0.0077"), as_of=AS_OF, formats=HEARD)
FLUX_TERMS = Terms(1, per_minute=Decimal("0.0077"), as_of=AS_OF, formats=HEARD)
VOICE_TERMS = Terms(1, per_thousand_characters=Decimal("0.030"), as_of=AS_OF, formats=("linear16", "mulaw"))

TRANSCRIBERS: tuple[TranscriberModel, ...] = (
    TranscriberModel(
        "deepgram",
        "nova-3",
        "Nova-3 (Deepgram)",
        ("en-US", "en-GB", "de-DE", "fr-FR", "es-ES"),
        "Understands callers in noise and over the phone",
        terms=NOVA_TERMS,
    ),
    TranscriberModel(
        "deepgram",
        "flux-general-en",
        "Flux (Deepgram)",
        ("en-US", "en-GB"),
        "Made for conversations; English only",
        terms=FLUX_TERMS,
    ),
)


def _voice(name: str, accent: str, sex: str, description: str) -> Voice:
    voice_id = f"aura-2-{name.lower()}-en"
    label = f"{name} (Deepgram)"
    languages = ("en-US", "en-GB")
    return Voice("deepgram", voice_id, label, languages, accent, sex, description, terms=VOICE_TERMS)


VOICES: tuple[Voice, ...] = (
    _voice("Thalia", "American", "female", "Clear and lively"),
    _voice("Andromeda", "American", "female", "Casual"),
    _voice("Apollo", "American", "male", "Confident"),
    _voice("Arcas", "American", "male", "Natural and smooth"),
    _voice("Pandora", "British", "female", "Calm"),
    _voice("Draco", "British", "male", "Warm and trustworthy"),
)
