"""What becomes of a call of the agent's once Twilio knows whether a person or a machine has answered."""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from typing import Any

from agents.twilio_account.selectors import TokenUnreadable, twilio_access_find
from calls.models import Call, CallState, Command, CommandKind, OnMachine, OutboundCall
from calls.selectors import is_machine, takes_message
from calls.services import (
    CommandRefused,
    call_abandon,
    call_restate,
    command_give,
    command_take_back,
)
from voice.core.errors import EndCode, EndedBy, EndReason, ProviderError
from voice.edge.phone_calls import message_for_machine
from voice.edge.twilio.line import language_of
from voice.edge.twilio.spoken import Sentence
from voice.edge.twilio.twiml import Twiml
from voice.engine.endings import MACHINE_ANSWERED, VOICEMAIL_LEFT
from voice.providers.twilio.access import connect

logger = logging.getLogger(__name__)

# The process that holds the call asks once a second. One that opens its vendors meanwhile is not there yet.
TAKEN_WITHIN_S = 4.0
LOOK_AGAIN_S = 0.05
# For the message to begin: nothing of the call holds it back.
BEGUN_WITHIN = timedelta(seconds=15)
# Of a document that is given with the request: 4,000 characters, and each may be written as five.
LONGEST_SAID = 700
NOT_TOLD = EndReason(
    EndCode.CARRIER_FAILED, EndedBy.PLATFORM, "The carrier could not be told what to do with a machine."
)


def is_to_be_left(outbound: OutboundCall) -> bool:
    """Whether the call is to end, with no word to what has answered."""
    if outbound.on_machine == OnMachine.GO_ON or not is_machine(outbound.answered_by):
        return False
    return not _message(outbound)


def act_upon(outbound: OutboundCall) -> None:
    """The process that holds the call is told; where none takes that in time, Twilio is. May take some
    seconds."""
    call, is_it = outbound.call, is_machine(outbound.answered_by)
    text = _message(outbound) if is_it else ""
    told: dict[str, Any] = {"is_machine": is_it} | ({"text": text} if text else {})
    try:
        command, _ = command_give(call=call, kind=CommandKind.ANSWERED, arguments=told, within=BEGUN_WITHIN)
    except CommandRefused:
        return  # it has just ended
    if is_it and not _is_taken(command) and command_take_back(command_id=command.pk):
        _have_twilio_do_it(call, text)


def _message(outbound: OutboundCall) -> str:
    return message_for_machine(outbound.call) if takes_message(outbound) else ""


def _is_taken(command: Command) -> bool:
    """Or the call is over, and nothing is left to be done."""
    deadline = time.monotonic() + TAKEN_WITHIN_S
    while time.monotonic() < deadline:
        command.refresh_from_db(fields=["acknowledged_at"])
        is_live = Call.objects.filter(pk=command.call_id, state=CallState.LIVE).exists()
        if command.acknowledged_at is not None or not is_live:
            return True
        time.sleep(LOOK_AGAIN_S)
    return False


def _have_twilio_do_it(call: Call, text: str) -> None:
    """There is no stream that the agent could speak into: Twilio's own voice does."""
    logger.warning("no stream of the call is there to act upon a machine: Twilio is told")
    # Before that: a stream that is still on its way finds the call over, and tells no other end of it.
    call_abandon(call_id=call.pk, reason=VOICEMAIL_LEFT if text else MACHINE_ANSWERED)
    try:
        access = twilio_access_find(call.organisation)
        if access is None:
            raise TokenUnreadable
        twilio = connect(access)
        if text:
            said = Sentence(text[:LONGEST_SAID], language_of(call.agent))
            twilio.call_redirect(call.carrier_sid, Twiml().say(said).hangup().document().decode())
        else:
            twilio.call_end(call.carrier_sid)
    except (ProviderError, TokenUnreadable) as error:
        logger.warning("Twilio was not told what to do with a machine: %s", type(error).__name__)
        call_restate(call_id=call.pk, reason=NOT_TOLD)
