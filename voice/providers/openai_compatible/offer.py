"""What a server of one's own offers: whatever its owner says that it knows, by its own names."""

from __future__ import annotations

from voice.providers.offers import Model, TranscriberModel, Voice

PROVIDER = "openai_compatible"
# Which of them it really knows depends on the model, and nobody asks it.
LANGUAGES = ("en-US", "en-GB", "de-DE", "fr-FR", "es-ES")


def _label(name: str) -> str:
    return f"{name} (your own server)"


def model(name: str) -> Model:
    return Model(PROVIDER, name, _label(name), "")


def voice(voice_id: str) -> Voice:
    """`voice_id` is "model/voice". Whose voice it is, is not known."""
    return Voice(PROVIDER, voice_id, _label(voice_id), LANGUAGES, "", "", "")


def transcriber(name: str) -> TranscriberModel:
    return TranscriberModel(PROVIDER, name, _label(name), LANGUAGES, "")
