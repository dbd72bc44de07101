"""A phone call without any vendor: a spoken question, and an answer that can be understood on the line."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.browser.product import free_port
from tests.browser.speech import spoken_wav
from tests.providers.embedded.spoken_call import SpokenCall
from tests.servers.ground import Ground, StartedServer
from tests.servers.test_phone_calls import PUBLIC, ended, spoken_to_its_end, twilio, was_clean, webhook
from tests.simulators.twilio.simulator import TwilioSimulator
from tests.simulators.twilio.utterance import Utterance, spoken
from voice.audio.mulaw import SILENCE
from voice.audio.wav import read_wav
from voice.core.audio import MULAW_8000
from voice.core.spec import AgentSpec
from voice.providers.embedded.transcriber import EmbeddedTranscriber

__all__ = ["twilio"]

# Of the built-in voices the one that is understood best.
VOICE = "rms"
PARKING = "You can park in the garage behind the house."
KNOWLEDGE = [
    {"question": "Where can I park my car?", "answer": PARKING},
    {"question": "What are your opening hours?", "answer": "We are open from nine to five on weekdays."},
]
# `listen` takes its frames for 16-bit samples at 16 kHz, of which a telephone has a quarter of the bytes.
AS_IN_LIFE = 0.25
PAUSE = bytes([SILENCE]) * MULAW_8000.size_bytes(300)
# The listener is an agent that knows nothing: what it hears, it has heard.
LISTENER = AgentSpec(id="listener", version=1, name="Listener")

pytestmark = [pytest.mark.speech, pytest.mark.real_time, pytest.mark.alone]


@pytest.fixture
def phone_product(monkeypatch: pytest.MonkeyPatch, ground: Ground) -> Iterator[StartedServer]:
    """Without a key of any vendor."""
    monkeypatch.setitem(ground.environment, "PUBLIC_URL", PUBLIC)
    server = ground.start("uvicorn", free_port())
    yield server
    server.stop()
    printed = server.output()
    assert "Traceback" not in printed, printed


@pytest.fixture
async def ear() -> AsyncIterator[EmbeddedTranscriber]:
    own = EmbeddedTranscriber(1)
    await own.warm()
    yield own
    await own.aclose()


@pytest.fixture
def asked(tmp_path: Path) -> Utterance:
    pcm, rate_hz = read_wav(spoken_wav(tmp_path / "asked.wav", [KNOWLEDGE[0]["question"]], VOICE))
    return spoken(pcm, rate_hz)


async def understood(ear: EmbeddedTranscriber, mulaw: bytes) -> str:
    """What somebody hears of this sound on the telephone."""
    call = SpokenCall(await ear.open(LISTENER, MULAW_8000))
    try:
        call.stream.begin_speech()
        await call.listen(mulaw, pace=AS_IN_LIFE)
        return (await call.final()).text
    finally:
        await call.aclose()


async def test_a_question_over_the_line_has_a_spoken_answer_that_is_understood_there(
    ground: Ground, twilio: TwilioSimulator, ear: EmbeddedTranscriber, asked: Utterance
) -> None:
    voice = {"provider": "embedded", "id": VOICE}
    acme = ground.organisation(greeting="Hello.", voice=voice, knowledge=KNOWLEDGE)
    call = twilio.ring(webhook(acme))
    stream = await call.wait_for_stream()
    await spoken_to_its_end(stream, 0.0)
    saying = stream.say(asked)
    await saying.said.wait()
    assert saying.last_s is not None
    answered_s = await spoken_to_its_end(stream, saying.last_s)
    # Without the holes that a busy machine makes: its words are what matters here.
    sound = b"".join(piece.sound for piece in stream.playout.pieces if piece.starts_s >= answered_s)
    heard = await understood(ear, PAUSE + sound + PAUSE)
    await call.hang_up()
    record = await ended(ground, acme, call)
    assert was_clean(call)
    assert record["turns"][-1] == ["agent", PARKING]
    assert {"garage", "behind", "house"} <= set(heard.split()), heard
