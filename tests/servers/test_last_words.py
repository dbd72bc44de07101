"""The agent's goodbye is heard to its last word before the connection closes, on every form of sound."""

from __future__ import annotations

import asyncio

import miniaudio
import pytest

from tests.servers.client import Client
from tests.servers.ground import Ground, StartedServer
from voice.audio.resample import resampled
from voice.core.audio import PCM_16000, PCM_24000
from voice.engine.lines import Line, line
from voice.providers.embedded.decoder import Decoder, Term
from voice.providers.embedded.vocabulary import KEY_TERM_WEIGHT

GOODBYE = line(Line.GOODBYE, "en-US")
LIMITS = {"reminder_s": 0, "reminders": 0, "hang_up_s": 1, "max_call_s": 60}
# The way to the client, its buffer and its loudspeaker.
LAG_MS = 400.0
STEP_BYTES = PCM_16000.size_bytes(100)


def pcm_of(message: bytes, audio: str) -> bytes:
    """16-bit PCM at 16 kHz."""
    if audio == "mp3":
        sound = bytes(miniaudio.mp3_read_s16(message).samples)
        return resampled(sound, PCM_24000.rate_hz, PCM_16000.rate_hz)
    return message


def understood(pcm: bytes) -> str:
    """By an ear that takes as long as it needs: this call is over."""
    decoder = Decoder()
    decoder.add([Term(("goodbye",), KEY_TERM_WEIGHT)], {})
    for start in range(0, len(pcm), STEP_BYTES):
        decoder.feed(pcm[start : start + STEP_BYTES])
    text, others = decoder.finish()
    return " ".join((text, *others)).lower()


@pytest.mark.speech
@pytest.mark.parametrize("audio", ["pcm_16000", "mp3"])
async def test_a_goodbye_is_heard_to_its_last_word_by_a_client_that_lags_behind(
    server: StartedServer, ground: Ground, audio: str
) -> None:
    acme = ground.organisation(limits=LIMITS)
    async with Client(server, api_key=acme.key, audio=audio) as client:
        await client.until("connected")
        await client.until("ended")
        assert await client.closed() == 1000
    (told_at,) = (
        at for at, message in client.received if isinstance(message, dict) and message["type"] == "ended"
    )
    sound, plays_until = b"", 0.0
    for at, message in client.audio():
        pcm = pcm_of(message, audio)
        plays_until = max(plays_until, at + LAG_MS / 1000) + PCM_16000.duration_ms(len(pcm)) / 1000
        sound += pcm
    assert told_at >= plays_until, "the call ended under the agent's words"
    heard = await asyncio.to_thread(understood, sound)
    assert "now" in heard or "hang up" in heard, heard
    assert "goodbye" in heard or "good bye" in heard, heard
    (call,) = await ground.ended_calls(acme)
    assert call["end_code"] == "silence"
    assert call["turns"] == [["agent", GOODBYE]]
