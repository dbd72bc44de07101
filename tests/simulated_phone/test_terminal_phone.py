"""A telephone without a carrier, against a server as small as can be: what it says, hears and is sent."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import numpy as np
import pytest

from tests.simulated_phone.customer import PUBLIC, STREAM, Customer, Line
from tests.simulators.shape import misfits, shapes
from tests.simulators.sound import tone
from tests.simulators.twilio.simulator import AUTH_TOKEN
from voice.edge.terminal_phone import CallFailed, Said, TerminalPhone, phone_conversation

CONNECT = f'<Connect><Stream url="{STREAM}"><Parameter name="token" value="t1"/></Stream></Connect>'
HUM = bytes([0x90, 0x10]) * 80
QUESTION = tone("aaaa", 50, 16_000)


async def answering(line: Line, message: dict[str, Any]) -> None:
    """A greeting of 200 ms; half a second after a word's first frame, a second of hum. Keys hum too."""
    if message["event"] == "start":
        await line.play(HUM * 10)
        await line.send("mark", name="greeted")
    elif message["event"] == "dtmf":
        await line.play(HUM * 50)
    elif message["event"] == "media" and is_loud(message) and not line.has_answered:
        line.has_answered = True
        asyncio.get_running_loop().call_later(0.5, lambda: asyncio.ensure_future(line.play(HUM * 50)))


def is_loud(message: dict[str, Any]) -> bool:
    return base64.b64decode(message["media"]["payload"]) != b"\xff" * 160


def phone(customer: Customer, told: list[str] | None = None, **options: Any) -> TerminalPhone:
    def tell(said: Said) -> None:
        if told is not None:
            told.append(said.words)

    return TerminalPhone(
        customer.base_url, api_key="vx_1", auth_token=AUTH_TOKEN, public_url=PUBLIC, told=tell, **options
    )


async def test_a_question_is_spoken_and_its_answer_heard_on_one_timeline() -> None:
    async with Customer(answering) as customer:
        customer.says("/api/twilio/voice", CONNECT, "<Redirect>/after?call=1</Redirect>")
        called, told = phone(customer), []
        await phone_conversation(called, [QUESTION], "5", told.append)
    assert len(told) == 3 and "speaks first, for 0.2 s" in told[0] and "for 1.0 s" in told[1]
    line = customer.lines[0]
    documented = shapes("twilio")
    sent = [json.loads(text) for text in line.messages]
    assert [found for each in sent for found in misfits(each, documented[each["event"]])] == []
    assert {each["event"] for each in sent} == set(documented)
    assert [int(each["sequenceNumber"]) for each in sent[1:]] == list(range(1, len(sent)))
    assert line.last("mark")["mark"] == {"name": "greeted"} and line.events()[-1] == "stop"
    assert sent[1]["start"]["customParameters"] == {"token": "t1"}
    assert all(customer.signed) and customer.forms("/api/twilio/voice")[0]["CallStatus"] == "ringing"
    said = np.frombuffer(called.said.timeline(), "<i2")
    heard = np.frombuffer(called.heard.timeline(), "<i2")
    asked_s = np.flatnonzero(abs(said) > 300)[[0, -1]] / 8000
    heard_s = np.flatnonzero(abs(heard) > 300) / 8000
    assert asked_s[1] - asked_s[0] == pytest.approx(0.2, abs=0.05)
    assert heard_s[heard_s > asked_s[0]][0] - asked_s[0] == pytest.approx(0.5, abs=0.15)


async def test_a_clear_silences_and_gives_back_the_marks() -> None:
    async def clears(line: Line, message: dict[str, Any]) -> None:
        if message["event"] == "start":
            await line.play(HUM * 500)
            await line.send("mark", name="never heard")
            await asyncio.sleep(0.2)
            await line.send("clear")
        elif message["event"] == "mark":
            await line.socket.close()

    async with Customer(clears) as customer:
        customer.says("/api/twilio/voice", CONNECT)
        async with phone(customer) as called:
            await called.wait_until_over()
            assert 100 < called.heard.played_ms(called.now_ms) < 1_500
    assert customer.lines[0].last("mark")["mark"] == {"name": "never heard"}


async def test_what_comes_after_the_stream_is_told() -> None:
    async def closes(line: Line, message: dict[str, Any]) -> None:
        await line.socket.close()

    told: list[str] = []
    async with Customer(closes) as customer:
        customer.says("/api/twilio/voice", CONNECT, f"<Redirect>{PUBLIC}/after?call=1</Redirect>")
        customer.says("/after", '<Dial action="/dialled"><Number>+15550100</Number></Dial>')
        customer.says("/dialled", "<Say>Nobody is there.</Say>", "<Hangup/>")
        async with phone(customer, told) as called:
            await called.wait_until_over()
    assert customer.forms("/dialled")[0]["DialCallStatus"] == "no-answer" and all(customer.signed)
    assert [words for words in told if "+15550100" in words]
    assert told[-1] == "Twilio would say: Nobody is there."


@pytest.mark.parametrize(
    ("document", "status", "words"),
    [
        ("<Response><Say>No.</Say></Response>", 200, "over"),
        ("<html>", 200, "no document"),
        ("<Response/>", 500, "500"),
        ("<Response><Redirect>/api/twilio/voice</Redirect></Response>", 200, "on and on"),
        ("<Response><Connect/></Response>", 200, "to nothing"),
    ],
)
async def test_a_call_that_comes_to_nothing_says_why(document: str, status: int, words: str) -> None:
    async with Customer() as customer:
        customer.documents["/api/twilio/voice"] = document
        customer.status = status
        with pytest.raises(CallFailed, match=words):
            await phone_conversation(phone(customer), [QUESTION], "", lambda _: None)


async def test_no_server_is_told_with_its_cure() -> None:
    with pytest.raises(CallFailed, match="script/server"):
        await phone_conversation(TerminalPhone("http://127.0.0.1:9", api_key=""), [], "1", print)


@pytest.mark.parametrize("text", ["{", "[]", '{"event":"mark"}', '{"event":"media","media":{"payload":"?"}}'])
async def test_a_server_that_sends_nonsense_is_told_of(text: str) -> None:
    async def nonsense(line: Line, message: dict[str, Any]) -> None:
        await line.socket.send_str(text)

    async with Customer(nonsense) as customer:
        customer.says("/api/twilio/voice", CONNECT)
        with pytest.raises(CallFailed, match="does not take"):
            async with phone(customer) as called:
                await called.wait_until_over()
