"""What an organisation's own server can be asked for, by the server's own names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError

MOST_NAMES = 50
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class ServerNames:
    """`voices` as "model/voice"."""

    models: tuple[str, ...] = ()
    voices: tuple[str, ...] = ()
    transcribers: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.models or self.voices or self.transcribers)


def names_in(text: str) -> list[str]:
    return [name for name in re.split(r"[\s,;]+", text) if name]


def clean_names(names: Iterable[str]) -> tuple[str, ...]:
    """Each once. Raises ValidationError."""
    found = tuple(dict.fromkeys(names))
    if len(found) > MOST_NAMES:
        raise ValidationError(f"{MOST_NAMES} names at most.", code="too_many")
    if any(len(name) > LONGEST_NAME for name in found):
        raise ValidationError(f"A name may have {LONGEST_NAME} characters at most.", code="too_long")
    return found


def clean_voices(names: Iterable[str]) -> tuple[str, ...]:
    """Raises ValidationError."""
    found = clean_names(names)
    if not all(re.fullmatch(r"[^/].*/[^/]+", name) for name in found):
        raise ValidationError(
            "Write each as its model and the voice, such as kokoro/af_heart.", code="invalid"
        )
    return found
