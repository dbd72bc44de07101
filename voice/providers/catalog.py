"""What a new installation offers for its agents; afterwards it is rows that an administrator edits."""

from __future__ import annotations

from collections.abc import Iterable

from voice.providers.deepgram import offer as deepgram
from voice.providers.elevenlabs import offer as elevenlabs
from voice.providers.embedded import offer as embedded
from voice.providers.groq import offer as groq
from voice.providers.offers import Catalogue, Language, Style
from voice.providers.openai_compatible import offer as own_server

FIRST = Catalogue(
    voices=(*embedded.VOICES, *elevenlabs.VOICES, *deepgram.VOICES),
    models=(*embedded.MODELS, *groq.MODELS),
    transcribers=(*embedded.TRANSCRIBERS, *deepgram.TRANSCRIBERS),
)

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

DEFAULT_VOICE = FIRST.voices[0]
DEFAULT_MODEL = FIRST.models[0]
DEFAULT_TRANSCRIBER = FIRST.transcribers[0]
DEFAULT_LANGUAGE = LANGUAGES[0]


def of_own_server(
    models: Iterable[str] = (), voices: Iterable[str] = (), transcribers: Iterable[str] = ()
) -> Catalogue:
    """The names that a server of one's own knows; a voice's as "model/voice"."""
    return Catalogue(
        tuple(map(own_server.voice, voices)),
        tuple(map(own_server.model, models)),
        tuple(map(own_server.transcriber, transcribers)),
    )


def style_find(style_id: str) -> Style | None:
    return next((style for style in STYLES if style.id == style_id), None)


def language_label(code: str) -> str:
    """As people write it; the code itself where it is none of ours."""
    return next((language.label for language in LANGUAGES if language.code == code), code)
