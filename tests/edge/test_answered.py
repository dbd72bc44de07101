"""What is known of who has answered an agent's call before the call has begun here, or while it begins."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agents.services import agent_update
from calls.commands import standing_of
from calls.models import Call, Command, CommandKind, OnMachine
from calls.services import (
    OutboundOrder,
    call_abandon,
    call_process,
    call_restate,
    command_give,
    command_take_back,
    outbound_answered,
    outbound_answered_by,
    outbound_reserve,
)
from tests.edge.conftest import Acme, Providers
from tests.edge.phone_client import PhoneClient
from voice.edge.database import in_database
from voice.edge.phone_calls import PhoneCall, phone_call_answered
from voice.edge.twilio.answerer import NOT_TOLD
from voice.engine.endings import VOICEMAIL_LEFT

CALL_SID = "CA" + "2" * 32
MESSAGE = "This is Acme. Your table is booked for eight."


@pytest.fixture
async def answered(acme: Acme, providers: Providers) -> PhoneCall:
    """Something has answered, the agent has a message for machines, and the stream is on its way."""
    return await in_database(_answered, acme)


def _answered(acme: Acme) -> PhoneCall:
    settings = {"name": "Ada", "greeting": "Hello, this is Ada.", "voicemail_message": MESSAGE}
    agent_update(agent=acme.agent, settings=settings, changed_by=None)
    acme.agent.refresh_from_db()
    assert acme.agent.current_version
    order = OutboundOrder(
        agent_version=acme.agent.current_version,
        from_number="+15550100999",
        to_number="+15550104444",
        on_machine=OnMachine.LEAVE_MESSAGE,
    )
    call, _ = outbound_reserve(organisation=acme.organisation, order=order)
    outbound = outbound_answered(call_id=call.pk, carrier_sid=CALL_SID, answered_by="")
    assert outbound is not None
    return phone_call_answered(outbound.call)


def _machine_found(call_id: str) -> Command:
    """As `act_upon` tells it."""
    found = outbound_answered_by(call_id=call_id, carrier_sid=CALL_SID, answered_by="machine_end_beep")
    assert found is not None
    told: dict[str, Any] = {"is_machine": True, "text": MESSAGE}
    return command_give(call=found.call, kind=CommandKind.ANSWERED, arguments=told)[0]


async def _stands(command: Command) -> tuple[str, str]:
    standing = standing_of(await Command.objects.select_related("call").aget(pk=command.pk))
    return standing.outcome, standing.sentence


async def test_a_machine_that_is_known_when_the_stream_comes_is_left_the_message_once(
    answered: PhoneCall,
) -> None:
    command = await in_database(_machine_found, answered.call_id)
    async with PhoneClient() as phone:
        phone.starts(answered.token, CALL_SID)
        assert await phone.closed() == 1000
    await in_database(lambda: call_process(call_id=answered.call_id))
    call = await Call.objects.aget()
    assert call.end_code == "voicemail_left"
    assert [turn.heard_text async for turn in call.turns.all()] == [MESSAGE]
    assert (await _stands(command))[0] == "done"


async def test_a_call_that_is_over_before_it_was_asked_has_known_it_all_the_same(
    answered: PhoneCall,
) -> None:
    command = await in_database(_machine_found, answered.call_id)
    await Call.objects.filter(pk=answered.call_id).aupdate(state="ended", end_code="voicemail_left")
    assert (await _stands(command))[0] == "done"


async def test_what_twilio_has_said_while_vendors_were_slow_stays_the_calls_end(
    answered: PhoneCall, providers: Providers
) -> None:
    providers.transcriber.opens_after_ms = 8_000
    async with PhoneClient() as phone:
        phone.starts(answered.token, CALL_SID)
        await asyncio.sleep(1)
        command = await in_database(_machine_found, answered.call_id)
        assert await in_database(lambda: command_take_back(command_id=command.pk))
        await in_database(lambda: call_abandon(call_id=answered.call_id, reason=VOICEMAIL_LEFT))
        phone.stops(CALL_SID)
        phone.leave()
        await asyncio.sleep(10)
    await in_database(lambda: call_process(call_id=answered.call_id))
    call = await Call.objects.aget()
    assert (call.state, call.end_code, call.end_by) == ("ended", "voicemail_left", "agent")
    assert "Twilio" in (await _stands(command))[1]


async def test_what_twilio_could_not_be_told_is_not_called_done_whenever_that_is_known(
    answered: PhoneCall, providers: Providers
) -> None:
    async with PhoneClient() as phone:
        phone.starts(answered.token, CALL_SID)
        await asyncio.sleep(1)
        await in_database(lambda: call_abandon(call_id=answered.call_id, reason=VOICEMAIL_LEFT))
        phone.stops(CALL_SID)
        await phone.closed()
    assert (await Call.objects.aget()).state == "processing"
    await in_database(lambda: call_restate(call_id=answered.call_id, reason=NOT_TOLD))
    await in_database(lambda: call_process(call_id=answered.call_id))
    assert (await Call.objects.aget()).end_code == "client_hangup"
