"""What can be chosen for an agent: voices, models, transcribers and languages, as frozen data."""

from __future__ import annotations

from dataclasses import dataclass

BUILT_IN_NOTE = "built-in, demo quality"


@dataclass(frozen=True, slots=True)
class Voice:
    """`sex` is "female" or "male"; `note` stands beside the label in every list."""

    provider: str
    id: str
    label: str
    language: str
    accent: str
    sex: str
    description: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    provider: str
    name: str
    label: str
    description: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class TranscriberModel:
    provider: str
    model: str
    label: str
    languages: tuple[str, ...]
    description: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Language:
    """A BCP 47 code; `is_built_in` False means that only a vendor's voice and transcriber know it."""

    code: str
    label: str
    is_built_in: bool = False


@dataclass(frozen=True, slots=True)
class Style:
    """A way of speaking. Built-in voices map it to pace, pitch and liveliness."""

    id: str
    label: str
    description: str


VOICES: tuple[Voice, ...] = (
    Voice(
        "embedded",
        "rms",
        "Ross",
        "en-US",
        "American",
        "male",
        "Calm and the clearest of the built-in voices",
        BUILT_IN_NOTE,
    ),
    Voice(
        "embedded",
        "slt",
        "Sally",
        "en-US",
        "American",
        "female",
        "Even and friendly",
        BUILT_IN_NOTE,
    ),
    Voice(
        "embedded",
        "awb",
        "Alan",
        "en-GB",
        "Scottish",
        "male",
        "Brisk, with a Scottish accent",
        BUILT_IN_NOTE,
    ),
    Voice(
        "embedded",
        "kal16",
        "Karl",
        "en-US",
        "American",
        "male",
        "An old-fashioned robot, quick to start",
        BUILT_IN_NOTE,
    ),
)

MODELS: tuple[Model, ...] = (
    Model(
        "embedded",
        "answerer",
        "Answerer",
        "Answers from the agent's knowledge, greeting and prompt, and says so when it does not know",
        BUILT_IN_NOTE,
    ),
)

TRANSCRIBERS: tuple[TranscriberModel, ...] = (
    TranscriberModel(
        "embedded",
        "pocketsphinx",
        "PocketSphinx",
        ("en-US", "en-GB"),
        "Understands clear English close to the microphone",
        BUILT_IN_NOTE,
    ),
)

LANGUAGES: tuple[Language, ...] = (
    Language("en-US", "English (United States)", is_built_in=True),
    Language("en-GB", "English (United Kingdom)", is_built_in=True),
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
    return next((voice for voice in VOICES if (voice.provider, voice.id) == (provider, voice_id)), None)


def style_find(style_id: str) -> Style | None:
    return next((style for style in STYLES if style.id == style_id), None)


def accents() -> tuple[str, ...]:
    """Every accent that some voice has, each once, in the catalogue's order."""
    return tuple(dict.fromkeys(voice.accent for voice in VOICES))
