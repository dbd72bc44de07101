"""Simulated vendors note when a request came and when each part of the answer left: benchmarks go by it."""

from __future__ import annotations

import pytest

from tests.providers.vendors.conftest import access_to
from tests.providers.vendors.test_transcribers import final, say, silence, speech
from tests.simulators.deepgram import DeepgramSimulator
from tests.simulators.elevenlabs import ElevenLabsSimulator
from tests.simulators.groq import GroqSimulator
from tests.simulators.server import now_s
from voice.core.audio import PCM_16000, PCM_24000
from voice.core.spec import AgentSpec, Message, Role
from voice.providers.deepgram.transcriber import DeepgramTranscriber
from voice.providers.elevenlabs.speech import ElevenLabsSpeech
from voice.providers.groq.model import GroqModel


async def test_a_model_notes_each_token(groq: GroqSimulator, agent: AgentSpec) -> None:
    groq.answer, groq.first_token_ms, groq.tokens_a_second = lambda messages: "We are open.", 30.0, 100.0
    model = GroqModel(access_to(groq))
    asked_at_s = now_s()
    told = [delta async for delta in model.reply(agent, (Message(Role.USER, "When are you open?"),))]
    ended_at_s = now_s()
    await model.aclose()
    (request,) = [each for each in groq.requests if each.body]
    assert "".join(what for _, what in request.left) == "".join(each.text for each in told) == "We are open."
    instants = [asked_at_s, request.came_at_s, *(at_s for at_s, _ in request.left), ended_at_s]
    assert instants == sorted(instants)
    assert request.left[0][0] - request.came_at_s == pytest.approx(0.03)


async def test_a_voice_notes_each_order_and_each_chunk(
    elevenlabs: ElevenLabsSimulator, agent: AgentSpec
) -> None:
    stream = await ElevenLabsSpeech(access_to(elevenlabs)).open(agent.voice, "en-US", PCM_24000)
    asked_at_s = now_s()
    _ = [chunk async for chunk in stream.speak("One two three four.")]
    await stream.aclose()
    (request,) = [each for each in elevenlabs.requests if "multi-stream" in each.path]
    assert len(request.messages) == len(request.messages_at_s)
    flushed_at_s = next(
        at_s
        for at_s, message in zip(request.messages_at_s, request.messages, strict=True)
        if message.get("flush")
    )
    assert asked_at_s <= flushed_at_s <= request.left[0][0] <= now_s()
    assert "".join(what.split(":", 1)[1] for _, what in request.left).strip() == "One two three four."


async def test_a_transcriber_notes_its_words(deepgram: DeepgramSimulator, agent: AgentSpec) -> None:
    deepgram.script.append("When are you open?")
    stream = await DeepgramTranscriber(access_to(deepgram)).open(agent, PCM_16000)
    say(stream, speech(400), silence(200))
    stream.finalize()
    assert (await final(stream)).text == "When are you open?"
    await stream.aclose()
    (request,) = deepgram.requests
    assert request.left[-1][1] == "final:When are you open?"
    assert request.left[0][1].startswith("guess:When")
    finalize_at_s = next(
        at_s
        for at_s, message in zip(request.messages_at_s, request.messages, strict=True)
        if message["type"] == "Finalize"
    )
    assert finalize_at_s <= request.left[-1][0]
