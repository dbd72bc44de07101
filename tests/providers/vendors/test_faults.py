"""What every adapter does when its vendor fails: an error with a name, in time, in little memory.

Nothing is left open. Voices are heard through the engine's own line, which looks at what they send.
"""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.providers.vendors.conftest import KEY, access_to
from tests.providers.vendors.test_transcribers import silence, speech
from tests.simulators.deepgram import DeepgramSimulator
from tests.simulators.elevenlabs import ElevenLabsSimulator
from tests.simulators.groq import GroqSimulator
from tests.simulators.openai import OpenAISimulator
from tests.simulators.server import Fault, Simulator
from voice.core.audio import PCM_16000, PCM_24000
from voice.core.errors import (
    CredentialsError,
    NonsenseError,
    ProviderError,
    RateLimitError,
    UnreachableError,
)
from voice.core.spec import AgentSpec, Message, Role, TranscriberSpec, VoiceSpec
from voice.engine import voice_line
from voice.engine.reading.form import SpokenForm
from voice.engine.voice_line import VoiceLine
from voice.providers import answer_size
from voice.providers.access import VendorAccess
from voice.providers.chat import completions
from voice.providers.deepgram import connection as deepgram_connection
from voice.providers.deepgram import speech as deepgram_speech
from voice.providers.deepgram.speech import DeepgramSpeech
from voice.providers.deepgram.transcriber import DeepgramTranscriber
from voice.providers.elevenlabs import lines as elevenlabs_lines
from voice.providers.elevenlabs.speech import ElevenLabsSpeech
from voice.providers.groq.model import GroqModel
from voice.providers.openai_compatible import client as own_client
from voice.providers.openai_compatible import transcriber as own_transcriber
from voice.providers.openai_compatible.model import OpenAICompatibleModel
from voice.providers.openai_compatible.speech import OpenAICompatibleSpeech
from voice.providers.openai_compatible.transcriber import OpenAICompatibleTranscriber

SAID = "I would like to book a table."
TEXT = "This is a sentence that takes a vendor several messages to say."
AGENT = AgentSpec(id="a1", version=1, name="Mia")
LIMIT_S = 4.0
MEMORY_BYTES = 40_000_000
# Adapters try again, over HTTP too: every request meets the same fault.
EVERY_TIME = 12


@dataclass(frozen=True)
class Adapter:
    """`use`: one whole piece of work, with everything closed behind it; returns what came of it."""

    vendor: type[Simulator]
    use: Callable[[VendorAccess], Awaitable[str]]
    # Faults whose result is not the error that all others give.
    instead: dict[str, type[ProviderError] | None]


# --- one piece of work ------------------------------------------------------------------------
async def _heard(transcriber: Any, spec: TranscriberSpec) -> str:
    try:
        stream = await transcriber.open(replace(AGENT, transcriber=spec), PCM_16000)
        try:
            stream.begin_speech()
            for part in (speech(2100), silence(200)):
                for start in range(0, len(part), 640):
                    stream.send(part[start : start + 640])
                await asyncio.sleep(0.05)
            stream.finalize()
            async for transcript in stream:
                if transcript.is_final:
                    return str(transcript.text)
        finally:
            await stream.aclose()
    finally:
        await transcriber.aclose()
    raise AssertionError("the stream ended")


async def _thought(model: Any, name: str) -> str:
    try:
        agent = replace(AGENT, model=replace(AGENT.model, name=name))
        question = (Message(Role.USER, SAID),)
        return "".join([delta.text async for delta in model.reply(agent, question)])
    finally:
        await model.aclose()


async def _spoken(port: Any, voice: VoiceSpec) -> str:
    line = VoiceLine(voice, port, "en-US", PCM_24000)
    try:
        chunks = [chunk async for chunk in line.speak(SpokenForm.of_plain(TEXT), has_spare=True)]
        return f"{sum(len(chunk.audio) for chunk in chunks)} bytes"
    finally:
        await line.aclose()
        if hasattr(port, "aclose"):
            await port.aclose()


ADAPTERS: dict[str, Adapter] = {
    "nova": Adapter(
        DeepgramSimulator,
        lambda access: _heard(DeepgramTranscriber(access), TranscriberSpec("deepgram", "nova-3")),
        {"stall": None, "endless": None},
    ),
    "flux": Adapter(
        DeepgramSimulator,
        lambda access: _heard(DeepgramTranscriber(access), TranscriberSpec("deepgram", "flux-general-en")),
        {"stall": None, "endless": None},
    ),
    "own transcriber": Adapter(
        OpenAISimulator,
        lambda access: _heard(OpenAICompatibleTranscriber(access), TranscriberSpec("openai_compatible", "w")),
        {},
    ),
    "groq": Adapter(GroqSimulator, lambda access: _thought(GroqModel(access), "openai/gpt-oss-20b"), {}),
    "own model": Adapter(
        OpenAISimulator, lambda access: _thought(OpenAICompatibleModel(access), "qwen3"), {}
    ),
    "deepgram voice": Adapter(
        DeepgramSimulator, lambda access: _spoken(DeepgramSpeech(access), VoiceSpec("deepgram", "a")), {}
    ),
    "elevenlabs socket": Adapter(
        ElevenLabsSimulator,
        lambda access: _spoken(ElevenLabsSpeech(access), VoiceSpec("elevenlabs", "v1")),
        {"endless": None},
    ),
    "elevenlabs http": Adapter(
        ElevenLabsSimulator,
        lambda access: _spoken(
            ElevenLabsSpeech(replace(access, over_http=True)), VoiceSpec("elevenlabs", "v1")
        ),
        {},
    ),
    "own voice": Adapter(
        OpenAISimulator,
        lambda access: _spoken(OpenAICompatibleSpeech(access), VoiceSpec("openai_compatible", "k/v")),
        {},
    ),
}
FAULTS: dict[str, tuple[Fault, type[ProviderError]]] = {
    "stall": (Fault(stalls=True), UnreachableError),
    "cut at once": (Fault(cut_after=0), UnreachableError),
    "cut later": (Fault(cut_after=1), UnreachableError),
    "401": (Fault(status=401), CredentialsError),
    "429": (Fault(status=429, headers={"retry-after": "7"}), RateLimitError),
    "500": (Fault(status=500), UnreachableError),
    "503": (Fault(status=503), UnreachableError),
    "garbage": (Fault(garbage=True), NonsenseError),
    "endless": (Fault(endless=True), NonsenseError),
}
PAIRS = [(adapter, fault) for adapter in ADAPTERS for fault in FAULTS]


@pytest.fixture(autouse=True)
def short_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test does not wait as long as a caller would have to."""
    monkeypatch.setattr(completions, "READ_LIMIT_S", 0.5)
    monkeypatch.setattr(own_client, "READ_LIMIT_S", 0.5)
    monkeypatch.setattr(own_transcriber, "ANSWER_LIMIT_S", 0.8)
    monkeypatch.setattr(deepgram_connection, "PATIENCE_S", 0.5)
    monkeypatch.setattr(voice_line, "SHORT_SILENCE_MS", 500.0)
    monkeypatch.setattr(answer_size, "LARGEST_ANSWER_BYTES", 2_000_000)
    monkeypatch.setattr(elevenlabs_lines, "LONGEST_LINE_BYTES", 2_000_000)
    monkeypatch.setattr(deepgram_speech, "LONGEST_PIECE_S", 20)


@pytest.fixture
async def simulator(request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    adapter = ADAPTERS[request.node.callspec.params["name"]]
    async with adapter.vendor() as simulator:
        if hasattr(simulator, "script"):
            simulator.script.append(SAID)
        if hasattr(simulator, "answer"):
            simulator.answer = lambda messages: SAID
        yield simulator


async def nothing_is_open(simulator: Simulator) -> None:
    async with asyncio.timeout(2):
        while simulator.open_connections:  # noqa: ASYNC110  # the simulator tells of no change
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)  # the loop itself finishes an HTTP client's inner iterators


@pytest.mark.parametrize(("name", "cause"), PAIRS, ids=[f"{name}-{cause}" for name, cause in PAIRS])
async def test_a_fault_has_a_name_and_ends_in_time_and_leaves_nothing(
    simulator: Any, name: str, cause: str
) -> None:
    adapter, (fault, expected) = ADAPTERS[name], FAULTS[cause]
    simulator.faults.extend([fault] * EVERY_TIME)
    wanted = adapter.instead.get(cause, expected)
    async with asyncio.timeout(LIMIT_S):
        if wanted is None:
            await adapter.use(access_to(simulator))
        else:
            with pytest.raises(wanted) as caught:
                await adapter.use(access_to(simulator))
            assert type(caught.value) is wanted
            assert KEY not in str(caught.value)
            if isinstance(caught.value, RateLimitError):
                assert caught.value.retry_after_s == 7
    await nothing_is_open(simulator)


@pytest.mark.parametrize("name", [name for name in ADAPTERS if "endless" not in ADAPTERS[name].instead])
async def test_an_answer_without_an_end_costs_little_memory(simulator: Any, name: str) -> None:
    simulator.faults.extend([Fault(endless=True)] * EVERY_TIME)
    tracemalloc.start()
    try:
        with pytest.raises(NonsenseError):
            await ADAPTERS[name].use(access_to(simulator))
        assert tracemalloc.get_traced_memory()[1] < MEMORY_BYTES
    finally:
        tracemalloc.stop()
    await nothing_is_open(simulator)


@pytest.mark.parametrize("name", ADAPTERS)
async def test_nobody_there_has_a_name(simulator: Any, name: str) -> None:
    await simulator.stop()
    async with asyncio.timeout(LIMIT_S):
        with pytest.raises(UnreachableError):
            await ADAPTERS[name].use(access_to(simulator))


@pytest.mark.parametrize("name", ADAPTERS)
async def test_a_vendor_that_drips_is_heard_out(simulator: Any, name: str) -> None:
    whole = await ADAPTERS[name].use(access_to(simulator))
    if isinstance(simulator, DeepgramSimulator):
        simulator.script.append(SAID)
    simulator.faults.append(Fault(drips_ms=30))
    async with asyncio.timeout(LIMIT_S):
        assert await ADAPTERS[name].use(access_to(simulator)) == whole
    assert whole == SAID or int(whole.split()[0]) > 24_000
    await nothing_is_open(simulator)


@pytest.mark.parametrize("name", ["elevenlabs socket", "elevenlabs http"])
async def test_a_voice_at_another_rate_is_noticed_where_it_tells_its_times(simulator: Any, name: str) -> None:
    simulator.faults.append(Fault(wrong_rate=True))
    with pytest.raises(NonsenseError, match="rate"):
        await ADAPTERS[name].use(access_to(simulator))


@pytest.mark.parametrize("name", ["own voice"])
async def test_a_voice_at_another_rate_sounds_as_it_should_where_a_head_tells_it(
    simulator: Any, name: str
) -> None:
    whole = await ADAPTERS[name].use(access_to(simulator))
    simulator.has_wav_head = True
    simulator.faults.append(Fault(wrong_rate=True))
    told = await ADAPTERS[name].use(access_to(simulator))
    assert int(told.split()[0]) == pytest.approx(int(whole.split()[0]), rel=0.01)
