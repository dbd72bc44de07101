"""A media stream to a customer's server, in real time: both sides' sound, marks, and every way to end."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import pytest

from tests.simulated_phone.customer import CONNECT, Customer, Line
from tests.simulators.sound import linear, tone
from tests.simulators.twilio.connecting import media_stream
from tests.simulators.twilio.misbehaviour import Misbehaviour
from tests.simulators.twilio.phone_call import PhoneCall
from tests.simulators.twilio.simulator import TwilioSimulator
from tests.simulators.twilio.utterance import spoken, utterance

HUM = bytes([0x90, 0x10]) * 80
AFTER = "<Say>afterwards</Say>"


def ring(customer: Customer, twilio: TwilioSimulator) -> PhoneCall:
    return twilio.ring(customer.says("/voice", CONNECT, AFTER))


async def until(condition: Any, within_s: float = 5.0) -> None:
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110  what it waits for is another process's, as it were
            await asyncio.sleep(0.005)


async def test_a_caller_hears_the_echo_of_what_was_said_when_it_was_said(
    customer: Customer, twilio: TwilioSimulator
):
    call = ring(customer, twilio)
    stream = await call.wait_for_stream()
    saying = stream.say(spoken(tone("aaaaaaaa", 50, 16_000), 16_000))
    await saying.said.wait()
    await asyncio.sleep(0.1)
    await call.hang_up()
    await call.wait_until_over()
    assert all(customer.signed)
    assert saying.first_s is not None and saying.last_s is not None
    assert saying.last_s - saying.first_s == pytest.approx(0.4, abs=0.06)
    loud = abs(linear(stream.heard(), "mulaw")) > 300
    began_s = stream.begins_s + loud.argmax() / 8000
    # A frame is sent when it has been spoken, and sounds on the next tick.
    assert 0.015 < began_s - saying.first_s < 0.08
    assert loud.sum() > 0.8 * 3200
    assert stream.nonsense == [] and stream.first_audio_after(saying.last_s) is not None


async def test_frames_come_every_20_ms_also_from_a_silent_caller(customer: Customer, twilio: TwilioSimulator):
    call = ring(customer, twilio)
    stream = await call.wait_for_stream()
    await asyncio.sleep(0.5)
    await call.hang_up()
    media = [json.loads(text)["media"] for text in customer.lines[0].messages if '"media"' in text[:20]]
    assert 22 <= len(media) <= 26
    assert {base64.b64decode(each["payload"]) for each in media} == {b"\xff" * 160}
    assert [int(each["timestamp"]) for each in media] == [20 * (i + 1) for i in range(len(media))]
    assert stream.frames_sent >= len(media)


async def test_marks_come_back_when_heard_and_after_a_clear_at_once(
    customer: Customer, twilio: TwilioSimulator
):
    call = ring(customer, twilio)
    stream = await call.wait_for_stream()
    line = await customer.line()
    await line.play(HUM * 10)
    await line.send("mark", name="heard")
    await line.play(HUM * 500)
    await line.send("mark", name="dropped")
    await until(lambda: len(stream.marks_echoed) == 1)
    began_s = stream.arrivals[0][1]
    assert stream.marks_echoed[0][0] - began_s == pytest.approx(0.2, abs=0.05)
    await line.send("clear")
    await until(lambda: len(stream.marks_echoed) == 2)
    assert [name for _, name in stream.marks_echoed] == ["heard", "dropped"]
    assert stream.marks_echoed[1][0] - began_s < 1.0
    assert stream.first_clear_after(began_s) == stream.playout.clears_s[0]
    assert stream.playout.most_buffered_ms > 9_000
    await call.hang_up()
    await until(lambda: "stop" in line.events())
    assert [
        told["mark"]["name"] for text in line.messages if (told := json.loads(text))["event"] == "mark"
    ] == [
        "heard",
        "dropped",
    ]


async def test_a_server_that_closes_goes_on_with_the_document_and_what_was_not_heard_is_lost(
    customer: Customer, twilio: TwilioSimulator
):
    call = ring(customer, twilio)
    stream = await call.wait_for_stream()
    await (await customer.line()).play(HUM * 100)
    await asyncio.sleep(0.2)
    await (await customer.line()).socket.close()
    await call.wait_until_over()
    assert stream.end == "server" and call.said() == ["afterwards"]
    assert len(stream.heard()) / 8000 < 0.5
    assert "stop" not in customer.lines[0].events()
    assert (call.status, call.ended_by) == ("completed", "application")


async def test_a_caller_who_hangs_up_says_stop_and_hears_nothing_more(
    customer: Customer, twilio: TwilioSimulator
):
    call = ring(customer, twilio)
    stream = await call.wait_for_stream()
    await call.hang_up()
    await call.wait_until_over()
    await until(lambda: customer.lines[0].events()[-1] == "stop")
    assert stream.end == "caller" and call.ended_by == "caller" and call.said() == []


async def test_a_network_that_is_lost_says_nothing(customer: Customer, twilio: TwilioSimulator):
    call = ring(customer, twilio)
    stream = await call.wait_for_stream()
    await asyncio.sleep(0.05)
    stream.cut()
    await asyncio.wait_for(customer.lines[0].is_over.wait(), 5)
    assert stream.end == "cut" and "stop" not in customer.lines[0].events()
    await call.wait_until_over()
    assert call.said() == ["afterwards"]


async def test_a_stream_that_cannot_be_had_goes_on_with_the_document(
    customer: Customer, twilio: TwilioSimulator
):
    connect = CONNECT.replace("/stream", "/nowhere").replace(
        "<Stream ", f'<Stream statusCallback="{customer.says("/stream-status")}" '
    )
    call = twilio.ring(customer.says("/voice", connect, AFTER))
    await call.wait_until_over()
    assert [each.what for each in call.heard if each.kind == "stream"] == ["refused"]
    assert call.said() == ["afterwards"]
    (told,) = customer.forms("/stream-status")
    assert (told["StreamEvent"], told["StreamError"]) == ("stream-error", "31920")


async def test_a_stream_s_begin_and_end_are_told(customer: Customer, twilio: TwilioSimulator):
    connect = CONNECT.replace("<Stream ", f'<Stream statusCallback="{customer.says("/stream-status")}" ')
    call = twilio.ring(customer.says("/voice", connect, AFTER))
    stream = await call.wait_for_stream()
    await (await customer.line()).socket.close()
    await call.wait_until_over()
    assert [(form["StreamEvent"], form["StreamSid"]) for form in customer.forms("/stream-status")] == [
        ("stream-started", stream.sid),
        ("stream-stopped", stream.sid),
    ]


@pytest.mark.parametrize(
    ("url", "warning"),
    [("https://voice.example.com/stream", "31921"), ("wss://voice.example.com/stream?a=1", "has a query")],
)
async def test_an_address_that_twilio_does_not_take_is_noted(
    customer: Customer, twilio: TwilioSimulator, url: str, warning: str
):
    connect = f'<Connect><Stream url="{url}"/></Connect>'
    call = twilio.ring(customer.says("/voice", connect, AFTER))
    if "wss" in url:
        await call.wait_for_stream()
        await (await customer.line()).socket.close()
    await call.wait_until_over()
    assert any(warning in each for each in call.warnings), call.warnings


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "no JSON"),
        ("[1]", "no object"),
        ('{"event":"start"}', "no such event"),
        ('{"event":"clear","streamSid":"MZother"}', "another stream"),
        ('{"event":"mark","streamSid":"SID","mark":{}}', "without name"),
        ('{"event":"media","streamSid":"SID","media":{"payload":"?"}}', "base64"),
        ('{"event":"media","streamSid":"SID","media":{"payload":"UklGRg=="}}', "WAV"),
    ],
)
async def test_what_makes_no_sense_is_noted(customer: Customer, twilio: TwilioSimulator, text: str, why: str):
    call = ring(customer, twilio)
    stream = await call.wait_for_stream()
    await (await customer.line()).socket.send_str(text.replace("SID", stream.sid))
    await until(lambda: stream.nonsense)
    assert why in stream.nonsense[0][1]
    await call.hang_up()


async def numbers_of(customer: Customer, twilio: TwilioSimulator, asked: Misbehaviour) -> list[str]:
    """What a server receives in a third of a second of such a stream."""
    twilio.carrier.misbehaviour = asked
    call = ring(customer, twilio)
    await call.wait_for_stream()
    await asyncio.sleep(0.35)
    await call.hang_up()
    await call.wait_until_over()
    await asyncio.sleep(0.05)
    return customer.lines[0].messages


async def test_what_may_go_wrong_does_on_request(customer: Customer, twilio: TwilioSimulator):
    got = [
        json.loads(text)
        for text in await numbers_of(
            customer, twilio, Misbehaviour(skips_every=5, repeats_every=3, swaps_every=4, garbage_every=7)
        )
    ]
    numbers = [int(each["sequenceNumber"]) for each in got[1:] if each["event"] == "media"]
    # The 3rd, 6th and 9th twice; the 4th and 8th after the next that comes; the 5th and 10th never.
    assert numbers[:12] == [2, 3, 4, 4, 7, 7, 5, 8, 10, 10, 9, 12]
    assert any("!" in each["media"]["payload"] for each in got if each["event"] == "media")


async def test_a_second_start_deep_json_odd_sizes_and_no_stop(customer: Customer, twilio: TwilioSimulator):
    asked = Misbehaviour(second_start_after=2, deep_json_after=3, sizes=(0, 1, 5_000), has_stop=False)
    texts = await numbers_of(customer, twilio, asked)
    assert [text for text in texts if text.startswith("[[[")]
    got = [json.loads(text) for text in texts if not text.startswith("[[[")]
    events = [each["event"] for each in got]
    assert events.count("start") == 2 and "stop" not in events
    sizes = {len(base64.b64decode(each["media"]["payload"])) for each in got if each["event"] == "media"}
    assert sizes == {0, 1, 5_000}


async def test_jitter_comes_late_but_in_order(customer: Customer, twilio: TwilioSimulator):
    texts = await numbers_of(customer, twilio, Misbehaviour(jitter_ms=40))
    numbers = [int(json.loads(text)["sequenceNumber"]) for text in texts[1:]]
    assert numbers == list(range(1, len(numbers) + 1)) and len(numbers) > 10


async def test_a_token_can_be_used_by_another_stream(customer: Customer, twilio: TwilioSimulator):
    """As somebody would who had seen it: the same parameters again, under a foreign CallSid and signature."""
    call = ring(customer, twilio)
    stream = await call.wait_for_stream()
    url = "wss://voice.example.com/stream"
    forged = media_stream(call, url, stream.messages.parameters, call_sid="CA" + "0" * 32, token="guessed")
    running = asyncio.create_task(forged.run())
    await forged.is_open.wait()
    start = (await customer.line(2)).last("start")["start"]
    assert (start["callSid"], start["customParameters"]) == ("CA" + "0" * 32, {"token": "t1"})
    assert customer.signed[-1] is False
    await forged.leave()
    await running
    await call.hang_up()


async def test_digits_are_told_one_by_one(customer: Customer, twilio: TwilioSimulator):
    call = ring(customer, twilio)
    await call.wait_for_stream()
    await call.press("4#")
    await until(lambda: customer.lines[0].events().count("dtmf") == 2)
    assert customer.lines[0].last("dtmf")["dtmf"] == {"track": "inbound_track", "digit": "#"}
    await call.hang_up()


async def test_a_server_that_falls_behind_is_heard_as_holes(customer: Customer, twilio: TwilioSimulator):
    async def stammer(line: Line, message: dict[str, Any]) -> None:
        if message["event"] == "start":
            await line.play(HUM)
            await asyncio.sleep(0.15)
            await line.play(HUM)

    customer.answering = stammer
    call = ring(customer, twilio)
    stream = await call.wait_for_stream()
    await until(lambda: len(stream.arrivals) == 2)
    (hole,) = stream.playout.holes
    assert hole.lasted_s == pytest.approx(0.13, abs=0.05)
    await call.hang_up()


def test_an_utterance_knows_where_its_sound_begins_and_ends():
    found = utterance(b"\xff" * 800 + HUM * 10 + b"\xff" * 400)
    assert (found.first_ms, found.last_ms) == (100, 300)
