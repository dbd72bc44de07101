"""An adapter beside the simulated vendor that it talks to, both in virtual time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.simulators.deepgram import DeepgramSimulator
from tests.simulators.elevenlabs import ElevenLabsSimulator
from tests.simulators.groq import GroqSimulator
from tests.simulators.server import Simulator
from tests.virtual_time import pytest_asyncio_loop_factories
from voice.core.spec import AgentSpec, KnowledgeEntry, ModelSpec, TranscriberSpec, VoiceSpec
from voice.providers.access import VendorAccess

__all__ = ["pytest_asyncio_loop_factories"]

KEY = "vendor_key_7c1f9a52"


def access_to(simulator: Simulator, key: str = KEY) -> VendorAccess:
    return VendorAccess(simulator.vendor, key, simulator.base_url)


@pytest.fixture
def agent() -> AgentSpec:
    return AgentSpec(
        id="a1",
        version=1,
        name="Mia",
        system_prompt="You work for Bright Dental.",
        knowledge=(KnowledgeEntry("When are you open?", "From nine to five."),),
        model=ModelSpec("groq", "openai/gpt-oss-20b"),
        voice=VoiceSpec("elevenlabs", "v1"),
        transcriber=TranscriberSpec("deepgram", "nova-3", ("Bright Dental", "Invisalign")),
    )


async def _running(simulator: Any) -> AsyncIterator[Any]:
    async with simulator:
        yield simulator


@pytest.fixture
async def groq() -> AsyncIterator[GroqSimulator]:
    async for simulator in _running(GroqSimulator()):
        yield simulator


@pytest.fixture
async def deepgram() -> AsyncIterator[DeepgramSimulator]:
    async for simulator in _running(DeepgramSimulator()):
        yield simulator


@pytest.fixture
async def elevenlabs() -> AsyncIterator[ElevenLabsSimulator]:
    async for simulator in _running(ElevenLabsSimulator()):
        yield simulator
