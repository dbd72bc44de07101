"""A caller who is put through: what the carrier is told to do, and the agent that comes back."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from accounts.ids import is_id
from agents.services import agent_update
from calls.journal import read_journal
from calls.models import Call, CallState
from calls.services import PhoneLine, call_dialled_on
from tests.edge.conftest import Acme, Providers
from tests.edge.phone_client import STREAM, PhoneClient
from tests.fakes.model import Acts
from voice.core.audio import MULAW_8000, PCM_8000
from voice.core.errors import EndCode
from voice.core.spec import Channel, Role
from voice.edge.admission import ConnectRequest
from voice.edge.database import in_database
from voice.edge.phone_calls import PhoneCall, phone_call_again, phone_call_begin
from voice.edge.sound_recorder import SoundRecorder

CALL_SID = "CA" + "2" * 32
LINE = PhoneLine(from_number="+15550001111", to_number="+15550002222", carrier_sid=CALL_SID)
TARGET = {"name": "Billing", "to": "+15550100", "line": "I will put you through to billing."}


async def begin(acme: Acme, **settings: Any) -> PhoneCall:
    settings = {"name": "Ada", "transfer": {"targets": [TARGET], "ring_s": 12}, **settings}
    await in_database(lambda: agent_update(agent=acme.agent, settings=settings, changed_by=None))
    request = ConnectRequest(Channel.PHONE, MULAW_8000, MULAW_8000, api_key=acme.raw_key, line=LINE)
    return await in_database(phone_call_begin, request)


def press(phone: PhoneClient, digit: str) -> None:
    phone.says(
        event="dtmf", sequenceNumber="3", streamSid=STREAM, dtmf={"track": "inbound_track", "digit": digit}
    )


async def the_calls() -> list[Call]:
    return [call async for call in Call.objects.order_by("carrier_leg")]


async def test_where_the_line_goes_is_known_while_a_slow_store_still_takes_the_recording(
    acme: Acme, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_storing, is_stored = asyncio.Event(), asyncio.Event()
    close = SoundRecorder.close

    async def close_slowly(sound: SoundRecorder) -> None:
        is_storing.set()
        await is_stored.wait()
        await close(sound)

    monkeypatch.setattr(SoundRecorder, "close", close_slowly)
    providers.model.answers = [Acts(("transfer", '{"target": "Billing"}'))]
    call = await begin(acme, recording={"is_on": True, "consent_line": ""})
    async with PhoneClient() as phone:
        phone.starts(call.token, CALL_SID)
        press(phone, "1")
        press(phone, "#")
        try:
            assert await phone.closed() == 1000
            async with asyncio.timeout(30):
                await is_storing.wait()
            (first,) = await the_calls()
            assert (first.state, first.handover) == (CallState.LIVE, {"to": "+15550100", "ring_s": 12})
        finally:
            is_stored.set()


@pytest.mark.parametrize(
    ("came_of", "told_why"),
    [
        ("no-answer", "nobody answered"),
        ("busy", "the line there is busy"),
        ("failed", "the number could not be reached"),
        ("canceled", "the number could not be reached"),
    ],
)
async def test_who_asks_for_somebody_is_put_through_and_comes_back_when_nobody_takes_over(
    acme: Acme, providers: Providers, came_of: str, told_why: str
) -> None:
    providers.model.answers = [Acts(("transfer", '{"target": "Billing"}')), "I can take a message."]
    call = await begin(acme)
    async with PhoneClient() as phone:
        phone.starts(call.token, CALL_SID)
        press(phone, "1")
        press(phone, "#")
        assert await phone.closed() == 1000
    assert providers.model.requests[0][-1].text == "[pressed 1 #]"
    (first,) = await the_calls()
    assert first.handover == {"to": "+15550100", "ring_s": 12}
    assert first.state == CallState.PROCESSING
    end = read_journal(first.pk).end
    assert end is not None and end["code"] == EndCode.TRANSFERRED
    assert PCM_8000.duration_ms(len(phone.heard)) > 1_500, "the line before it was sent whole"

    await in_database(lambda: call_dialled_on(call_id=first.pk, came_of=came_of))
    back = await in_database(phone_call_again, first)
    assert is_id(back.call_id) and back.call_id != first.pk
    async with PhoneClient() as phone:
        phone.starts(back.token, CALL_SID)
        await phone.until("mark")
        press(phone, "2")
        press(phone, "#")
        await asyncio.sleep(5)
        phone.stops(CALL_SID)
        assert await phone.closed() == 1000
    told = providers.model.requests[1]
    (transfer,) = [message for message in told if message.role is Role.TOOL]
    assert told_why in transfer.text
    assert [message.text for message in told if message.role is Role.USER] == [
        "[pressed 1 #]",
        "[pressed 2 #]",
    ]
    _, second = await the_calls()
    assert second.handover is None
