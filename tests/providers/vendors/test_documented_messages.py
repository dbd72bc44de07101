"""The simulated vendors against what the vendors document, not against what our adapters make of them."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.providers.vendors.test_transcribers import silence, speech
from tests.simulators.deepgram import DeepgramSimulator
from tests.simulators.elevenlabs import ElevenLabsSimulator
from tests.simulators.groq import GroqSimulator
from tests.simulators.openai import OpenAISimulator
from tests.simulators.server import Simulator
from tests.simulators.shape import misfits, shapes
from voice.audio.wav import wav_bytes

LIMIT_S = 5.0
TOKEN = {"Authorization": "Token key"}
BEARER = {"Authorization": "Bearer key"}
XI_KEY = {"xi-api-key": "key"}
NOVA = "/v1/listen?model=nova-3&encoding=linear16&sample_rate=16000&interim_results=true&vad_events=true"
FLUX = "/v2/listen?model=flux-general-en&encoding=linear16&sample_rate=16000&eager_eot_threshold=0.5"
SOCKET = "/v1/text-to-speech/v1/multi-stream-input?model_id=eleven_flash_v2_5&output_format=pcm_16000"
SPEECH = "/v1/text-to-speech/v1/stream/with-timestamps?output_format=pcm_16000"
CHAT = {"model": "m", "messages": [{"role": "user", "content": "Hello you."}], "stream": True}


@pytest.fixture
async def web() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def conversation(
    web: aiohttp.ClientSession, simulator: Simulator, path: str, headers: dict[str, str], sent: list[Any]
) -> list[dict[str, Any]]:
    """Everything that the vendor says until it closes; bytes are sent as they are, anything else as JSON."""
    received = []
    async with asyncio.timeout(LIMIT_S), web.ws_connect(simulator.base_url + path, headers=headers) as socket:
        for item in sent:
            await (socket.send_bytes(item) if isinstance(item, bytes) else socket.send_str(json.dumps(item)))
            await asyncio.sleep(0.02)
        async for message in socket:
            received.append(json.loads(message.data))
    return received


def check(messages: list[dict[str, Any]], vendor: str, kinds: set[str]) -> None:
    """By the name in `type`; every kind must have come."""
    documented = shapes(vendor)
    for message in messages:
        assert not misfits(message, documented[message["type"]])
    assert {message["type"] for message in messages} == kinds


async def test_nova_says_what_is_documented_in_the_order_that_is_documented(
    deepgram: DeepgramSimulator, web: aiohttp.ClientSession
) -> None:
    deepgram.script.extend(["I would like to book.", "Thanks."])
    sent: list[Any] = [
        *[speech(200)] * 8,
        silence(1500),
        {"type": "KeepAlive"},
        {"type": "Configure", "keyterms": ["Acme"]},
        speech(500),
        {"type": "Finalize"},
        {"type": "Bogus"},
        {"type": "CloseStream"},
    ]
    path = f"{NOVA}&endpointing=300&utterance_end_ms=1000"
    told = await conversation(web, deepgram, path, TOKEN, sent)
    check(
        told,
        "deepgram_nova",
        {"Results", "SpeechStarted", "UtteranceEnd", "Metadata", "Error", "ConfigureSuccess"},
    )
    results = [each for each in told if each["type"] == "Results"]
    assert all(each["is_final"] for each in results if each["speech_final"])
    ends = 0.0
    for each in results:  # guesses over the same start replace each other, a final freezes it
        assert each["start"] == pytest.approx(ends, abs=0.011)
        if each["is_final"]:
            ends = each["start"] + each["duration"]
    assert [each["from_finalize"] for each in results if each["is_final"]] == [False, True]
    assert told[-1]["type"] == "Metadata"


async def test_flux_keeps_to_its_state_machine(
    deepgram: DeepgramSimulator, web: aiohttp.ClientSession
) -> None:
    deepgram.script.extend(["I would like", "to book a table.", "Thanks."])
    sent: list[Any] = [
        {"type": "Configure", "thresholds": {"eot_threshold": 0.8}, "keyterms": ["Acme"]},
        *[speech(200)] * 4,
        silence(150),
        *[speech(200)] * 5,
        silence(400),
        speech(400),
        {"type": "ForceEndTurn"},
        {"type": "CloseStream"},
    ]
    told = await conversation(web, deepgram, FLUX, TOKEN, sent)
    check(told, "deepgram_flux", {"Connected", "TurnInfo", "ConfigureSuccess"})
    assert [each["sequence_id"] for each in told] == list(range(len(told)))
    turns = [each for each in told if each["type"] == "TurnInfo"]
    allowed = {
        None: {"StartOfTurn"},
        "StartOfTurn": {"Update", "EagerEndOfTurn", "EndOfTurn"},
        "Update": {"Update", "EagerEndOfTurn", "EndOfTurn"},
        "EagerEndOfTurn": {"TurnResumed", "EndOfTurn"},
        "TurnResumed": {"Update", "EagerEndOfTurn", "EndOfTurn"},
        "EndOfTurn": {"StartOfTurn"},
    }
    before: dict[str, Any] = {"event": None, "turn_index": 0}
    for turn in turns:
        assert turn["event"] in allowed[before["event"]]
        assert turn["turn_index"] == before["turn_index"] + (before["event"] == "EndOfTurn")
        if before["event"] == "EagerEndOfTurn" and turn["event"] == "EndOfTurn":
            assert turn["transcript"] == before["transcript"]
        assert ("trigger" in turn) is (turn["event"] == "EndOfTurn")
        before = turn
    assert "TurnResumed" in {turn["event"] for turn in turns}
    assert [turn["trigger"] for turn in turns if turn["event"] == "EndOfTurn"] == ["model", "manual"]


async def test_flux_ends_a_connection_that_sends_what_it_does_not_know(
    deepgram: DeepgramSimulator, web: aiohttp.ClientSession
) -> None:
    told = await conversation(web, deepgram, FLUX, TOKEN, [speech(100), {"type": "KeepAlive"}])
    check(told, "deepgram_flux", {"Connected", "Error"})


async def test_deepgram_hears_the_mulaw_of_a_phone(
    deepgram: DeepgramSimulator, web: aiohttp.ClientSession
) -> None:
    deepgram.script.append("Hello.")
    path = NOVA.replace("linear16", "mulaw").replace("16000", "8000")
    loud = bytes([0x30, 0xB0] * 80)
    told = await conversation(
        web, deepgram, path, TOKEN, [*[loud] * 25, b"\xff" * 1600, {"type": "CloseStream"}]
    )
    finals = [each for each in told if each["type"] == "Results" and each["is_final"]]
    assert finals[0]["channel"]["alternatives"][0]["transcript"] == "Hello."


async def test_keeping_alive_does_not_save_a_connection_that_never_had_sound(
    deepgram: DeepgramSimulator, web: aiohttp.ClientSession
) -> None:
    deepgram.idle_s = 0.2
    async with web.ws_connect(deepgram.base_url + NOVA, headers=TOKEN) as socket:

        async def keep_alive() -> None:
            while not socket.closed:
                await socket.send_json({"type": "KeepAlive"})
                await asyncio.sleep(0.05)

        keeping = asyncio.create_task(keep_alive())
        async with asyncio.timeout(2):
            await socket.receive()
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
    assert socket.close_code == 1011


async def test_groq_streams_what_is_documented(groq: GroqSimulator, web: aiohttp.ClientSession) -> None:
    async with web.post(f"{groq.base_url}/openai/v1/chat/completions", json=CHAT, headers=BEARER) as response:
        assert response.content_type == "text/event-stream"
        assert {"x-request-id", "x-ratelimit-limit-requests", "x-ratelimit-reset-tokens"} <= set(
            map(str.lower, response.headers)
        )
        events = (await response.text()).strip().split("\n\n")
    assert events[-1] == "data: [DONE]"
    first, *middle, last = [json.loads(event.removeprefix("data: ")) for event in events[:-1]]
    documented = shapes("groq")
    assert not misfits(first, documented["first"])
    assert middle and not [found for each in middle for found in misfits(each, documented["text"])]
    assert not misfits(last, documented["last"])


async def test_elevenlabs_says_what_is_documented_over_its_socket(
    elevenlabs: ElevenLabsSimulator, web: aiohttp.ClientSession
) -> None:
    sent = [
        {"text": " ", "context_id": "one", "voice_settings": {"stability": 0.5}},
        {"text": "Sure, one moment. ", "context_id": "one", "flush": True},
        {"context_id": "one", "close_context": True},
        {"close_socket": True},
    ]
    told = await conversation(web, elevenlabs, SOCKET, XI_KEY, sent)
    documented = shapes("elevenlabs")
    *audio, end = told
    assert audio and not [found for each in audio for found in misfits(each, documented["socket audio"])]
    assert not misfits(end, documented["socket end"])
    for each in audio:  # times count from the chunk
        assert each["alignment"]["charStartTimesMs"][0] == 0


@pytest.mark.parametrize("cause", ["key", "voice", "contexts", "silence"])
async def test_elevenlabs_socket_says_why_it_closes(
    elevenlabs: ElevenLabsSimulator, web: aiohttp.ClientSession, cause: str
) -> None:
    path = SOCKET.replace("/v1/multi", "/x1/multi") if cause == "voice" else SOCKET
    path += "&inactivity_timeout=0.1" if cause == "silence" else ""
    texts = [{"text": " ", "context_id": str(number)} for number in range(6 if cause == "contexts" else 0)]
    headers = {"xi-api-key": "bad"} if cause == "key" else XI_KEY
    told = await conversation(web, elevenlabs, path, headers, [*texts])
    assert not misfits(told[-1], shapes("elevenlabs")["socket error"])
    assert told[-1]["code"] == 1008


async def test_elevenlabs_says_what_is_documented_over_http(
    elevenlabs: ElevenLabsSimulator, web: aiohttp.ClientSession
) -> None:
    async with web.post(
        elevenlabs.base_url + SPEECH, json={"text": "Sure, one moment."}, headers=XI_KEY
    ) as answer:
        lines = [json.loads(line) for line in (await answer.read()).splitlines()]
    assert lines and not [
        found for each in lines for found in misfits(each, shapes("elevenlabs")["http line"])
    ]
    starts = [start for each in lines for start in each["alignment"]["character_start_times_seconds"]]
    assert starts == sorted(starts)  # times count from the beginning


@pytest.mark.parametrize(
    ("form", "shape"), [("json", "transcription"), ("verbose_json", "verbose transcription")]
)
async def test_ones_own_server_hears_as_is_documented(
    web: aiohttp.ClientSession, form: str, shape: str
) -> None:
    async with OpenAISimulator() as server:
        server.script = ["Hello."]
        data = aiohttp.FormData({"model": "whisper-1", "response_format": form, "language": "en"})
        data.add_field("file", io.BytesIO(wav_bytes(speech(800), 16_000)), filename="speech.wav")
        async with web.post(
            f"{server.base_url}/v1/audio/transcriptions", data=data, headers=BEARER
        ) as response:
            answer = await response.json()
    assert not misfits(answer, shapes("openai")[shape])
    assert answer["text"] == " Hello."


@pytest.mark.parametrize("vendor", ["deepgram", "groq", "elevenlabs"])
async def test_lists_and_refusals_are_as_documented(
    web: aiohttp.ClientSession,
    deepgram: DeepgramSimulator,
    groq: GroqSimulator,
    elevenlabs: ElevenLabsSimulator,
    vendor: str,
) -> None:
    address, header, shape, listed = {
        "deepgram": (f"{deepgram.base_url}/v1/projects", "Authorization", "deepgram_http", "projects"),
        "groq": (f"{groq.base_url}/openai/v1/models", "Authorization", "groq", "models"),
        "elevenlabs": (f"{elevenlabs.base_url}/v1/voices", "xi-api-key", "elevenlabs", "voices"),
    }[vendor]
    async with web.get(address, headers={header: "Token bad"}) as response:
        assert response.status == 401
        assert not misfits(await response.json(), shapes(shape)["refusal"])
    async with web.get(address, headers={header: "Token key"}) as response:
        assert not misfits(await response.json(), shapes(shape)[listed])


def test_a_message_that_differs_is_noticed() -> None:
    shape = {"type": "=A", "n": "int", "list": [{"x": "number"}], "maybe?": "str"}
    good = {"type": "A", "n": 1, "list": [{"x": 1.5}, {"x": 1}]}
    assert not misfits(good, shape)
    for change in (
        {"type": "B"},
        {"n": True},
        {"list": [{"x": "1"}]},
        {"list": [{}]},
        {"more": 1},
        {"maybe": None},
    ):
        assert misfits(good | change, shape), change
    assert misfits({"type": "A", "list": []}, shape)
