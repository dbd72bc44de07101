"""What ElevenLabs offers: voices that every account has, with the model that begins to speak first."""

from __future__ import annotations

from voice.providers.offers import Voice

LANGUAGES = ("en-US", "en-GB", "de-DE", "fr-FR", "es-ES")
PROVIDER = "elevenlabs"


def _voice(voice_id: str, name: str, accent: str, sex: str, description: str) -> Voice:
    return Voice(PROVIDER, voice_id, f"{name} (ElevenLabs)", LANGUAGES, accent, sex, description)


VOICES: tuple[Voice, ...] = (
    _voice("EXAVITQu4vr4xnSDxMaL", "Sarah", "American", "female", "Warm and sure"),
    _voice("cgSgspJ2msm6clMCkdW9", "Jessica", "American", "female", "Bright and quick"),
    _voice("cjVigY5qzO86Huf0OWal", "Eric", "American", "male", "Friendly"),
    _voice("nPczCjzI2devNBz1zQrb", "Brian", "American", "male", "Deep and calm"),
    _voice("pFZP5JQG7iQjIQuC4Bku", "Lily", "British", "female", "Soft and clear"),
    _voice("JBFqnCBsd6RMkjVDRZzb", "George", "British", "male", "Warm, as a storyteller's"),
)
