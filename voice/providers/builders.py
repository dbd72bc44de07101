"""The class behind each provider's name, imported when it is first used, and what it is made with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module
from typing import Any

from voice.core.errors import CredentialsError, ProviderError
from voice.providers.access import VENDORS, VendorAccess


class PortKind(StrEnum):
    TRANSCRIBER = "transcriber"
    LANGUAGE_MODEL = "language_model"
    TEXT_TO_SPEECH = "text_to_speech"
    VOICE_ACTIVITY = "voice_activity"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a provider may need to know of this installation. `decoders` 0: two a core."""

    decoders: int = 0
    vendors: Mapping[str, VendorAccess] = field(default_factory=dict)

    def lacks(self, vendor: str) -> str:
        return VENDORS[vendor].lacks(self.vendors.get(vendor))

    def access(self, vendor: str) -> VendorAccess:
        """Raises CredentialsError where there is no key, or no address, for it."""
        if lack := self.lacks(vendor):
            raise CredentialsError(vendor, f"there is {lack}")
        return self.vendors[vendor]


def _vendor(name: str) -> Callable[[Settings], dict[str, Any]]:
    return lambda settings: {"access": settings.access(name)}


# A vendor's SDK may take 100 MB and a second to import, so a class is named here and imported on first use.
BUILDERS: dict[tuple[PortKind, str], tuple[str, str, Callable[[Settings], dict[str, Any]]]] = {
    (PortKind.TRANSCRIBER, "embedded"): (
        "voice.providers.embedded.transcriber",
        "EmbeddedTranscriber",
        lambda settings: {"decoders": settings.decoders},
    ),
    (PortKind.LANGUAGE_MODEL, "embedded"): (
        "voice.providers.embedded.answerer",
        "EmbeddedAnswerer",
        lambda settings: {},
    ),
    (PortKind.TEXT_TO_SPEECH, "embedded"): (
        "voice.providers.embedded.voice",
        "EmbeddedVoice",
        lambda settings: {},
    ),
    (PortKind.VOICE_ACTIVITY, "embedded"): (
        "voice.providers.embedded.vad",
        "SileroVoiceActivity",
        lambda settings: {},
    ),
    (PortKind.TRANSCRIBER, "deepgram"): (
        "voice.providers.deepgram.transcriber",
        "DeepgramTranscriber",
        _vendor("deepgram"),
    ),
    (PortKind.LANGUAGE_MODEL, "groq"): ("voice.providers.groq.model", "GroqModel", _vendor("groq")),
    (PortKind.TEXT_TO_SPEECH, "deepgram"): (
        "voice.providers.deepgram.speech",
        "DeepgramSpeech",
        _vendor("deepgram"),
    ),
    (PortKind.LANGUAGE_MODEL, "openai_compatible"): (
        "voice.providers.openai_compatible.model",
        "OpenAICompatibleModel",
        _vendor("openai_compatible"),
    ),
    (PortKind.TRANSCRIBER, "openai_compatible"): (
        "voice.providers.openai_compatible.transcriber",
        "OpenAICompatibleTranscriber",
        _vendor("openai_compatible"),
    ),
    (PortKind.TEXT_TO_SPEECH, "openai_compatible"): (
        "voice.providers.openai_compatible.speech",
        "OpenAICompatibleSpeech",
        _vendor("openai_compatible"),
    ),
    (PortKind.TEXT_TO_SPEECH, "elevenlabs"): (
        "voice.providers.elevenlabs.speech",
        "ElevenLabsSpeech",
        _vendor("elevenlabs"),
    ),
}


def build(kind: PortKind, name: str, settings: Settings) -> Any:
    """Raises ProviderError (not retryable) for a name that nobody has or whose package is missing."""
    if (kind, name) not in BUILDERS:
        raise ProviderError(name, f"there is no {kind.replace('_', ' ')} of this name", retryable=False)
    module_name, class_name, arguments = BUILDERS[kind, name]
    try:
        provider_class = getattr(import_module(module_name), class_name)
    except ImportError as error:
        raise ProviderError(
            name, f"its package is not installed ({error.name or error})", retryable=False
        ) from error
    return provider_class(**arguments(settings))
