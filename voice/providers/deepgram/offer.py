"""What Deepgram offers."""

from __future__ import annotations

from voice.providers.offers import TranscriberModel, Voice

TRANSCRIBERS: tuple[TranscriberModel, ...] = (
    TranscriberModel(
        "deepgram",
        "nova-3",
        "Nova-3 (Deepgram)",
        ("en-US", "en-GB", "de-DE", "fr-FR", "es-ES"),
        "Understands callers in noise and over the phone",
    ),
    TranscriberModel(
        "deepgram",
        "flux-general-en",
        "Flux (Deepgram)",
        ("en-US", "en-GB"),
        "Made for conversations; English only",
    ),
)


def _voice(name: str, accent: str, sex: str, description: str) -> Voice:
    voice_id = f"aura-2-{name.lower()}-en"
    return Voice("deepgram", voice_id, f"{name} (Deepgram)", ("en-US", "en-GB"), accent, sex, description)


VOICES: tuple[Voice, ...] = (
    _voice("Thalia", "American", "female", "Clear and lively"),
    _voice("Andromeda", "American", "female", "Casual"),
    _voice("Apollo", "American", "male", "Confident"),
    _voice("Arcas", "American", "male", "Natural and smooth"),
    _voice("Pandora", "British", "female", "Calm"),
    _voice("Draco", "British", "male", "Warm and trustworthy"),
)
