"""What the simulated Twilio says on a stream has the documented fields, in the documented order."""

from __future__ import annotations

import base64
import json

import pytest

from tests.simulated_phone.customer import CONNECT, Customer
from tests.simulators.shape import misfits, shapes
from tests.simulators.twilio.messages import Messages
from tests.simulators.twilio.simulator import TwilioSimulator
from tests.simulators.twilio.utterance import mulaw_of, utterance

EXAMPLES = [
    '{"event":"connected","protocol":"Call","version":"1.0.0"}',
    '{"event":"start","sequenceNumber":"1","streamSid":"MZ1","start":{"streamSid":"MZ1","accountSid":"AC1",'
    '"callSid":"CA1","tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,'
    '"channels":1},"customParameters":{"token":"t"}}}',
    '{"event":"media","sequenceNumber":"2","streamSid":"MZ1","media":{"track":"inbound","chunk":"1",'
    '"timestamp":"20","payload":"AAAA"}}',
    '{"event":"dtmf","streamSid":"MZ1","sequenceNumber":"3","dtmf":{"track":"inbound_track","digit":"1"}}',
    '{"event":"mark","sequenceNumber":"4","streamSid":"MZ1","mark":{"name":"turn-3-end"}}',
    '{"event":"stop","sequenceNumber":"5","streamSid":"MZ1","stop":{"accountSid":"AC1","callSid":"CA1"}}',
]


def test_every_message_is_as_documented():
    messages = Messages("MZ1", "AC1", "CA1", {"token": "t"})
    said = [
        messages.connected(),
        messages.start(),
        messages.media("AAAA", 20),
        messages.dtmf("1"),
        messages.mark("turn-3-end"),
        messages.stop(),
    ]
    assert [json.loads(each) for each in said] == [json.loads(each) for each in EXAMPLES]


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_shapes_are_those_of_the_documented_examples(example: str):
    told = json.loads(example)
    assert misfits(told, shapes("twilio")[told["event"]]) == []


async def test_a_whole_stream_fits_its_shapes_and_counts_without_gaps(
    customer: Customer, twilio: TwilioSimulator
):
    call = twilio.ring(customer.says("/voice", CONNECT))
    stream = await call.wait_for_stream()
    await stream.press("7")
    await (await customer.line()).send("mark", name="m")
    saying = stream.say(utterance(b"\x80" * 1600))
    await saying.said.wait()
    await call.hang_up()
    await call.wait_until_over()
    told = [json.loads(text) for text in customer.lines[0].messages]
    documented = shapes("twilio")
    assert [found for each in told for found in misfits(each, documented[each["event"]])] == []
    assert [each["event"] for each in told[:2]] == ["connected", "start"]
    assert told[-1]["event"] == "stop"
    assert {each["event"] for each in told} == set(documented)
    assert [int(each["sequenceNumber"]) for each in told[1:]] == list(range(1, len(told)))
    media = [each["media"] for each in told if each["event"] == "media"]
    assert [int(each["chunk"]) for each in media] == list(range(1, len(media) + 1))
    assert {len(base64.b64decode(each["payload"])) for each in media} == {160}
    assert told[1]["start"]["customParameters"] == {"token": "t1"}


def test_mu_law_is_that_of_the_standard():
    """Table 2a of ITU-T G.711 at its decision points, and silence."""
    pcm = b"".join(value.to_bytes(2, "little", signed=True) for value in (0, 32_124, -32_124, 8, -8, 1_000))
    assert mulaw_of(pcm) == bytes([0xFF, 0x80, 0x00, 0xFE, 0x7E, 0xCE])
