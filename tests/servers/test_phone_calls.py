"""Phone calls from ring to hang-up: a simulated Twilio, a started server, simulated vendors."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator

import numpy as np
import pytest

from tests.browser.product import free_port
from tests.servers.ground import Ground, Organisation, StartedServer
from tests.servers.simulated_vendors import LONG_ANSWER, VENDORS, Vendors
from tests.simulators.groq import said_to
from tests.simulators.sound import linear
from tests.simulators.tool_calls import ToolUse
from tests.simulators.twilio.carrier import Callee
from tests.simulators.twilio.connecting import media_stream
from tests.simulators.twilio.media_stream import MediaStream
from tests.simulators.twilio.misbehaviour import Misbehaviour
from tests.simulators.twilio.phone_call import PhoneCall
from tests.simulators.twilio.simulator import AUTH_TOKEN, CALLER, TwilioSimulator
from tests.simulators.twilio.utterance import Utterance, spoken

PUBLIC = "https://voice.example.com"
# So long without sound, and the agent has finished.
QUIET_S = 0.6


@pytest.fixture
def phone_product(
    monkeypatch: pytest.MonkeyPatch, ground: Ground, vendors: Vendors, request: pytest.FixtureRequest
) -> StartedServer:
    monkeypatch.setitem(ground.environment, "PUBLIC_URL", PUBLIC)
    server: StartedServer = request.getfixturevalue("product")
    return server


@pytest.fixture
async def twilio(phone_product: StartedServer) -> AsyncIterator[TwilioSimulator]:
    async with TwilioSimulator({PUBLIC: f"http://127.0.0.1:{phone_product.port}"}) as made:
        yield made


@pytest.fixture
def asked(question: bytes) -> Utterance:
    return spoken(question, 16_000)


def webhook(acme: Organisation) -> str:
    return f"{PUBLIC}/api/twilio/voice?api_key={acme.key}"


async def spoken_to_its_end(stream: MediaStream, since_s: float, within_s: float = 15.0) -> float:
    """When the first sound after this instant began; returns when the agent has been silent for a while."""
    return await sound(stream, since_s, within_s, quiet_s=QUIET_S)


async def sound(stream: MediaStream, since_s: float, within_s: float = 15.0, quiet_s: float = -60.0) -> float:
    """As above, but it returns as soon as there is sound."""
    async with asyncio.timeout(within_s):
        while True:
            first_s = stream.first_audio_after(since_s)
            if first_s is not None and time.monotonic() - stream.playout.ends_s > quiet_s:
                return first_s
            await asyncio.sleep(0.02)


def loudness(stream: MediaStream, since_s: float, until_s: float) -> float:
    heard = linear(stream.playout.heard(since_s, until_s), "mulaw")
    return float(np.sqrt(np.mean(heard**2)))


async def ended(ground: Ground, acme: Organisation, call: PhoneCall) -> dict[str, object]:
    await call.wait_until_over()
    (found,) = await ground.ended_calls(acme)
    return found


def was_clean(call: PhoneCall) -> bool:
    """Twilio had nothing to complain of."""
    nonsense = [each for stream in call.streams for each in stream.nonsense]
    assert (nonsense, call.warnings, call.errors) == ([], [], [])
    return True


async def test_a_caller_is_greeted_asks_is_answered_and_hangs_up(
    ground: Ground, vendors: Vendors, twilio: TwilioSimulator, asked: Utterance
) -> None:
    vendors.deepgram.script.append("When do you open on Saturday?")
    vendors.groq.answer = lambda messages: "On Saturday we open at ten. Shall I book you in?"
    acme = ground.organisation(greeting="Hello, this is Acme.", **VENDORS)
    call = twilio.ring(webhook(acme))
    stream = await call.wait_for_stream()
    greeted_s = await spoken_to_its_end(stream, 0.0)
    assert loudness(stream, greeted_s, stream.playout.ends_s) > 500
    saying = stream.say(asked)
    await saying.said.wait()
    assert saying.last_s is not None
    answered_s = await spoken_to_its_end(stream, saying.last_s)
    assert 0.2 < answered_s - saying.last_s < 3.0
    assert loudness(stream, answered_s, stream.playout.ends_s) > 500
    await call.hang_up()
    record = await ended(ground, acme, call)
    assert was_clean(call) and call.said() == []
    assert record["turns"] == [
        ["agent", "Hello, this is Acme."],
        ["user", "When do you open on Saturday?"],
        ["agent", "On Saturday we open at ten. Shall I book you in?"],
    ]
    assert record["end_code"] == "client_hangup"
    assert (record["channel"], record["from_number"]) == ("phone", CALLER)
    # Everything that was sent had a mark behind it that came back.
    assert stream.marks_echoed and stream.playout.next_mark_s is None
    assert stream.playout.most_buffered_ms < 600


async def test_speaking_over_the_agent_clears_the_line_and_it_remembers_what_was_heard(
    ground: Ground, vendors: Vendors, twilio: TwilioSimulator, asked: Utterance
) -> None:
    vendors.deepgram.script.extend(["What are your hours?", "Stop, only on Saturday please."])
    replies = iter([LONG_ANSWER, "From ten to two."])
    vendors.groq.answer = lambda messages: next(replies)
    acme = ground.organisation(turn_taking={"interruption_sensitivity": 1, "silence_ms": 600}, **VENDORS)
    call = twilio.ring(webhook(acme))
    stream = await call.wait_for_stream()
    first = stream.say(asked)
    await first.said.wait()
    assert first.last_s is not None
    await sound(stream, first.last_s)
    await asyncio.sleep(2.0)
    second = stream.say(asked)
    await second.said.wait()
    assert second.first_s is not None and second.last_s is not None
    cleared_s = stream.first_clear_after(second.first_s)
    assert cleared_s is not None and cleared_s - second.first_s < 1.0
    await spoken_to_its_end(stream, second.last_s)
    assert loudness(stream, cleared_s + 0.1, cleared_s + 0.4) < 50
    await call.hang_up()
    await ended(ground, acme, call)
    assert was_clean(call)
    told = said_to(vendors.groq.requests[-1])
    assert told[-1]["content"] == "Stop, only on Saturday please."
    heard = told[-2]["content"].removesuffix(" –")
    assert heard and LONG_ANSWER.startswith(heard) and len(heard) < len(LONG_ANSWER) / 2


async def test_an_agent_that_hangs_up_is_heard_to_its_last_word_and_twilio_ends_the_call(
    ground: Ground, vendors: Vendors, twilio: TwilioSimulator, asked: Utterance
) -> None:
    vendors.deepgram.script.append("Thank you, goodbye.")
    vendors.groq.answer = lambda messages: ToolUse((("hang_up", '{"closing": "Goodbye, and thank you."}'),))
    acme = ground.organisation(tools={"hang_up": True}, **VENDORS)
    call = twilio.ring(webhook(acme))
    stream = await call.wait_for_stream()
    saying = stream.say(asked)
    record = await ended(ground, acme, call)
    assert was_clean(call) and (call.ended_by, call.status, call.said()) == ("application", "completed", [])
    assert stream.end == "server" and saying.last_s is not None
    sent_s = sum(size for came_s, _, size in stream.arrivals if came_s > saying.last_s) / 8_000
    # 15 characters a second.
    assert sent_s > 1.2
    heard_s = (
        sum(len(piece.sound) for piece in stream.playout.pieces if piece.starts_s > saying.last_s) / 8_000
    )
    assert heard_s == pytest.approx(sent_s, abs=0.02)
    assert record["end_code"] == "agent_hangup"


async def test_keys_reach_the_model(ground: Ground, vendors: Vendors, twilio: TwilioSimulator) -> None:
    vendors.groq.answer = lambda messages: "That is sales."
    acme = ground.organisation(**VENDORS)
    call = twilio.ring(webhook(acme))
    stream = await call.wait_for_stream()
    await call.press("1")
    await spoken_to_its_end(stream, 0.0)
    await call.hang_up()
    await ended(ground, acme, call)
    assert "1" in said_to(vendors.groq.requests[-1])[-1]["content"] and was_clean(call)


async def test_a_webhook_that_comes_five_times_at_once_makes_one_call(
    ground: Ground, vendors: Vendors, twilio: TwilioSimulator
) -> None:
    acme = ground.organisation(greeting="Hello.", **VENDORS)
    call = twilio.ring(webhook(acme), copies=5)
    stream = await call.wait_for_stream()
    await spoken_to_its_end(stream, 0.0)
    await call.hang_up()
    await ended(ground, acme, call)
    assert [answer.status for answer in call.answers] == [200] * 5 and was_clean(call)


async def test_a_lost_line_is_apologised_for_and_a_stolen_token_opens_nothing(
    ground: Ground, vendors: Vendors, twilio: TwilioSimulator
) -> None:
    acme = ground.organisation(greeting="Hello.", **VENDORS)
    call = twilio.ring(webhook(acme))
    stream = await call.wait_for_stream()
    await spoken_to_its_end(stream, 0.0)
    stolen = media_stream(
        call, PUBLIC.replace("https", "wss") + "/ws/twilio/stream", stream.messages.parameters
    )
    opened = len(vendors.deepgram.requests)
    assert await asyncio.wait_for(stolen.run(), 10) == "server"
    assert stolen.arrivals == [] and len(vendors.deepgram.requests) == opened > 0
    stream.cut()
    record = await ended(ground, acme, call)
    assert call.said() and record["end_code"] == "connection_lost"


async def test_who_may_not_call_hears_why(ground: Ground, vendors: Vendors, twilio: TwilioSimulator) -> None:
    acme = ground.organisation(**VENDORS)
    call = twilio.ring(f"{PUBLIC}/api/twilio/voice?api_key=vx_wrong")
    await call.wait_until_over()
    assert len(call.said()) == 1 and call.streams == [] and was_clean(call)
    assert ground.calls(acme) == []


async def test_where_a_token_is_stored_only_what_it_signs_is_answered(
    ground: Ground, vendors: Vendors, twilio: TwilioSimulator
) -> None:
    acme = ground.organisation(greeting="Hello.", **VENDORS)
    ground.ask("twilio_account", organisation=acme.id, account_sid=twilio.account_sid, auth_token=AUTH_TOKEN)
    signed = twilio.ring(webhook(acme))
    await spoken_to_its_end(await signed.wait_for_stream(), 0.0)
    await signed.hang_up()
    await ended(ground, acme, signed)
    assert was_clean(signed)
    twilio.carrier.webhooks.token = "somebody else's"
    forged = twilio.ring(webhook(acme))
    await forged.wait_until_over()
    assert forged.streams == [] and len(forged.said()) == 1
    assert len(ground.calls(acme)) == 1


BILLING = {"name": "Billing", "to": "+15550107777", "line": "I will put you through to billing now."}


@pytest.mark.parametrize("answers", [True, False])
async def test_a_caller_is_put_through_and_comes_back_when_nobody_answers(
    ground: Ground, vendors: Vendors, twilio: TwilioSimulator, asked: Utterance, answers: bool
) -> None:
    vendors.deepgram.script.extend(["Billing please.", "Then I will call again."])
    replies: Iterator[str | ToolUse] = iter(
        [ToolUse((("transfer", '{"target": "Billing"}'),)), "Nobody is there, I am sorry."]
    )
    vendors.groq.answer = lambda messages: next(replies, "Goodbye.")
    twilio.callees[BILLING["to"]] = Callee("answered" if answers else "no-answer", talks_s=0.2)
    acme = ground.organisation(transfer={"targets": [BILLING], "ring_s": 10}, **VENDORS)
    call = twilio.ring(webhook(acme))
    stream = await call.wait_for_stream()
    saying = stream.say(asked)
    await call.wait_for_heard("ringing", within_s=20)
    assert stream.end == "server" and saying.last_s is not None
    sent = [size for came_s, _, size in stream.arrivals if came_s > saying.last_s]
    heard = [len(piece.sound) for piece in stream.playout.pieces if piece.starts_s > saying.last_s]
    assert sum(heard) == sum(sent) > 8_000
    if not answers:
        again = await call.wait_for_stream(2)
        await spoken_to_its_end(again, 0.0)
        await call.hang_up()
    await call.wait_until_over()
    assert was_clean(call) and [dialled.status for dialled in call.dials] == [
        "completed" if answers else "no-answer"
    ]
    records = await ground.ended_calls(acme)
    assert records[0]["end_code"] == "transferred" and len(records) == (1 if answers else 2)


async def test_a_server_that_dies_in_mid_call_is_apologised_for_by_another(
    ground: Ground, vendors: Vendors, phone_product: StartedServer, twilio: TwilioSimulator
) -> None:
    acme = ground.organisation(greeting="Hello.", **VENDORS)
    call = twilio.ring(webhook(acme))
    stream = await call.wait_for_stream()
    await spoken_to_its_end(stream, 0.0)
    another = await asyncio.to_thread(ground.start, "uvicorn", free_port())
    twilio.addresses.reached_at[PUBLIC] = f"http://127.0.0.1:{another.port}"
    await asyncio.to_thread(phone_product.stop, signal.SIGKILL)
    await call.wait_until_over()
    another.stop()
    assert was_clean(call) and len(call.said()) == 1
    assert (call.ended_by, call.status) == ("application", "completed")


async def test_a_stream_that_makes_no_sense_is_closed_and_the_caller_told(
    ground: Ground, vendors: Vendors, twilio: TwilioSimulator
) -> None:
    acme = ground.organisation(greeting="Hello.", **VENDORS)
    twilio.carrier.misbehaviour = Misbehaviour(garbage_every=2, deep_json_after=5)
    call = twilio.ring(webhook(acme))
    record = await ended(ground, acme, call)
    assert call.streams[0].end == "server" and call.streams[0].frames_sent < 50
    assert len(call.said()) == 1, record["end_code"]


async def test_a_poor_line_changes_nothing(
    ground: Ground, vendors: Vendors, twilio: TwilioSimulator, asked: Utterance
) -> None:
    """Frames lost, twice, out of order and late; a second start."""
    vendors.deepgram.script.append("When do you open?")
    vendors.groq.answer = lambda messages: "At ten."
    acme = ground.organisation(**VENDORS)
    twilio.carrier.misbehaviour = Misbehaviour(
        skips_every=40, repeats_every=15, swaps_every=22, second_start_after=30, jitter_ms=40
    )
    call = twilio.ring(webhook(acme))
    stream = await call.wait_for_stream()
    saying = stream.say(asked)
    await saying.said.wait()
    assert saying.last_s is not None
    await spoken_to_its_end(stream, saying.last_s)
    await call.hang_up()
    record = await ended(ground, acme, call)
    assert was_clean(call) and record["turns"] == [["user", "When do you open?"], ["agent", "At ten."]]
