"""A call over a real socket whose ear, mind and voice are vendors'."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest

from tests.servers.client import Client
from tests.servers.ground import Ground, StartedServer
from tests.servers.simulated_vendors import KEY, LONG_ANSWER, VENDORS, Vendors
from tests.simulators.groq import said_to
from tests.simulators.server import Fault
from voice.edge.terminal_caller import TerminalCaller


def final(caller: TerminalCaller, role: str) -> list[str]:
    return [
        each.payload["text"]
        for each in caller.of_type("transcript")
        if each.payload["role"] == role and each.payload["isFinal"]
    ]


async def test_vendors_hear_think_and_speak(
    ground: Ground, product: StartedServer, vendors: Vendors, question: bytes
) -> None:
    vendors.deepgram.script.append("When do you open on Saturday?")
    vendors.groq.answer = lambda messages: "On Saturday we open at ten. Shall I book you in?"
    acme = ground.organisation(
        greeting="Hello!", knowledge=[{"question": "Open?", "answer": "At ten."}], **VENDORS
    )
    async with TerminalCaller(product.address, api_key=acme.key, frame_ms=20, audio="pcm_24000") as caller:
        await caller.wait_for("audioEnd")
        since = len(caller.received)
        await caller.say(question)
        end = await caller.wait_for("audioEnd", since=since)
        await caller.wait_for("transcript", since=caller.received.index(end))
        assert final(caller, "user") == ["When do you open on Saturday?"]
        assert final(caller, "assistant")[-1] == "On Saturday we open at ten. Shall I book you in?"
        spoken = np.frombuffer(caller.playback.timeline(), "<i2").astype(float)[-24_000:]
        assert np.sqrt(np.mean(spoken**2)) > 1000
    told = said_to(vendors.groq.requests[-1])
    assert "At ten." in told[0]["content"]
    assert told[1:] == [
        {"role": "assistant", "content": "Hello!"},
        {"role": "user", "content": "When do you open on Saturday?"},
    ]
    (call,) = await ground.ended_calls(acme)
    assert call["turns"][-1] == ["agent", "On Saturday we open at ten. Shall I book you in?"]


async def test_speaking_over_the_reply_silences_it_and_the_model_learns_what_was_heard(
    ground: Ground, product: StartedServer, vendors: Vendors, question: bytes
) -> None:
    vendors.deepgram.script.extend(["What are your hours?", "Stop, only on Saturday please."])
    replies = iter([LONG_ANSWER, "From ten to two."])
    vendors.groq.answer = lambda messages: next(replies)
    acme = ground.organisation(turn_taking={"interruption_sensitivity": 1, "silence_ms": 600}, **VENDORS)
    async with TerminalCaller(product.address, api_key=acme.key, frame_ms=20, audio="pcm_24000") as caller:
        await caller.wait_for("connected")
        await caller.say(question)
        await caller.wait_for_audio()
        since = len(caller.received)
        await caller.say(question)
        await caller.wait_for("audioStop", since=since)
        await caller.wait_for("audioEnd", since=since)
    told = said_to(vendors.groq.requests[-1])
    assert told[-1]["content"] == "Stop, only on Saturday please."
    assert told[-2]["content"].endswith(" –")
    assert LONG_ANSWER.startswith(told[-2]["content"].removesuffix(" –"))


async def test_nothing_that_is_said_is_ever_logged(
    ground: Ground, talkative: StartedServer, vendors: Vendors, question: bytes
) -> None:
    """Words of either side, prompts and numbers, while vendors fail too; and every line is a call's own."""
    said, answer = "Has Winterbottom called?", "No, Quillfeather has."
    typed = "My name is Featherstone, +4915112345678."
    vendors.deepgram.script.append(said)
    vendors.groq.answer = lambda messages: answer
    acme = ground.organisation(
        greeting="Welcome to Bumblethwaite.", system_prompt="You know Applegarth.", **VENDORS
    )
    async with TerminalCaller(talkative.address, api_key=acme.key, frame_ms=20, audio="pcm_24000") as caller:
        await caller.wait_for("audioEnd")
        since = len(caller.received)
        await caller.say(question)
        await caller.wait_for("audioEnd", since=since)
        assert said in final(caller, "user")
        echo = {"error": {"message": f"cannot parse: {typed}", "type": "invalid_request_error"}}
        vendors.groq.faults.extend([Fault(status=400, body=echo)] * 3)
        since = len(caller.received)
        await caller.send("text", {"text": typed})
        await caller.wait_for("audioEnd", since=since)
        (connected,) = caller.of_type("connected")
        await caller.send("hangup")
        await caller.wait_until_over()
    await ground.ended_calls(acme)
    printed = talkative.output()
    names = ("Winterbottom", "Featherstone", "Quillfeather", "Bumblethwaite", "Applegarth", "15112345678")
    assert [name for name in names if name.lower() in printed.lower()] == []
    lines = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    during = [line for line in lines if line["logger"].startswith(("voice.engine", "voice.edge.recorder"))]
    assert "groq failed and embedded went on: RequestError" in {line["message"] for line in during}
    ids = {(line.get("call_id"), line.get("organisation_id")) for line in during}
    assert ids == {(connected.body["callId"], acme.id)}


@pytest.mark.parametrize(
    ("vendor", "fault"),
    [
        ("deepgram", Fault(status=401)),
        ("elevenlabs", Fault(status=401, body={"detail": {"status": "invalid_api_key", "message": KEY}})),
    ],
)
async def test_for_a_vendor_that_refuses_another_one_goes_on_and_the_record_says_so(
    ground: Ground, product: StartedServer, vendors: Vendors, vendor: str, fault: Fault
) -> None:
    getattr(vendors, vendor).faults.extend([fault] * 5)
    acme = ground.organisation(greeting="Hello!", **VENDORS)
    async with Client(product, api_key=acme.key) as client:
        await client.until("audioEnd")
        await client.send({"type": "hangup"})
        assert await client.closed() == 1000
    assert client.audio()
    (call,) = await ground.ended_calls(acme)
    assert call["switches"][0][1] == vendor and call["switches"][-1][2] != vendor
    assert KEY not in str(client.received)


async def test_an_agent_of_a_vendor_without_a_key_is_refused_with_the_cure(
    ground: Ground, server: StartedServer
) -> None:
    acme = ground.organisation(**VENDORS)
    async with Client(server, api_key=acme.key) as client:
        refused = await client.refused()
    assert refused.close_code == 4004
    assert "API_KEY" in refused.message


def test_no_test_uses_a_real_key() -> None:
    assert not {name for name in os.environ if name.endswith("_API_KEY")}
