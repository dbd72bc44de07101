"""Which provider stands behind a name: one instance a process, and one for each organisation's own key."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from importlib import import_module
from typing import Any, cast

from voice.core.errors import CredentialsError, NonsenseError
from voice.core.ports import LanguageModel, Ports, Spare, TextToSpeech, Transcriber, VoiceActivity
from voice.core.spec import AgentSpec
from voice.providers import catalog, spares
from voice.providers.access import VENDORS, VendorAccess
from voice.providers.builders import BUILDERS, PortKind, Settings, build
from voice.providers.offers import Catalogue, Listing
from voice.providers.own_instances import OwnInstances, close_each

__all__ = ["BUILDERS", "Accesses", "PortKind", "ProviderRegistry", "Settings"]

SHUTDOWN_TIMEOUT_S = 5.0


Factory = Callable[[], Any]
Accesses = Mapping[str, VendorAccess]


class ProviderRegistry:
    """Names to instances. Safe to ask from any thread; an instance is made once."""

    def __init__(self) -> None:
        self.settings = Settings()
        self._factories: dict[tuple[PortKind, str], Factory] = {}
        self._instances: dict[tuple[PortKind, str], Any] = {}
        self._own = OwnInstances()
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

    def get_own(self, kind: PortKind, access: VendorAccess) -> Any:
        """The one that uses an organisation's own key. Raises ProviderError."""
        key = (kind, access.vendor)
        if key in self._factories:
            return self.get(*key)
        with self._lock:
            settings = replace(self.settings, vendors={access.vendor: access})
            return self._own.find(kind, access, lambda: build(*key, settings))

    def own_access(self, provider: object) -> VendorAccess | None:
        with self._lock:
            return self._own.access_of(provider)

    def _make(self, key: tuple[PortKind, str]) -> Any:
        return self._factories[key]() if key in self._factories else build(*key, self.settings)

    async def close_unneeded(self, in_use: Collection[object]) -> None:
        """Of organisations' own: those that were evicted or not asked for in a while. Raises nothing."""
        with self._lock:
            unneeded = self._own.unneeded(in_use)
        await close_each(unneeded)

    async def shutdown(self) -> None:
        """Close every provider that holds something (worker processes, connections), in bounded time."""
        with self._lock:
            instances = [*self._instances.values(), *self._own.take_all()]
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


def access(vendor: str) -> VendorAccess:
    """This installation's own. Raises CredentialsError where it has none."""
    return _registry.settings.access(vendor)


def installation_accesses() -> Accesses:
    """All ways to vendors that this installation has itself."""
    return {vendor: access(vendor) for vendor in VENDORS if not lacks(vendor)}


async def check_key(access: VendorAccess) -> str:
    """Asks the vendor itself; what the key gives, in a few words. Raises ProviderError."""
    try:
        found: str = await import_module(f"voice.providers.{access.vendor}.key").check(access)
    except (AttributeError, TypeError, KeyError) as error:
        # The SDKs check nothing: an answer without its fields shows up where one of them is used.
        message = f"its answer cannot be read ({type(error).__name__})"
        raise NonsenseError(access.vendor, message) from None
    return found


async def listed(access: VendorAccess) -> Listing:
    """What the vendor says that it has. Raises ProviderError."""
    try:
        found: Listing = await import_module(f"voice.providers.{access.vendor}.listing").listed(access)
    except (AttributeError, TypeError, KeyError) as error:
        message = f"its answer cannot be read ({type(error).__name__})"
        raise NonsenseError(access.vendor, message) from None
    return found


def register(kind: PortKind | str, name: str, factory: Factory) -> Callable[[], None]:
    """Put a provider behind a name (kind: a PortKind or its value). Returns what takes it away again."""
    return _registry.register(kind, name, factory)


def transcriber(provider: str, accesses: Accesses | None = None) -> Transcriber:
    """`accesses`: to use instead of this installation's. Raises ProviderError for an unknown one."""
    return cast(Transcriber, _get(PortKind.TRANSCRIBER, provider, accesses))


def language_model(provider: str, accesses: Accesses | None = None) -> LanguageModel:
    """As `transcriber`."""
    return cast(LanguageModel, _get(PortKind.LANGUAGE_MODEL, provider, accesses))


def text_to_speech(provider: str, accesses: Accesses | None = None) -> TextToSpeech:
    """As `transcriber`."""
    return cast(TextToSpeech, _get(PortKind.TEXT_TO_SPEECH, provider, accesses))


def voice_activity(provider: str = "embedded") -> VoiceActivity:
    """Raises ProviderError for an unknown one."""
    return cast(VoiceActivity, _get(PortKind.VOICE_ACTIVITY, provider, None))


def _get(kind: PortKind, provider: str, accesses: Accesses | None) -> Any:
    if provider not in VENDORS or accesses is None:
        return _registry.get(kind, provider)
    if provider not in accesses:
        raise CredentialsError(provider, "there is no key for it that may be used")
    access = accesses[provider]
    return _registry.get_own(kind, access) if access.key_id else _registry.get(kind, provider)


def ports_for(
    agent: AgentSpec,
    *,
    accesses: Accesses | None = None,
    offered: Catalogue = catalog.FIRST,
) -> Ports:
    """Everything a session of this agent asks of the outside, and who stands in for each.

    `accesses`: how vendors may be reached, as this installation does if None; `offered`: who may stand in.
    Raises ProviderError when a part is unknown or has no key.
    """
    reachable = installation_accesses() if accesses is None else accesses

    def is_usable(provider: str) -> bool:
        return provider not in VENDORS or provider in reachable

    ears = spares.spare_transcribers(agent, offered, is_usable)
    models = spares.spare_models(agent, offered, is_usable)
    voices = spares.spare_voices(agent, offered, is_usable)
    return Ports(
        transcriber=transcriber(agent.transcriber.provider, accesses),
        model=language_model(agent.model.provider, accesses),
        speech=text_to_speech(agent.voice.provider, accesses),
        voice_activity=voice_activity(),
        spare_transcribers=tuple(Spare(each, transcriber(each.provider, accesses)) for each in ears),
        spare_models=tuple(Spare(each, language_model(each.provider, accesses)) for each in models),
        spare_voices=tuple(Spare(each, text_to_speech(each.provider, accesses)) for each in voices),
        key_ids={vendor: access.key_id for vendor, access in reachable.items() if access.key_id},
    )


def own_access(provider: object) -> VendorAccess | None:
    """The organisation's own key that an instance was made with; None for this installation's."""
    return _registry.own_access(provider)


async def close_unneeded(in_use: Collection[object]) -> None:
    """Closes what was made with organisations' own keys and is needed no more. Raises nothing."""
    await _registry.close_unneeded(in_use)


async def shutdown() -> None:
    """Close all providers made so far; they are made anew when asked for again."""
    await _registry.shutdown()
