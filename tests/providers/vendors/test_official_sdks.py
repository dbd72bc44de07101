"""The vendors' own SDKs beside our adapters, against the same simulated vendors: same words, sound, times."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import groq as groq_sdk
import httpx
import openai
import pytest
from deepgram import AsyncDeepgramClient
from deepgram.environment import DeepgramClientEnvironment
from deepgram.listen.v1.types import (
    ListenV1Metadata,
    ListenV1Results,
    ListenV1SpeechStarted,
    ListenV1UtteranceEnd,
)
from deepgram.listen.v2.types import ListenV2Connected, ListenV2TurnInfo
from deepgram.transport import restore_transport
from elevenlabs.client import AsyncElevenLabs
from elevenlabs.core.api_error import ApiError as ElevenLabsApiError

from tests.providers.vendors.conftest import KEY, access_to
from tests.providers.vendors.test_transcribers import final, say, silence, speech
from tests.simulators.deepgram import DeepgramSimulator
from tests.simulators.elevenlabs import ElevenLabsSimulator
from tests.simulators.groq import GroqSimulator
from tests.simulators.openai import OpenAISimulator
from tests.simulators.server import Fault
from voice.audio.wav import wav_bytes
from voice.core.audio import PCM_16000, PCM_24000
from voice.core.ports import Transcript, TurnSign
from voice.core.spec import AgentSpec, Message, Role, VoiceSpec
from voice.providers.chat.instructions import chat_messages
from voice.providers.deepgram.speech import DeepgramSpeech
from voice.providers.deepgram.transcriber import DeepgramTranscriber
from voice.providers.elevenlabs.speech import ElevenLabsSpeech
from voice.providers.groq.model import GroqModel
from voice.providers.openai_compatible.model import OpenAICompatibleModel
from voice.providers.openai_compatible.speech import OpenAICompatibleSpeech
from voice.providers.openai_compatible.transcriber import OpenAICompatibleTranscriber

LIMIT_S = 5.0
SAID = "I would like to book a table."
ANSWER = "We open at nine. Shall I book you in, for £4?"
TEXT = "Hello, Dr. Brown. It's £4 today!"
QUESTION = (Message(Role.USER, "When are you open?"),)


@pytest.fixture
async def own_server() -> AsyncIterator[OpenAISimulator]:
    async with OpenAISimulator() as server:
        server.script = [SAID]
        yield server


def deepgram_client(simulator: DeepgramSimulator) -> AsyncDeepgramClient:
    """With the SDK's own connection, not with ours: the SDK knows one for the whole process."""
    restore_transport()
    sockets = simulator.base_url.replace("http", "ws", 1)
    return AsyncDeepgramClient(
        api_key=KEY,
        environment=DeepgramClientEnvironment(
            base=simulator.base_url, production=sockets, agent=sockets, agent_rest=simulator.base_url
        ),
    )


async def told_to_sdk(socket: Any, parts: list[bytes], *, finalizes: bool) -> list[Any]:
    """Every message that the SDK makes of what the vendor says until it closes."""
    received: list[Any] = []

    async def read() -> None:
        async for message in socket:
            received.append(message)

    reading = asyncio.create_task(read())
    for part in parts:
        for start in range(0, len(part), 2560):
            await socket.send_media(part[start : start + 2560])
        await asyncio.sleep(0.02)
    if finalizes:
        await socket.send_finalize()
        await asyncio.sleep(0.05)
    await socket.send_close_stream()
    async with asyncio.timeout(LIMIT_S):
        await reading
    return received


async def sound_of(stream: Any, text: str) -> tuple[bytes, list[tuple[str, float, float]]]:
    chunks = [chunk async for chunk in stream.speak(text)]
    words = [
        (word.text, round(word.start_ms), round(word.end_ms)) for chunk in chunks for word in chunk.words
    ]
    return b"".join(chunk.audio for chunk in chunks), words


# --- hearing ----------------------------------------------------------------------------------
async def test_nova_is_understood_alike(deepgram: DeepgramSimulator, agent: AgentSpec) -> None:
    deepgram.script.extend([SAID, SAID])
    parts = [speech(1800), silence(200)]
    connecting = deepgram_client(deepgram).listen.v1.connect(
        model="nova-3",
        encoding="linear16",
        sample_rate=16_000,
        interim_results=True,
        vad_events=True,
        endpointing=False,
        utterance_end_ms=1000,
    )
    async with connecting as socket:
        messages = await told_to_sdk(socket, [*parts, silence(1000)], finalizes=True)
    assert {type(message) for message in messages} == {
        ListenV1Results,
        ListenV1SpeechStarted,
        ListenV1UtteranceEnd,
        ListenV1Metadata,
    }
    results = [message for message in messages if isinstance(message, ListenV1Results)]
    finals = [each.channel.alternatives[0].transcript for each in results if each.is_final]
    guesses = [each.channel.alternatives[0].transcript for each in results if not each.is_final]

    stream = await DeepgramTranscriber(access_to(deepgram)).open(agent, PCM_16000)
    say(stream, *parts)
    stream.finalize()
    assert (await final(stream)).text == " ".join(finals) == SAID
    await stream.aclose()
    assert guesses and all(SAID.startswith(guess) for guess in guesses)


async def test_flux_is_understood_alike(deepgram: DeepgramSimulator, agent: AgentSpec) -> None:
    deepgram.script.extend(["I would like", "to book a table."] * 2)
    parts = [speech(900), silence(150), speech(1200), silence(400)]
    connecting = deepgram_client(deepgram).listen.v2.connect(
        model="flux-general-en",
        encoding="linear16",
        sample_rate=16_000,
        eot_threshold=0.7,
        eager_eot_threshold=0.5,
    )
    async with connecting as socket:
        messages = await told_to_sdk(socket, parts, finalizes=False)
    assert {type(message) for message in messages} == {ListenV2Connected, ListenV2TurnInfo}
    turns = [each for each in messages if isinstance(each, ListenV2TurnInfo) and each.event != "Update"]

    flux = replace(agent, transcriber=replace(agent.transcriber, model="flux-general-en"))
    stream = await DeepgramTranscriber(access_to(deepgram)).open(flux, PCM_16000)
    heard: list[Transcript] = []

    async def listen() -> None:
        async for transcript in stream:
            if transcript.sign is not None:
                heard.append(transcript)
            if transcript.sign is TurnSign.OVER:
                return

    listening = asyncio.create_task(listen())
    for part in parts:
        for start in range(0, len(part), 2560):
            say(stream, part[start : start + 2560])
            await asyncio.sleep(0.002)
    async with asyncio.timeout(LIMIT_S):
        await listening
    await stream.aclose()
    signs = {
        "StartOfTurn": TurnSign.BEGUN,
        "EagerEndOfTurn": TurnSign.LIKELY_OVER,
        "TurnResumed": TurnSign.RESUMED,
        "EndOfTurn": TurnSign.OVER,
    }
    assert [(each.sign, each.text) for each in heard] == [
        (signs[turn.event], turn.transcript) for turn in turns
    ]


async def test_ones_own_server_is_understood_alike(own_server: OpenAISimulator, agent: AgentSpec) -> None:
    async with openai.AsyncOpenAI(api_key=KEY, base_url=f"{own_server.base_url}/v1") as client:
        wav = ("speech.wav", wav_bytes(speech(2100), 16_000), "audio/wav")
        told = await client.audio.transcriptions.create(file=wav, model="whisper-1", language="en")
        detailed = await client.audio.transcriptions.create(
            file=wav, model="whisper-1", response_format="verbose_json"
        )
    ear = OpenAICompatibleTranscriber(access_to(own_server))
    stream = await ear.open(agent, PCM_16000)
    stream.begin_speech()
    stream.send(speech(2100))
    stream.finalize()
    async with asyncio.timeout(LIMIT_S):
        while not (heard := await anext(stream)).is_final:
            pass
    await stream.aclose()
    await ear.aclose()
    assert heard.text == told.text.strip() == detailed.text.strip() == SAID
    assert detailed.segments is not None and detailed.segments[0].no_speech_prob < 0.1


# --- thinking ---------------------------------------------------------------------------------
async def test_groq_answers_alike(groq: GroqSimulator, agent: AgentSpec) -> None:
    groq.answer = lambda messages: ANSWER
    async with groq_sdk.AsyncGroq(api_key=KEY, base_url=groq.base_url, max_retries=0) as client:
        text, usage, finish = "", None, None
        stream = await client.chat.completions.create(
            model="openai/gpt-oss-20b", messages=[{"role": "user", "content": "Hello"}], stream=True
        )
        async for chunk in stream:
            text += "".join(choice.delta.content or "" for choice in chunk.choices)
            usage = chunk.x_groq.usage if chunk.x_groq and chunk.x_groq.usage else usage
            finish = chunk.choices[0].finish_reason or finish
        listed = await client.models.list()
    model = GroqModel(access_to(groq))
    ours = "".join([delta.text async for delta in model.reply(agent, QUESTION)])
    assert ours == text == ANSWER
    assert finish == "stop" and usage is not None and usage.completion_tokens == len(ANSWER.split())
    assert await model.models() == [each.id for each in listed.data]
    await model.aclose()


async def test_a_server_of_ones_own_answers_alike(own_server: OpenAISimulator, agent: AgentSpec) -> None:
    own_server.answer = lambda messages: ANSWER
    async with openai.AsyncOpenAI(api_key=KEY, base_url=f"{own_server.base_url}/v1") as client:
        stream = await client.chat.completions.create(
            model="qwen3:4b", messages=[{"role": "user", "content": "Hello"}], stream=True
        )
        text = "".join([choice.delta.content or "" async for chunk in stream for choice in chunk.choices])
    model = OpenAICompatibleModel(access_to(own_server))
    assert "".join([delta.text async for delta in model.reply(agent, QUESTION)]) == text == ANSWER
    await model.aclose()
    assert chat_messages(QUESTION)[-1] in own_server.requests[-1].body["messages"]


@pytest.mark.parametrize(
    ("status", "raised"),
    [
        (400, groq_sdk.BadRequestError),
        (401, groq_sdk.AuthenticationError),
        (404, groq_sdk.NotFoundError),
        (429, groq_sdk.RateLimitError),
        (503, groq_sdk.InternalServerError),
    ],
)
async def test_groqs_refusals_are_its_sdks_errors(
    groq: GroqSimulator, status: int, raised: type[groq_sdk.APIStatusError]
) -> None:
    groq.faults.append(Fault(status=status, headers={"retry-after": "7"} if status == 429 else {}))
    async with groq_sdk.AsyncGroq(api_key=KEY, base_url=groq.base_url, max_retries=0) as client:
        with pytest.raises(raised) as caught:
            await client.chat.completions.create(model="m", messages=[], stream=True)
    assert caught.value.body["error"]["message"]  # type: ignore[index]
    assert ("retry-after" in caught.value.response.headers) is (status == 429)


# --- speaking ---------------------------------------------------------------------------------
async def test_deepgrams_voice_sounds_alike(deepgram: DeepgramSimulator) -> None:
    deepgram.times_real_time = 0
    pieces = deepgram_client(deepgram).speak.v1.audio.generate(
        text=TEXT, model="aura-2-thalia-en", encoding="linear16", sample_rate=24_000, container="none"
    )
    theirs = b"".join([piece async for piece in pieces])
    speech = DeepgramSpeech(access_to(deepgram))
    stream = await speech.open(VoiceSpec("deepgram", "aura-2-thalia-en"), "en-US", PCM_24000)
    ours, _ = await sound_of(stream, TEXT)
    await speech.aclose()
    assert ours == theirs and theirs


async def test_a_voice_of_ones_own_server_sounds_alike(own_server: OpenAISimulator) -> None:
    async with (
        openai.AsyncOpenAI(api_key=KEY, base_url=f"{own_server.base_url}/v1") as client,
        client.audio.speech.with_streaming_response.create(
            model="kokoro", voice="af_heart", input=TEXT, response_format="pcm"
        ) as response,
    ):
        theirs = await response.read()
    speech = OpenAICompatibleSpeech(access_to(own_server))
    stream = await speech.open(VoiceSpec("openai_compatible", "kokoro/af_heart"), "en-US", PCM_24000)
    ours, _ = await sound_of(stream, TEXT)
    await speech.aclose()
    assert ours == theirs and theirs


async def test_elevenlabs_sounds_alike_with_the_same_times(elevenlabs: ElevenLabsSimulator) -> None:
    async with httpx.AsyncClient() as http:
        client = AsyncElevenLabs(api_key=KEY, base_url=elevenlabs.base_url, httpx_client=http)
        plain = b"".join(
            [part async for part in client.text_to_speech.stream("v1", text=TEXT, output_format="pcm_24000")]
        )
        theirs, starts_s = b"", []
        async for chunk in client.text_to_speech.stream_with_timestamps(
            "v1", text=TEXT, output_format="pcm_24000"
        ):
            theirs += base64.b64decode(chunk.audio_base_64)
            assert chunk.alignment is not None
            starts_s += list(
                zip(chunk.alignment.characters, chunk.alignment.character_start_times_seconds, strict=True)
            )
        voices = (await client.voices.get_all()).voices
    speech = ElevenLabsSpeech(replace(access_to(elevenlabs), over_http=True))
    stream = await speech.open(VoiceSpec("elevenlabs", "v1"), "en-US", PCM_24000)
    ours, words = await sound_of(stream, TEXT)
    await stream.aclose()
    await speech.aclose()
    assert ours == theirs == plain and plain
    assert "".join(char for char, _ in starts_s) == TEXT
    begins = [at for at in range(len(TEXT)) if TEXT[at] != " " and (at == 0 or TEXT[at - 1] == " ")]
    assert [start_ms for _, start_ms, _ in words] == [round(starts_s[at][1] * 1000) for at in begins]
    assert [voice.voice_id for voice in voices] == ["v1"]


async def test_elevenlabs_refusals_are_its_sdks_errors(elevenlabs: ElevenLabsSimulator) -> None:
    elevenlabs.faults.append(Fault(status=429))
    async with httpx.AsyncClient() as http:
        client = AsyncElevenLabs(api_key=KEY, base_url=elevenlabs.base_url, httpx_client=http)
        with pytest.raises(ElevenLabsApiError) as caught:
            async for _ in client.text_to_speech.stream("v1", text=TEXT):
                pass
    assert caught.value.status_code == 429
    assert caught.value.body["detail"]["code"] == "rate_limit_exceeded"
