"""A conversation that a server of one's own hears, answers and speaks, in real time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from tests.fakes.call import FRAME_MS, FakeCall, make_spec
from tests.providers.vendors.conftest import access_to
from tests.providers.vendors.test_own_transcriber import said
from tests.simulators.openai import OpenAISimulator
from voice.core.audio import PCM_16000
from voice.core.clock import now_ms
from voice.core.events import AudioEnd, AudioIn
from voice.core.spec import ModelSpec, SessionSpec, TranscriberSpec, VoiceSpec
from voice.providers.openai_compatible.model import OpenAICompatibleModel
from voice.providers.openai_compatible.speech import OpenAICompatibleSpeech
from voice.providers.openai_compatible.transcriber import OpenAICompatibleTranscriber

PROVIDER = "openai_compatible"


def spec() -> SessionSpec:
    found = make_spec()
    agent = replace(
        found.agent,
        transcriber=TranscriberSpec(PROVIDER, "whisper-small"),
        model=ModelSpec(PROVIDER, "qwen3:4b"),
        voice=VoiceSpec(PROVIDER, "kokoro/af_heart"),
    )
    return replace(found, agent=agent)


@asynccontextmanager
async def call_to(server: OpenAISimulator) -> AsyncIterator[FakeCall]:
    access = access_to(server)
    transcriber, model = OpenAICompatibleTranscriber(access), OpenAICompatibleModel(access)
    speech = OpenAICompatibleSpeech(access)
    try:
        async with FakeCall(
            spec(),
            transcriber=transcriber,  # type: ignore[arg-type]
            model=model,  # type: ignore[arg-type]
            speech=speech,  # type: ignore[arg-type]
        ) as call:
            yield call
    finally:
        for port in (transcriber, model, speech):
            await port.aclose()


async def says(call: FakeCall, line: int, duration_ms: float) -> None:
    """In the pitch of a line of the server's script, frame by frame."""
    sound, size = said(line, duration_ms), PCM_16000.size_bytes(FRAME_MS)
    for start in range(0, len(sound), size):
        call._next_frame_ms += FRAME_MS
        await asyncio.sleep(max(0.0, call._next_frame_ms - now_ms()) / 1000)
        call.feed(AudioIn(sound[start : start + size]))


@pytest.fixture
async def server() -> AsyncIterator[OpenAISimulator]:
    async with OpenAISimulator() as server:
        server.script = ["When do you open?", "On a Sunday in May."]
        server.hearing_ms = 100
        server.answer = lambda messages: f"You said: {messages[-1]['content']}"
        yield server


async def test_question_and_answer_go_through_it_and_come_back_as_sound(server: OpenAISimulator) -> None:
    async with call_to(server) as call:
        await says(call, 0, 1_400)
        await call.until(lambda: call.all(AudioEnd), limit_ms=8_000)
        assert call.audio_ms() > 1_000
    assert [turn.text for turn in call.caller_turns()] == ["When do you open?"]
    assert [turn.heard_text for turn in call.agent_turns()] == ["You said: When do you open?"]


async def test_each_question_has_its_own_answer(server: OpenAISimulator) -> None:
    async with call_to(server) as call:
        for line in range(2):
            await says(call, line, 1_700)
            count = line + 1
            await call.until(lambda count=count: len(call.all(AudioEnd)) == count, limit_ms=8_000)  # type: ignore[misc]
    assert [turn.text for turn in call.caller_turns()] == ["When do you open?", "On a Sunday in May."]
