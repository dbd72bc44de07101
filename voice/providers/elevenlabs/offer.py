"""What ElevenLabs offers: voices that every account has, with the model that begins to speak first."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from voice.providers.offers import Terms, Voice

LANGUAGES = ("en-US", "en-GB", "de-DE", "fr-FR", "es-ES")
PROVIDER = "elevenlabs"
# Of the model that begins to speak first (Flash v2.5), whichever voice it speaks with.
TERMS = Terms(
    1,
    per_thousand_characters=Decimal("0.05"),
    as_of=date(2026, 6, 1),
    formats=("pcm_16000", "pcm_24000", "ulaw_8000"),
)


def _voice(voice_id: str, name: str, accent: str, sex: str, description: str) -> Voice:
    return Voice(PROVIDER, voice_id, f"{name} (ElevenLabs)", LANGUAGES, accent, sex, description, terms=TERMS)


VOICES: tuple[Voice, ...] = (
    _voice("EXAVITQu4vr4xnSDxMaL", "Sarah", "American", "female", "Warm and sure"),
    _voice("cgSgspJ2msm6clMCkdW9", "Jessica", "American", "female", "Bright and quick"),
    _voice("cjVigY5qzO86Huf0OWal", "Eric", "American", "male", "Friendly"),
    _voice("nPczCjzI2devNBz1zQrb", "Brian", "American", "male", "Deep and calm"),
    _voice("pFZP5JQG7iQjIQuC4Bku", "Lily", "British", "female", "Soft and clear"),
    _voice("JBFqnCBsd6RMkjVDRZzb", "George", "British", "male", "Warm, as a storyteller's"),
)
