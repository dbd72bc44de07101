"""What the built-in providers offer."""

from __future__ import annotations

from decimal import Decimal

from voice.providers.offers import Model, Terms, TranscriberModel, Voice

BUILT_IN_NOTE = "built-in, demo quality"
LANGUAGES = ("en-US", "en-GB")
NOTHING = Decimal(0)
NO_CHARGE = Terms(
    0,
    per_minute=NOTHING,
    per_million_in=NOTHING,
    per_million_out=NOTHING,
    per_thousand_characters=NOTHING,
    formats=("pcm",),
)

VOICES: tuple[Voice, ...] = (
    Voice(
        "embedded",
        "rms",
        "Ross",
        LANGUAGES,
        "American",
        "male",
        "Calm and the clearest of the built-in voices",
        BUILT_IN_NOTE,
        NO_CHARGE,
    ),
    Voice(
        "embedded",
        "slt",
        "Sally",
        LANGUAGES,
        "American",
        "female",
        "Even and friendly",
        BUILT_IN_NOTE,
        NO_CHARGE,
    ),
    Voice(
        "embedded",
        "awb",
        "Alan",
        LANGUAGES[::-1],
        "Scottish",
        "male",
        "Brisk, with a Scottish accent",
        BUILT_IN_NOTE,
        NO_CHARGE,
    ),
    Voice(
        "embedded",
        "kal16",
        "Karl",
        LANGUAGES,
        "American",
        "male",
        "An old-fashioned robot, quick to start",
        BUILT_IN_NOTE,
        NO_CHARGE,
    ),
)

MODELS: tuple[Model, ...] = (
    Model(
        "embedded",
        "answerer",
        "Answerer",
        "Answers from the agent's knowledge, greeting and prompt, and says so when it does not know",
        BUILT_IN_NOTE,
        NO_CHARGE,
    ),
)

TRANSCRIBERS: tuple[TranscriberModel, ...] = (
    TranscriberModel(
        "embedded",
        "pocketsphinx",
        "PocketSphinx",
        LANGUAGES,
        "Understands clear English close to the microphone",
        BUILT_IN_NOTE,
        NO_CHARGE,
    ),
)
