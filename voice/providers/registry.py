"""Which provider stands behind a name: imported when first used, one instance a process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module
from typing import Any, cast

from voice.core.errors import CredentialsError, ProviderError
from voice.core.ports import LanguageModel, Ports, Spare, TextToSpeech, Transcriber, VoiceActivity
from voice.core.spec import AgentSpec
from voice.providers import spares
from voice.providers.access import VENDORS, VendorAccess

SHUTDOWN_TIMEOUT_S = 5.0


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
        """Raises CredentialsError where this installation has no key, or no address, for it."""
        if lack := self.lacks(vendor):
            raise CredentialsError(vendor, f"this installation has {lack}")
        return self.vendors[vendor]


def _vendor(name: str) -> Callable[[Settings], dict[str, Any]]:
    return lambda settings: {"access": settings.access(name)}


Factory = Callable[[], Any]
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
    (PortKind.TEXT_TO_SPEECH, "elevenlabs"): (
        "voice.providers.elevenlabs.speech",
        "ElevenLabsSpeech",
        _vendor("elevenlabs"),
    ),
}


class ProviderRegistry:
    """Names to instances. Safe to ask from any thread; an instance is made once."""

    def __init__(self) -> None:
        self.settings = Settings()
        self._factories: dict[tuple[PortKind, str], Factory] = {}
        self._instances: dict[tuple[PortKind, str], Any] = {}
        # Re-entrant: a provider may ask for another one while it is made.
        self._lock = threading.RLock()

    def configure(self, settings: Settings) -> None:
        """Instances made before this call keep the settings they were made with."""
        self.settings = settings

    def register(self, kind: PortKind | str, name: str, factory: Factory) -> Callable[[], None]:
        """Put a provider behind a name, or instead of a built-in one. Returns what takes it away again."""
        key = (PortKind(kind), name)
        with self._lock:
            replaced_factory = self._factories.get(key)
            replaced_instance = self._instances.pop(key, None)
            self._factories[key] = factory

        def undo() -> None:
            with self._lock:
                self._factories.pop(key, None)
                self._instances.pop(key, None)
                if replaced_factory is not None:
                    self._factories[key] = replaced_factory
                if replaced_instance is not None:
                    self._instances[key] = replaced_instance

        return undo

    def get(self, kind: PortKind, name: str) -> Any:
        """Raises ProviderError (not retryable) for a name that nobody has or whose package is missing."""
        key = (kind, name)
        with self._lock:
            if key not in self._instances:
                self._instances[key] = self._make(key)
            return self._instances[key]

    def _make(self, key: tuple[PortKind, str]) -> Any:
        kind, name = key
        if key in self._factories:
            return self._factories[key]()
        if key not in BUILDERS:
            label = kind.replace("_", " ")
            raise ProviderError(name, f"there is no {label} of this name", retryable=False)
        module_name, class_name, arguments = BUILDERS[key]
        try:
            provider_class = getattr(import_module(module_name), class_name)
        except ImportError as error:
            raise ProviderError(
                name, f"its package is not installed ({error.name or error})", retryable=False
            ) from error
        return provider_class(**arguments(self.settings))

    async def shutdown(self) -> None:
        """Close every provider that holds something (worker processes, connections), in bounded time."""
        with self._lock:
            instances = list(self._instances.values())
            self._instances.clear()
        closing = [instance.aclose() for instance in instances if hasattr(instance, "aclose")]
        if not closing:
            return
        async with asyncio.timeout(SHUTDOWN_TIMEOUT_S):
            results = await asyncio.gather(*closing, return_exceptions=True)
        failures = [result for result in results if isinstance(result, Exception)]
        if failures:
            raise ExceptionGroup("providers that did not close", failures)


_registry = ProviderRegistry()


def configure(*, decoders: int = 0, vendors: Iterable[VendorAccess] = ()) -> None:
    """Call once at start. `decoders`: callers the built-in transcriber hears at once; 0 is two a core."""
    _registry.configure(Settings(decoders, {access.vendor: access for access in vendors}))


def lacks(vendor: str) -> str:
    """What this installation has not set for a vendor, as part of a sentence; empty if nothing is missing."""
    return _registry.settings.lacks(vendor)


async def check_key(vendor: str) -> str:
    """Asks the vendor itself; what the key gives, in a few words. Raises ProviderError."""
    access = _registry.settings.access(vendor)
    found: str = await import_module(f"voice.providers.{vendor}.key").check(access)
    return found


def lacks_key(provider: str) -> str:
    """Why this provider cannot be used here, as a sentence; empty if it can."""
    lack = lacks(provider) if provider in VENDORS else ""
    return f"{VENDORS[provider].label} cannot be used: this installation has {lack}." if lack else ""


def register(kind: PortKind | str, name: str, factory: Factory) -> Callable[[], None]:
    """Put a provider behind a name (kind: a PortKind or its value). Returns what takes it away again."""
    return _registry.register(kind, name, factory)


def transcriber(provider: str) -> Transcriber:
    """Raises ProviderError for an unknown one."""
    return cast(Transcriber, _registry.get(PortKind.TRANSCRIBER, provider))


def language_model(provider: str) -> LanguageModel:
    """Raises ProviderError for an unknown one."""
    return cast(LanguageModel, _registry.get(PortKind.LANGUAGE_MODEL, provider))


def text_to_speech(provider: str) -> TextToSpeech:
    """Raises ProviderError for an unknown one."""
    return cast(TextToSpeech, _registry.get(PortKind.TEXT_TO_SPEECH, provider))


def voice_activity(provider: str = "embedded") -> VoiceActivity:
    """Raises ProviderError for an unknown one."""
    return cast(VoiceActivity, _registry.get(PortKind.VOICE_ACTIVITY, provider))


def is_usable(provider: str) -> bool:
    """Whether this installation has what the provider needs."""
    return not lacks_key(provider)


def ports_for(
    agent: AgentSpec, *, own_models: Iterable[str] = (), allowed_models: Iterable[str] = ()
) -> Ports:
    """Everything a session of this agent asks of the outside, and who stands in for each.

    `own_models`: what a server of one's own knows; `allowed_models`: those of the plan, all if empty.
    Raises ProviderError when a part is unknown.
    """
    ears = spares.spare_transcribers(agent, is_usable)
    models = spares.spare_models(agent, is_usable, own=own_models, allowed=allowed_models)
    voices = spares.spare_voices(agent, is_usable)
    return Ports(
        transcriber=transcriber(agent.transcriber.provider),
        model=language_model(agent.model.provider),
        speech=text_to_speech(agent.voice.provider),
        voice_activity=voice_activity(),
        spare_transcribers=tuple(Spare(each, transcriber(each.provider)) for each in ears),
        spare_models=tuple(Spare(each, language_model(each.provider)) for each in models),
        spare_voices=tuple(Spare(each, text_to_speech(each.provider)) for each in voices),
    )


async def shutdown() -> None:
    """Close all providers made so far; they are made anew when asked for again."""
    await _registry.shutdown()
