"""What can be chosen for an agent: voices, models, transcribers and languages, as frozen data."""

from __future__ import annotations

from collections.abc import Iterable

from voice.providers.deepgram import offer as deepgram
from voice.providers.elevenlabs import offer as elevenlabs
from voice.providers.embedded import offer as embedded
from voice.providers.groq import offer as groq
from voice.providers.offers import Language, Model, Style, TranscriberModel, Voice
from voice.providers.openai_compatible import offer as own_server

VOICES: tuple[Voice, ...] = (*embedded.VOICES, *elevenlabs.VOICES, *deepgram.VOICES)
MODELS: tuple[Model, ...] = (*embedded.MODELS, *groq.MODELS)
TRANSCRIBERS: tuple[TranscriberModel, ...] = (*embedded.TRANSCRIBERS, *deepgram.TRANSCRIBERS)

# Those in which the agent's own lines (reminder, goodbye, apology) are written too.
LANGUAGES: tuple[Language, ...] = (
    Language("en-US", "English (United States)"),
    Language("en-GB", "English (United Kingdom)"),
    Language("de-DE", "German"),
    Language("fr-FR", "French"),
    Language("es-ES", "Spanish"),
)

STYLES: tuple[Style, ...] = (
    Style("", "Neutral", "The voice as it is"),
    Style("calm", "Calm", "A little slower and lower, with less up and down"),
    Style("lively", "Lively", "A little quicker and higher, with more up and down"),
    Style("serious", "Serious", "Lower, with less up and down"),
)

DEFAULT_VOICE = VOICES[0]
DEFAULT_MODEL = MODELS[0]
DEFAULT_TRANSCRIBER = TRANSCRIBERS[0]
DEFAULT_LANGUAGE = LANGUAGES[0]


def voice_find(provider: str, voice_id: str) -> Voice | None:
    if provider == own_server.PROVIDER:
        return own_server.voice(voice_id)
    return next((voice for voice in VOICES if (voice.provider, voice.id) == (provider, voice_id)), None)


def style_find(style_id: str) -> Style | None:
    return next((style for style in STYLES if style.id == style_id), None)


def accents() -> tuple[str, ...]:
    """Every accent that some voice has, each once, in the catalogue's order."""
    return tuple(dict.fromkeys(voice.accent for voice in VOICES))


def models(own: Iterable[str] = ()) -> tuple[Model, ...]:
    """`own`: the names that a server of one's own knows."""
    return (*MODELS, *map(own_server.model, own))


def voices(own: Iterable[str] = ()) -> tuple[Voice, ...]:
    """`own`: as "model/voice"."""
    return (*VOICES, *map(own_server.voice, own))


def transcribers(own: Iterable[str] = ()) -> tuple[TranscriberModel, ...]:
    return (*TRANSCRIBERS, *map(own_server.transcriber, own))


def transcriber_find(provider: str, model: str) -> TranscriberModel | None:
    if provider == own_server.PROVIDER:
        return own_server.transcriber(model)
    return next((each for each in TRANSCRIBERS if (each.provider, each.model) == (provider, model)), None)


def language_label(code: str) -> str:
    """As people write it; the code itself where it is none of ours."""
    return next((language.label for language in LANGUAGES if language.code == code), code)
