"""What a provider offers for an agent: its models, voices and transcribers, and on what terms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Terms:
    """What it takes to use something, and how far it goes.

    `tier`: of the lowest plan that includes it, 0 for every plan. Prices are the vendor's, in US dollars
    without tax, None where it has none of that kind or nobody knows; limits are in tokens. `is_gone`: its
    vendor lists it no more.
    """

    tier: int = 0
    per_minute: Decimal | None = None
    per_million_in: Decimal | None = None
    per_million_out: Decimal | None = None
    per_thousand_characters: Decimal | None = None
    as_of: date | None = None
    formats: tuple[str, ...] = ()
    context_tokens: int | None = None
    longest_reply_tokens: int | None = None
    is_gone: bool = False


UNKNOWN_TERMS = Terms()


@dataclass(frozen=True, slots=True)
class Voice:
    """`sex` is "female" or "male"; `languages`: the one it was made for first; `note` stands beside the label
    in every list."""

    provider: str
    id: str
    label: str
    languages: tuple[str, ...]
    accent: str
    sex: str
    description: str
    note: str = ""
    terms: Terms = UNKNOWN_TERMS

    @property
    def choice(self) -> str:
        return f"{self.provider}/{self.id}"


@dataclass(frozen=True, slots=True)
class Model:
    provider: str
    name: str
    label: str
    description: str
    note: str = ""
    terms: Terms = UNKNOWN_TERMS

    @property
    def choice(self) -> str:
        return f"{self.provider}/{self.name}"


@dataclass(frozen=True, slots=True)
class TranscriberModel:
    provider: str
    model: str
    label: str
    languages: tuple[str, ...]
    description: str
    note: str = ""
    terms: Terms = UNKNOWN_TERMS

    @property
    def choice(self) -> str:
        return f"{self.provider}/{self.model}"


Offer = Voice | Model | TranscriberModel


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What there is to choose from, each in the order in which it is shown and preferred."""

    voices: tuple[Voice, ...] = ()
    models: tuple[Model, ...] = ()
    transcribers: tuple[TranscriberModel, ...] = ()

    def voice_find(self, choice: str) -> Voice | None:
        """`choice` is "provider/name", here and below."""
        return next((each for each in self.voices if each.choice == choice), None)

    def model_find(self, choice: str) -> Model | None:
        return next((each for each in self.models if each.choice == choice), None)

    def transcriber_find(self, choice: str) -> TranscriberModel | None:
        return next((each for each in self.transcribers if each.choice == choice), None)

    def accents(self) -> tuple[str, ...]:
        """Every accent that some voice has, each once, in order."""
        return tuple(dict.fromkeys(voice.accent for voice in self.voices if voice.accent))

    def only(self, is_wanted: Callable[[Offer], bool]) -> Catalogue:
        return Catalogue(
            tuple(filter(is_wanted, self.voices)),
            tuple(filter(is_wanted, self.models)),
            tuple(filter(is_wanted, self.transcribers)),
        )

    def __add__(self, other: Catalogue) -> Catalogue:
        return Catalogue(
            self.voices + other.voices, self.models + other.models, self.transcribers + other.transcribers
        )


@dataclass(frozen=True, slots=True)
class Listing:
    """What a vendor says that it has: None where it was not asked for that kind."""

    voices: tuple[Voice, ...] | None = None
    models: tuple[Model, ...] | None = None
    transcribers: tuple[TranscriberModel, ...] | None = None


@dataclass(frozen=True, slots=True)
class Language:
    """`code` is of BCP 47."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class Style:
    """A way of speaking. Built-in voices map it to pace, pitch and liveliness."""

    id: str
    label: str
    description: str
