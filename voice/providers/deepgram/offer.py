"""What Deepgram offers."""

from __future__ import annotations

from voice.providers.offers import TranscriberModel

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
