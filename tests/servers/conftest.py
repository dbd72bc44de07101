"""Both servers, started once each, on one ground; and one with simulated vendors, started for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.browser.product import free_port
from tests.browser.speech import spoken_wav
from tests.servers.ground import KINDS, Ground, StartedServer
from tests.servers.simulated_vendors import KEY, Vendors
from tests.simulators.deepgram import DeepgramSimulator
from tests.simulators.elevenlabs import ElevenLabsSimulator
from tests.simulators.groq import GroqSimulator
from tests.simulators.threaded import variables
from voice.audio.resample import resampled
from voice.audio.wav import read_wav
from voice.core.audio import PCM_16000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/tests/servers/" in str(item.path):
            item.add_marker(pytest.mark.server)


@pytest.fixture(scope="session")
def ground() -> Iterator[Ground]:
    made = Ground()
    try:
        yield made
    finally:
        made.close()


@pytest.fixture(scope="session")
def started(ground: Ground) -> dict[str, StartedServer]:
    """By kind, filled as they are needed."""
    return {}


@pytest.fixture(params=KINDS)
def server(
    request: pytest.FixtureRequest, ground: Ground, started: dict[str, StartedServer]
) -> Iterator[StartedServer]:
    """Whatever a test does to it, it still runs afterwards and has printed no traceback and no key."""
    kind = request.param
    if kind not in started:
        started[kind] = ground.start(kind, free_port())
    found = started[kind]
    before = found.output_bytes()
    yield found
    assert found.process.poll() is None, f"{kind} has ended: {found.output()[-3000:]}"
    printed = found.output(before)
    assert "Traceback" not in printed, printed
    assert " ERROR " not in printed, printed
    assert "vx_" not in printed.replace("vx_…", ""), printed


@pytest.fixture
async def vendors() -> AsyncIterator[Vendors]:
    async with (
        DeepgramSimulator(interim_ms=100, final_ms=150) as deepgram,
        GroqSimulator(first_token_ms=200, tokens_a_second=300) as groq,
        ElevenLabsSimulator(first_audio_ms=100, times_real_time=8) as elevenlabs,
    ):
        yield Vendors(deepgram, groq, elevenlabs)


@pytest.fixture
def product(ground: Ground, vendors: Vendors) -> Iterator[StartedServer]:
    """A server of its own: which vendors it talks to is decided when it starts."""
    before = dict(ground.environment)
    ground.environment |= variables(list(vars(vendors).values()), KEY)
    try:
        server = ground.start("uvicorn", free_port())
    finally:
        ground.environment.clear()
        ground.environment.update(before)
    yield server
    server.stop()
    printed = server.output()
    assert "Traceback" not in printed, printed
    assert KEY not in printed


@pytest.fixture
def talkative(
    monkeypatch: pytest.MonkeyPatch, ground: Ground, vendors: Vendors, request: pytest.FixtureRequest
) -> StartedServer:
    """The product with everything in its log, as machines collect it."""
    for name, value in {"LOG_LEVEL": "DEBUG", "LOG_FORMAT": "json"}.items():
        monkeypatch.setitem(ground.environment, name, value)
    server: StartedServer = request.getfixturevalue("product")
    return server


@pytest.fixture
def question(tmp_path: Path) -> bytes:
    """16-bit PCM at 16 kHz; what it says is decided by the transcriber's script."""
    pcm, rate_hz = read_wav(spoken_wav(tmp_path / "question.wav", ["What are your opening hours?"]))
    return resampled(pcm, rate_hz, PCM_16000.rate_hz)
