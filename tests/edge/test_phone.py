"""A phone call from the carrier's first word of it to its record."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import pytest

from accounts.services import api_key_replace, api_key_revoke
from agents.services import agent_update
from calls.models import Call, CallState
from calls.services import PhoneLine, call_process
from tests.edge.conftest import Acme, Providers
from tests.edge.phone_client import PhoneClient
from tests.edge.twilio.test_signature import store as store_token
from tests.simulators.twilio.misbehaviour import DEEP_JSON
from voice.core.audio import MULAW_8000, PCM_8000
from voice.core.errors import CapacityError, Refusal
from voice.core.spec import Channel
from voice.edge.admission import ConnectRequest
from voice.edge.database import in_database
from voice.edge.phone_calls import PhoneCall, phone_call_begin
from voice.edge.twilio.ending import ending_of

CALL_SID = "CA" + "2" * 32
LINE = PhoneLine(from_number="+15550001111", to_number="+15550002222", carrier_sid=CALL_SID)


async def begin(acme: Acme, line: PhoneLine = LINE, **fields: Any) -> PhoneCall:
    request = ConnectRequest(Channel.PHONE, MULAW_8000, MULAW_8000, line=line, **fields)
    return await in_database(phone_call_begin, request)


async def greet(acme: Acme, text: str) -> None:
    settings = {"name": "Ada", "greeting": text}
    await in_database(lambda: agent_update(agent=acme.agent, settings=settings, changed_by=None))


async def the_call() -> Call:
    return await Call.objects.aget()


async def test_a_caller_hears_the_greeting_and_the_call_is_kept(acme: Acme, providers: Providers) -> None:
    await greet(acme, "Good morning, this is Ada.")
    call = await begin(acme, api_key=acme.raw_key)
    assert (call.organisation_id, call.language) == (acme.organisation.pk, "en-US")
    async with PhoneClient() as phone:
        phone.starts(call.token, CALL_SID)
        await phone.until("mark")
        phone.speaks(b"\0\0" * 160, at_ms=20)
        await asyncio.sleep(3)
        phone.stops(CALL_SID)
        assert await phone.closed() == 1000
    spoken_ms = PCM_8000.duration_ms(len(phone.heard))
    assert spoken_ms > 500
    (ear,) = providers.transcriber.streams
    assert ear.received_bytes == 160  # as it came
    row = await the_call()
    assert (row.pk, row.channel, row.from_number) == (call.call_id, "phone", "+15550001111")
    assert row.state == CallState.PROCESSING


async def test_however_often_the_carrier_tells_of_a_call_it_is_one(acme: Acme, providers: Providers) -> None:
    told = await asyncio.gather(*(begin(acme, api_key=acme.raw_key) for _ in range(5)))
    assert len({call.call_id for call in told}) == 1
    assert len({call.token for call in told}) == 5
    assert await Call.objects.acount() == 1
    again = await begin(acme, PhoneLine(carrier_sid=CALL_SID, carrier_leg=1), api_key=acme.raw_key)
    assert again.call_id != told[0].call_id


async def test_a_token_opens_one_stream_of_its_own_call(acme: Acme, providers: Providers) -> None:
    call = await begin(acme, api_key=acme.raw_key)
    for token, call_sid, code in (
        ("", CALL_SID, 4001),
        ("forged", CALL_SID, 4001),
        ("x" * 5_000, CALL_SID, 4001),
    ):
        async with PhoneClient() as stranger:
            stranger.starts(token, call_sid)
            assert await stranger.closed() == code
    async with PhoneClient() as phone:
        phone.starts(call.token, CALL_SID)
        await asyncio.sleep(1)
        async with PhoneClient() as thief:
            thief.starts(call.token, CALL_SID)
            assert await thief.closed() == 4009
        assert phone.close_code is None
    assert len(providers.transcriber.streams) == 1


async def test_a_call_has_one_stream_whatever_tokens_there_are(acme: Acme, providers: Providers) -> None:
    first, second = [await begin(acme, api_key=acme.raw_key) for _ in range(2)]
    async with PhoneClient() as phone:
        phone.starts(first.token, CALL_SID)
        await asyncio.sleep(1)
        async with PhoneClient() as other:
            other.starts(second.token, CALL_SID)
            assert await other.closed() == 4009
        assert phone.close_code is None
        assert (await the_call()).state == CallState.LIVE


async def test_a_token_is_of_no_use_to_another_call(acme: Acme, providers: Providers) -> None:
    call = await begin(acme, api_key=acme.raw_key)
    async with PhoneClient() as phone:
        phone.starts(call.token, "CA" + "9" * 32)
        assert await phone.closed() == 4001
    assert providers.transcriber.streams == []


async def test_a_key_that_is_revoked_before_the_stream_comes_opens_none(
    acme: Acme, providers: Providers
) -> None:
    call = await begin(acme, api_key=acme.raw_key)
    await in_database(lambda: api_key_revoke(api_key=acme.api_key))
    async with PhoneClient() as phone:
        phone.starts(call.token, CALL_SID)
        assert await phone.closed() == 4001
    row = await the_call()
    assert (row.state, row.end_code) == (CallState.ENDED, "refused") and "revoked" in row.end_message


async def test_a_key_that_another_takes_the_place_of_ends_no_call_that_it_has_let_in(
    acme: Acme, providers: Providers
) -> None:
    settings = {"name": "Ada", "limits": {"reminders": 0, "hang_up_s": 0}}
    await in_database(lambda: agent_update(agent=acme.agent, settings=settings, changed_by=None))
    call = await begin(acme, api_key=acme.raw_key)
    waiting = await begin(acme, PhoneLine(carrier_sid="CA9"), api_key=acme.raw_key)
    async with PhoneClient() as phone:
        phone.starts(call.token, CALL_SID)
        await asyncio.sleep(1)
        await in_database(lambda: api_key_replace(api_key=acme.api_key))
        async with PhoneClient() as late:
            late.starts(waiting.token, "CA9")
            await asyncio.sleep(2)
            assert late.close_code is None
        for second in range(40):
            phone.speaks(b"\0\0" * 160, at_ms=1_000 * second)
            await asyncio.sleep(1)
        assert phone.close_code is None
        with pytest.raises(Refusal):
            await begin(acme, PhoneLine(carrier_sid="CA8"), api_key=acme.raw_key)


async def test_a_stream_that_does_not_begin_is_closed(acme: Acme, providers: Providers) -> None:
    async with PhoneClient() as silent, asyncio.timeout(30):
        assert await silent.closed() == 4400
    async with PhoneClient() as noisy:
        for _ in range(3):
            noisy.says(event="dance")
        assert await noisy.closed() == 4400


async def test_a_start_that_comes_twice_is_harmless_and_one_without_end_is_not(
    acme: Acme, providers: Providers
) -> None:
    call = await begin(acme, api_key=acme.raw_key)
    async with PhoneClient() as phone:
        for _ in range(3):
            phone.starts(call.token, CALL_SID)
        await asyncio.sleep(2)
        assert phone.close_code is None
        for _ in range(20):
            phone.starts(call.token, CALL_SID)
        assert await phone.closed() == 4400


@pytest.mark.parametrize(
    "nonsense",
    [
        '{"event": "media", "media": {"payload": "&&"}}',
        json.dumps({"event": "media", "media": {"payload": base64.b64encode(b"x" * 5_000).decode()}}),
        DEEP_JSON,
    ],
    ids=["no base64", "too long a piece", "deep"],
)
async def test_three_messages_that_mean_nothing_end_the_call_and_two_do_not(
    acme: Acme, providers: Providers, nonsense: str
) -> None:
    call = await begin(acme, api_key=acme.raw_key)
    async with PhoneClient() as phone:
        phone.starts(call.token, CALL_SID)
        await asyncio.sleep(1)
        for _ in range(2):
            phone.says_raw(nonsense)
        await asyncio.sleep(1)
        assert phone.close_code is None
        phone.says_raw(nonsense)
        assert await phone.closed() == 4400


async def test_a_call_that_no_line_was_free_for_is_kept_with_its_reason(
    acme: Acme, providers: Providers
) -> None:
    providers.transcriber.errors.append(CapacityError("embedded", "all taken"))
    call = await begin(acme, api_key=acme.raw_key)
    async with PhoneClient() as phone:
        phone.starts(call.token, CALL_SID)
        assert await phone.closed() == 4503
    row = await the_call()
    assert (row.state, row.end_code, row.end_by) == (CallState.ENDED, "refused", "platform")
    assert "All lines" in row.end_message


async def test_a_stream_that_twilio_has_not_signed_is_a_refusal_and_no_vendors_failure(
    acme: Acme, providers: Providers
) -> None:
    call = await begin(acme, api_key=acme.raw_key)
    await in_database(store_token, acme.organisation)
    async with PhoneClient() as phone:
        phone.starts(call.token, CALL_SID)
        assert await phone.closed() == 4001
    row = await the_call()
    assert (row.state, row.end_code, row.end_by) == (CallState.ENDED, "refused", "platform")
    assert "signature" in row.end_message
    assert providers.transcriber.streams == []


async def test_what_was_lost_and_what_came_twice_stands_with_the_call(
    acme: Acme, providers: Providers
) -> None:
    call = await begin(acme, api_key=acme.raw_key)
    async with PhoneClient() as phone:
        phone.starts(call.token, CALL_SID)
        for at_ms in (0, 20, 20, 100, 40):
            phone.speaks(b"\0\0" * 160, at_ms=at_ms)
        await asyncio.sleep(1)
        phone.stops(CALL_SID)
        await phone.closed()
    await in_database(lambda: call_process(call_id=call.call_id))
    counters = (await the_call()).counters
    assert (counters["audio_in_lost_ms"], counters["audio_in_repeated"]) == (60, 2)


@pytest.mark.parametrize("code", [1000, 1001, 1005, 1006])
async def test_a_stream_that_closes_without_a_stop_is_lost_and_the_caller_is_told(
    acme: Acme, providers: Providers, code: int
) -> None:
    call = await begin(acme, api_key=acme.raw_key)
    async with PhoneClient() as phone:
        phone.starts(call.token, CALL_SID)
        await asyncio.sleep(1)
        phone.leave(code)
    ending = await in_database(ending_of, await the_call())
    assert (ending.code, ending.is_in_order) == ("connection_lost", False)


@pytest.mark.parametrize("key", ["", "vx_wrong"])
async def test_a_wrong_key_is_refused_before_there_is_a_call(acme: Acme, key: str) -> None:
    with pytest.raises(Refusal):
        await begin(acme, api_key=key)
    assert await Call.objects.acount() == 0


def test_a_line_knows_which_of_its_numbers_is_the_persons() -> None:
    assert LINE.persons_number == "+15550001111"
    assert PhoneLine("+1", "+2", direction="outbound").persons_number == "+2"
