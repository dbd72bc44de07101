"""Providers are found by name, made once, and closed together."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from voice.core.errors import ProviderError
from voice.core.spec import AgentSpec, ModelSpec, TranscriberSpec
from voice.providers import registry
from voice.providers.access import VendorAccess
from voice.providers.registry import PortKind, ProviderRegistry, Settings


class Scripted:
    def __init__(self) -> None:
        self.is_closed = False

    async def aclose(self) -> None:
        self.is_closed = True


@pytest.fixture
def own_registry() -> Iterator[ProviderRegistry]:
    yield ProviderRegistry()


def test_a_name_that_nobody_has_is_an_error_that_trying_again_does_not_cure():
    for ask in (registry.transcriber, registry.language_model, registry.text_to_speech):
        with pytest.raises(ProviderError) as caught:
            ask("nobody")
        assert not caught.value.retryable
        assert caught.value.provider == "nobody"


def test_an_instance_is_made_once_and_only_when_asked_for(own_registry: ProviderRegistry):
    made: list[Scripted] = []

    def factory() -> Scripted:
        made.append(Scripted())
        return made[-1]

    own_registry.register("transcriber", "scripted", factory)
    assert made == []
    first = own_registry.get(PortKind.TRANSCRIBER, "scripted")
    assert own_registry.get(PortKind.TRANSCRIBER, "scripted") is first
    assert len(made) == 1


async def test_shutdown_closes_what_was_made_and_the_next_asking_makes_it_anew(
    own_registry: ProviderRegistry,
):
    own_registry.register(PortKind.LANGUAGE_MODEL, "scripted", Scripted)
    own_registry.register(PortKind.TEXT_TO_SPEECH, "without_close", object)
    first = own_registry.get(PortKind.LANGUAGE_MODEL, "scripted")
    own_registry.get(PortKind.TEXT_TO_SPEECH, "without_close")
    await own_registry.shutdown()
    assert first.is_closed
    assert own_registry.get(PortKind.LANGUAGE_MODEL, "scripted") is not first


async def test_shutdown_closes_the_others_when_one_fails(own_registry: ProviderRegistry):
    class Broken:
        async def aclose(self) -> None:
            raise RuntimeError("stuck")

    own_registry.register(PortKind.TRANSCRIBER, "broken", Broken)
    own_registry.register(PortKind.LANGUAGE_MODEL, "scripted", Scripted)
    own_registry.get(PortKind.TRANSCRIBER, "broken")
    sound = own_registry.get(PortKind.LANGUAGE_MODEL, "scripted")
    with pytest.raises(ExceptionGroup):
        await own_registry.shutdown()
    assert sound.is_closed


async def test_shutdown_does_not_wait_for_ever(
    own_registry: ProviderRegistry, monkeypatch: pytest.MonkeyPatch
):
    class Stuck:
        async def aclose(self) -> None:
            await asyncio.sleep(60)

    monkeypatch.setattr(registry, "SHUTDOWN_TIMEOUT_S", 0.05)
    own_registry.register(PortKind.TRANSCRIBER, "stuck", Stuck)
    own_registry.get(PortKind.TRANSCRIBER, "stuck")
    with pytest.raises(TimeoutError):
        await own_registry.shutdown()


def test_a_registration_can_be_taken_away_again(own_registry: ProviderRegistry):
    own_registry.register(PortKind.TRANSCRIBER, "scripted", Scripted)
    first = own_registry.get(PortKind.TRANSCRIBER, "scripted")
    undo = own_registry.register(PortKind.TRANSCRIBER, "scripted", object)
    assert own_registry.get(PortKind.TRANSCRIBER, "scripted") is not first
    undo()
    assert own_registry.get(PortKind.TRANSCRIBER, "scripted") is first


def test_the_embedded_transcriber_gets_the_configured_number_of_decoders(
    own_registry: ProviderRegistry, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(
        registry.BUILDERS,
        (PortKind.TRANSCRIBER, "counted"),
        ("types", "SimpleNamespace", lambda settings: {"decoders": settings.decoders}),
    )
    own_registry.configure(Settings(decoders=3))
    assert own_registry.get(PortKind.TRANSCRIBER, "counted").decoders == 3


def test_a_missing_package_is_said_in_one_sentence(
    own_registry: ProviderRegistry, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(
        registry.BUILDERS, (PortKind.TRANSCRIBER, "absent"), ("no_such_vendor", "Ear", lambda settings: {})
    )
    with pytest.raises(ProviderError, match="no_such_vendor") as caught:
        own_registry.get(PortKind.TRANSCRIBER, "absent")
    assert not caught.value.retryable


@pytest.fixture
def scripted_ear() -> Iterator[None]:
    undo = registry.register(PortKind.TRANSCRIBER, "scripted", Scripted)
    yield
    undo()


def test_an_agent_gets_all_its_ports(scripted_ear: None):
    ear = TranscriberSpec(provider="scripted")
    agent = AgentSpec(id="a", version=1, name="Mia", transcriber=ear)
    ports = registry.ports_for(agent)
    assert ports.model is registry.language_model("embedded")
    assert ports.speech is registry.text_to_speech("embedded")
    assert ports.transcriber is registry.transcriber("scripted")
    assert ports.voice_activity is registry.voice_activity()
    with pytest.raises(ProviderError):
        registry.ports_for(replace(agent, model=ModelSpec(provider="nobody")))


def test_ports_tell_which_own_keys_they_are_asked_with() -> None:
    accesses = {
        "groq": VendorAccess("groq", "its own", key_id="k1"),
        "deepgram": VendorAccess("deepgram", "installation"),
    }
    ports = registry.ports_for(AgentSpec(id="a", version=1, name="Mia"), accesses=accesses)
    assert ports.key_ids == {"groq": "k1"}


def test_no_provider_is_imported_before_it_is_asked_for():
    code = (
        "import sys, voice.providers.registry, voice.providers.catalog\n"
        "heavy = {'numpy', 'bm25s', 'onnxruntime', 'pocketsphinx', 'rapidfuzz'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=True, timeout=30)
