"""A spoken question over a real socket is transcribed, answered aloud, and the answer can be interrupted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.browser.speech import spoken_wav
from tests.servers.ground import Ground, StartedServer
from voice.audio.resample import resampled
from voice.audio.wav import read_wav
from voice.core.audio import PCM_16000
from voice.edge.terminal_caller import TerminalCaller

LONG_ANSWER = "We are open from nine to five on weekdays, and from ten to two on Saturday. " * 3
KNOWLEDGE = [{"question": "What are your opening hours?", "answer": LONG_ANSWER}]

pytestmark = pytest.mark.speech


@pytest.fixture
def question(tmp_path: Path) -> bytes:
    """16-bit PCM at 16 kHz."""
    pcm, rate_hz = read_wav(spoken_wav(tmp_path / "question.wav", ["What are your opening hours?"]))
    return resampled(pcm, rate_hz, PCM_16000.rate_hz)


async def test_a_spoken_question_is_answered_and_the_answer_interrupted(
    server: StartedServer, ground: Ground, question: bytes
) -> None:
    acme = ground.organisation(
        knowledge=KNOWLEDGE, turn_taking={"interruption_sensitivity": 1, "silence_ms": 600}
    )
    async with TerminalCaller(server.address, api_key=acme.key, frame_ms=256) as caller:
        await caller.wait_for("connected")
        await caller.say(question)
        await caller.wait_for_audio()
        heard = [
            each.payload["text"]
            for each in caller.of_type("transcript")
            if each.payload["role"] == "user" and each.payload["isFinal"]
        ]
        assert re.search(r"\bopen.* h?ours?\b", " ".join(heard))  # of two that sound alike
        since = len(caller.received)
        await caller.say(question)
        await caller.wait_for("audioStop", since=since)
    (call,) = await ground.ended_calls(acme)
    assert call["end_code"] == "client_hangup"
    assert any(role == "agent" and "nine to five" in text for role, text in call["turns"])
