"""The official client has the simulated Twilio record a call, and fetches what was said and heard."""

from __future__ import annotations

import io
import urllib.request
import wave
from typing import Any

import numpy as np
import pytest

from tests.simulated_phone.customer import CONNECT, PUBLIC, Customer, Line
from tests.simulated_phone.test_rest import CALLEE, asked, client, placed, refused
from tests.simulated_phone.test_streams import until
from tests.simulators.sound import tone
from tests.simulators.twilio.carrier import Callee
from tests.simulators.twilio.simulator import ACCOUNT_SID, AUTH_TOKEN, TwilioSimulator
from tests.simulators.twilio.utterance import spoken

HUM = bytes([0x90, 0x10]) * 80
WORD = spoken(tone("aaaa", 50, 8_000), 8_000)


async def humming(line: Line, message: dict[str, Any]) -> None:
    if message["event"] == "start":
        await line.play(HUM * 25)


def sides_of(twilio: TwilioSimulator, sid: str) -> np.ndarray[Any, Any]:
    url = f"{twilio.base_url}/2010-04-01/Accounts/{ACCOUNT_SID}/Recordings/{sid}.wav"
    passwords = urllib.request.HTTPPasswordMgrWithPriorAuth()
    passwords.add_password(None, url, ACCOUNT_SID, AUTH_TOKEN, is_authenticated=True)
    opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(passwords))
    with opener.open(url, timeout=5) as answer, wave.open(io.BytesIO(answer.read())) as wav:
        assert wav.getframerate() == 8_000
        samples = np.frombuffer(wav.readframes(wav.getnframes()), "<i2")
        return samples.reshape(-1, wav.getnchannels()).astype(int)


@pytest.fixture
async def customer() -> Any:
    async with Customer(humming) as made:
        yield made


async def told_of(customer: Customer, status: str) -> list[dict[str, str]]:
    """What the recording's callback was told, once it was told this."""

    def is_told() -> bool:
        return any(form["RecordingStatus"] == status for form in customer.forms("/recorded"))

    await until(is_told)
    return customer.forms("/recorded")


async def test_a_live_call_is_recorded_on_request(customer: Customer, twilio: TwilioSimulator) -> None:
    twilio.callees[CALLEE] = Callee()
    made = await placed(customer, twilio, url=customer.says("/voice", CONNECT))
    call, rest = twilio.calls[made.sid], client(twilio)
    stream = await call.wait_for_stream()
    customer.says("/recorded", "")
    begun = await asked(
        lambda: rest.calls(made.sid).recordings.create(
            recording_channels="dual",
            recording_status_callback=f"{PUBLIC}/recorded",
            recording_status_callback_event=["in-progress", "completed"],
        )
    )
    assert begun.sid.startswith("RE") and begun.status == "in-progress" and begun.call_sid == made.sid
    await stream.say(WORD).said.wait()
    await call.hang_up()
    await call.wait_until_over()
    told = await told_of(customer, "completed")
    assert [form["RecordingStatus"] for form in told] == ["in-progress", "completed"]
    listed = await asked(lambda: rest.calls(made.sid).recordings.list())
    assert [each.sid for each in listed] == [begun.sid]
    fetched = await asked(lambda: rest.recordings(begun.sid).fetch())
    assert fetched.status == "completed" and fetched.channels == 2
    assert all(customer.signed)
    sides = await asked(lambda: sides_of(twilio, begun.sid))
    assert sides.shape[1] == 2 and (abs(sides).max(axis=0) > 300).all()
    assert await refused(lambda: rest.calls(made.sid).recordings.create()) == (400, 21220)
    assert await refused(lambda: rest.recordings("RE" + "0" * 32).fetch()) == (404, 20404)


async def test_a_call_may_be_recorded_from_its_answer_until_it_is_stopped(
    customer: Customer, twilio: TwilioSimulator
) -> None:
    twilio.callees[CALLEE] = Callee()
    customer.says("/recorded", "")
    made = await placed(
        customer,
        twilio,
        url=customer.says("/voice", CONNECT),
        record=True,
        recording_status_callback=f"{PUBLIC}/recorded",
    )
    call, rest = twilio.calls[made.sid], client(twilio)
    stream = await call.wait_for_stream()
    (recording,) = await asked(lambda: rest.calls(made.sid).recordings.list())
    await stream.say(WORD).said.wait()
    await asked(lambda: rest.calls(made.sid).recordings(recording.sid).update(status="stopped"))
    await call.hang_up()
    await call.wait_until_over()
    (told,) = await told_of(customer, "completed")
    assert told["RecordingSource"] == "OutboundAPI" and told["RecordingSid"] == recording.sid
    sides = await asked(lambda: sides_of(twilio, recording.sid))
    assert sides.shape[1] == 1 and abs(sides).max() > 300
