"""Providers of organisations' own keys: one a key, a bounded number, closed only when nobody uses them."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from voice.core.errors import CredentialsError
from voice.core.spec import AgentSpec, ModelSpec, TranscriberSpec, VoiceSpec
from voice.providers import catalog, own_instances, registry
from voice.providers.access import VendorAccess
from voice.providers.own_instances import GRACE_S, IDLE_S, OwnInstances, close_each
from voice.providers.registry import PortKind, ProviderRegistry, Settings

MODEL = PortKind.LANGUAGE_MODEL


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def access(number: int) -> VendorAccess:
    return VendorAccess("groq", f"key-{number}", key_id=f"id-{number}")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> OwnInstances:
    monkeypatch.setattr(own_instances, "MOST_KEPT", 2)
    return OwnInstances(clock)


def test_a_key_has_one_instance_and_another_key_another(few: OwnInstances) -> None:
    first = few.find(MODEL, access(1), object)
    assert few.find(MODEL, access(1), object) is first
    assert few.find(MODEL, access(2), object) is not first
    assert few.find(PortKind.TRANSCRIBER, access(1), object) is not first
    found = few.access_of(first)
    assert found is not None and found.key_id == "id-1"
    assert few.access_of(object()) is None


def test_the_one_asked_for_longest_ago_is_evicted_but_not_while_it_is_in_use(
    few: OwnInstances, clock: Clock
) -> None:
    first, second = (few.find(MODEL, access(number), object) for number in (1, 2))
    few.find(MODEL, access(1), object)
    few.find(MODEL, access(3), object)
    assert few.unneeded(in_use=[]) == []  # it has just been handed out and may be on its way into a call
    clock.now_s += GRACE_S + 1
    assert few.unneeded(in_use=[second]) == []
    assert few.access_of(second) is not None
    assert few.unneeded(in_use=[]) == [second]
    assert few.find(MODEL, access(1), object) is first
    assert len(few) == 2


def test_what_is_asked_for_no_more_is_closed_after_a_while(few: OwnInstances, clock: Clock) -> None:
    replaced = few.find(MODEL, access(1), object)
    clock.now_s += IDLE_S - 1
    few.find(MODEL, access(2), object)
    assert few.unneeded(in_use=[]) == []
    clock.now_s += 2
    assert few.unneeded(in_use=[]) == [replaced]


def test_many_keys_do_not_add_up(few: OwnInstances, clock: Clock) -> None:
    for number in range(100):
        few.find(MODEL, access(number), object)
        clock.now_s += GRACE_S
        few.unneeded(in_use=[])
        assert len(few) <= 4


async def test_closing_survives_what_fails_and_does_not_wait_for_what_hangs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    closed = []

    class Sound:
        async def aclose(self) -> None:
            closed.append(self)

    class Broken:
        async def aclose(self) -> None:
            raise RuntimeError("stuck")

    await close_each([Broken(), object(), Sound()])
    assert len(closed) == 1


@pytest.fixture
def own_registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[ProviderRegistry]:
    """Its Groq models are empty objects that know with which access they were made."""
    builder = ("types", "SimpleNamespace", lambda settings: {"access": settings.access("groq")})
    monkeypatch.setitem(registry.BUILDERS, (MODEL, "groq"), builder)
    fresh = ProviderRegistry()
    fresh.configure(Settings(vendors={"groq": VendorAccess("groq", "installation")}))
    monkeypatch.setattr(registry, "_registry", fresh)
    yield fresh


def model_of(ports: Any) -> SimpleNamespace:
    model: SimpleNamespace = ports.model
    return model


def test_a_session_gets_the_model_of_its_organisations_key(own_registry: ProviderRegistry) -> None:
    agent = AgentSpec(id="a", version=1, name="Mia", model=ModelSpec("groq", "m", fallback="none"))
    own = registry.ports_for(agent, accesses={"groq": access(1)})
    other = registry.ports_for(agent, accesses={"groq": access(2)})
    shared = registry.ports_for(agent, accesses=registry.installation_accesses())
    assert [model_of(each).access.api_key for each in (own, other, shared)] == [
        "key-1",
        "key-2",
        "installation",
    ]
    assert registry.ports_for(agent, accesses={"groq": access(1)}).model is own.model
    assert registry.ports_for(agent).model is shared.model
    assert registry.own_access(own.model) == access(1)
    assert registry.own_access(shared.model) is None


def test_a_vendor_that_an_organisation_may_not_use_is_not_asked_with_this_installations_key(
    own_registry: ProviderRegistry,
) -> None:
    agent = AgentSpec(id="a", version=1, name="Mia", model=ModelSpec("groq", "m"))
    with pytest.raises(CredentialsError):
        registry.ports_for(agent, accesses={})
    built_in = AgentSpec(id="a", version=1, name="Mia", model=ModelSpec(fallback="groq/openai/gpt-oss-20b"))
    assert registry.ports_for(built_in, accesses={}).spare_models == ()


async def test_shutdown_closes_what_was_made_with_own_keys_too(own_registry: ProviderRegistry) -> None:
    closed = []

    async def aclose() -> None:
        closed.append("groq")

    registry.language_model("groq", {"groq": access(1)}).aclose = aclose  # type: ignore[attr-defined]
    await registry.shutdown()
    assert closed == ["groq"]


def test_what_an_own_server_knows_can_stand_in_by_name() -> None:
    server = VendorAccess("openai_compatible", "", "http://127.0.0.1:9", key_id="id-1")
    agent = AgentSpec(
        id="a",
        version=1,
        name="Mia",
        voice=VoiceSpec(fallback="openai_compatible/kokoro/af_heart"),
        transcriber=TranscriberSpec(fallback="openai_compatible/whisper"),
    )
    ports = registry.ports_for(
        agent,
        accesses={"openai_compatible": server},
        offered=catalog.of_own_server(voices=["kokoro/af_heart"], transcribers=["whisper"]),
    )
    assert [spare.choice.id for spare in ports.spare_voices] == ["kokoro/af_heart"]
    assert [spare.choice.model for spare in ports.spare_transcribers] == ["whisper"]
    assert registry.own_access(ports.spare_voices[0].port) == server
    registry._registry._own.take_all()
