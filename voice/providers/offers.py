"""What a provider offers for an agent: how its models, voices and transcribers are listed."""

from __future__ import annotations

from dataclasses import dataclass


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
    """`code` is of BCP 47."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class Style:
    """A way of speaking. Built-in voices map it to pace, pitch and liveliness."""

    id: str
    label: str
    description: str
