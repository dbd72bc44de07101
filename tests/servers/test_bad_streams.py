"""Media streams that are not what they say, and what makes no sense on one, against a started server."""

from __future__ import annotations

import asyncio
import secrets
import xml.etree.ElementTree as ET

import pytest

from tests.servers.ground import Ground, StartedServer
from tests.servers.simulated_vendors import VENDORS, Vendors
from tests.servers.test_phone_calls import PUBLIC, ended, phone_product, spoken_to_its_end, twilio, webhook
from tests.simulators.twilio.connecting import media_stream
from tests.simulators.twilio.misbehaviour import DEEP_JSON
from tests.simulators.twilio.phone_call import PhoneCall
from tests.simulators.twilio.simulator import TwilioSimulator

__all__ = ["phone_product", "twilio"]

STREAM = PUBLIC.replace("https", "wss") + "/ws/twilio/stream"
ANOTHER = "CA" + "9" * 32
UNAUTHORISED, USED_UP = 4001, 4009


async def token_of(call: PhoneCall) -> str:
    """What the call's document gives its stream."""
    for _ in range(500):
        if call.answers:
            break
        await asyncio.sleep(0.02)
    parameter = ET.fromstring(call.answers[0].body).find(".//Parameter[@name='token']")
    assert parameter is not None
    return parameter.attrib["value"]


async def close_code(call: PhoneCall, token: str | None, call_sid: str) -> int | None:
    """Of a stream that a stranger opens."""
    stream = media_stream(call, STREAM, {} if token is None else {"token": token}, call_sid=call_sid)
    assert await asyncio.wait_for(stream.run(), 10) == "server"
    assert stream.arrivals == []
    return stream.close_code


async def test_what_is_forged_foreign_or_replayed_is_closed_before_any_vendor_is_opened(
    ground: Ground, vendors: Vendors, twilio: TwilioSimulator
) -> None:
    acme, other = ground.organisation(**VENDORS), ground.organisation(**VENDORS)
    # Strangers are quicker than Twilio.
    twilio.carrier.stream_delay_ms = 60_000
    call, theirs = twilio.ring(webhook(acme)), twilio.ring(webhook(other))
    token, their_token = await token_of(call), await token_of(theirs)
    assert token != their_token
    for tried in (None, "", "x", "x" * 5_000, secrets.token_urlsafe(32), token[:-2]):
        assert await close_code(call, tried, call.sid) == UNAUTHORISED, tried
    assert await close_code(call, token, ANOTHER) == UNAUTHORISED
    assert await close_code(call, their_token, call.sid) == UNAUTHORISED
    # Both have been used.
    assert await close_code(call, token, call.sid) == USED_UP
    assert await close_code(theirs, their_token, theirs.sid) == USED_UP
    assert [each.requests for each in (vendors.deepgram, vendors.groq, vendors.elevenlabs)] == [[], [], []]
    await call.hang_up()
    await theirs.hang_up()


async def test_json_of_depth_ten_thousand_ends_the_call_at_the_third_time(
    ground: Ground, vendors: Vendors, twilio: TwilioSimulator, phone_product: StartedServer
) -> None:
    acme = ground.organisation(greeting="Hello.", **VENDORS)
    call = twilio.ring(webhook(acme))
    stream = await call.wait_for_stream()
    await spoken_to_its_end(stream, 0.0)
    for _ in range(2):
        await stream.send_raw(DEEP_JSON)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(stream.is_over.wait(), 0.5)
    await stream.send_raw(DEEP_JSON)
    record = await ended(ground, acme, call)
    assert stream.end == "server" and stream.close_code == 4400
    assert record["end_code"] == "invalid_input" and len(call.said()) == 1
    assert phone_product.process.poll() is None
