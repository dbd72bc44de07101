"""A good client's conversation over a real socket, on both servers."""

from __future__ import annotations

from itertools import pairwise

import miniaudio

from tests.servers.client import Client
from tests.servers.ground import Ground, StartedServer

GREETING = "Hello, this is Ada speaking. How can I help you?"
KNOWLEDGE = [{"question": "When are you open?", "answer": "We are open from nine to five."}]


async def test_a_greeting_is_one_mp3_a_sentence_each_after_the_one_before(
    server: StartedServer, ground: Ground
) -> None:
    acme = ground.organisation(greeting=GREETING)
    async with Client(server, api_key=acme.key, agent_id=acme.agent) as client:
        connected = await client.next()
        assert isinstance(connected, dict)
        assert connected["type"] == "connected"
        assert connected["agentName"] == "Ada"
        assert len(connected["historyKey"]) == 24
        assert connected["audio"] == "mp3_24000"
        await client.until("audioEnd")
        await client.until("turn")
    files = [(at, miniaudio.mp3_read_s16(mp3)) for at, mp3 in client.audio()]
    assert len(files) == 2
    for _, sound in files:
        assert sound.sample_rate == 24_000
        assert max(abs(sample) for sample in sound.samples) > 1_000
    for (first_at, first), (second_at, _) in pairwise(files):
        # The document's client plays what arrives at once: earlier would be over the one before.
        assert second_at - first_at > first.num_frames / 24_000 - 0.15
    spoken = [
        message["payload"]["text"]
        for _, message in client.received
        if isinstance(message, dict) and message["type"] == "transcript" and message["payload"]["isFinal"]
    ]
    assert " ".join(spoken) == GREETING


async def test_what_is_typed_is_answered_and_both_are_in_the_calls_row(
    server: StartedServer, ground: Ground
) -> None:
    acme = ground.organisation(knowledge=KNOWLEDGE)
    async with Client(server, api_key=acme.key) as client:
        await client.until("connected")
        await client.text("When are you open?")
        await client.until("audioEnd")
        await client.send({"type": "hangup"})
        ended = await client.until("ended")
        assert ended["payload"]["code"] == "client_hangup"
        assert await client.closed() == 1000
    (call,) = await ground.ended_calls(acme)
    assert call["end_code"] == "client_hangup"
    assert ["user", "When are you open?"] in call["turns"]
    assert any(role == "agent" and "nine to five" in text for role, text in call["turns"])


async def test_raw_audio_is_streamed_to_those_who_ask(server: StartedServer, ground: Ground) -> None:
    acme = ground.organisation(greeting="Hello.")
    async with Client(server, api_key=acme.key, audio="pcm_16000") as client:
        assert (await client.until("connected"))["audio"] == "pcm_16000"
        await client.until("audioEnd")
    sound = b"".join(piece for _, piece in client.audio())
    assert len(sound) % 2 == 0
    assert 0.2 < len(sound) / 32_000 < 5


async def test_a_client_that_just_closes_has_hung_up_and_one_that_vanishes_was_lost(
    server: StartedServer, ground: Ground
) -> None:
    acme = ground.organisation()
    async with Client(server, api_key=acme.key) as closes:
        await closes.until("connected")
    async with Client(server, api_key=acme.key) as vanishes:
        await vanishes.until("connected")
        vanishes.socket.transport.abort()
    codes = [call["end_code"] for call in await ground.ended_calls(acme)]
    assert codes == ["client_hangup", "connection_lost"]
