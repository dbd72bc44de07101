"""How a phone call's stream ended, as far as is known when Twilio asks what comes next."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass

import redis
from django.urls import reverse

from calls.journal import Journal, read_journal
from calls.models import Call, CallState
from calls.services import call_abandon, call_dialled_on
from calls.transcript import NEVER_CAME
from voice.core.errors import EndCode, EndedBy, EndReason

logger = logging.getLogger(__name__)

# Twilio may ask a moment before the record of a call that has just ended is written.
RECORDED_WITHIN_S = 2.0
LOOK_AGAIN_S = 0.05
# How Twilio's codes begin for an answer that never reached it: no connection, no HTTP, too late.
UNREAD = "112"

# As Twilio calls a transfer that ends before anybody answers.
GIVEN_UP = "canceled"
HUNG_UP_BEFORE = EndReason(EndCode.CLIENT_HANGUP, EndedBy.CALLER, "The caller hung up before the agent.")
IN_ORDER = frozenset(
    {
        EndCode.CLIENT_HANGUP,
        EndCode.AGENT_HANGUP,
        EndCode.VOICEMAIL_LEFT,
        EndCode.MACHINE_ANSWERED,
        EndCode.SILENCE,
        EndCode.MAX_DURATION,
        EndCode.ENDED_BY_OPERATOR,
        EndCode.LIMIT_REACHED,
        EndCode.TAKEN_OVER,
        EndCode.KEY_REVOKED,
    }
)
# The agent has said so itself, in its own voice.
APOLOGISED_FOR = frozenset({EndCode.PROVIDER_FAILED, EndCode.PROVIDER_REFUSED})


@dataclass(frozen=True, slots=True)
class Ending:
    """`is_in_order`: nothing is left to be said. `was_told`: the caller knows that something broke."""

    is_in_order: bool
    was_told: bool = False
    code: str = ""


def ending_of(call: Call) -> Ending:
    """Waits some seconds at most for the record of the call's end. A call that never began is ended here."""
    _wait_for_record(call)
    journal = _journal_of(call)
    code = call.end_code or str((journal.end or {}).get("code", "") if journal else "")
    # With an end in its journal only its record takes time, as where a store of recordings is slow.
    if call.state == CallState.LIVE and not code:
        if journal is not None and not journal.entries:
            call_abandon(call_id=call.pk, reason=NEVER_CAME)
        return Ending(is_in_order=False, code=EndCode.CONNECTION_LOST)
    if not code and call.ended_at is None:
        code = EndCode.SERVER_LOST  # the sweep has found it, and its rows are still to be made
    has_begun = journal is None or journal.entries > 0
    return Ending(code == "" or code in IN_ORDER, has_begun and code in APOLOGISED_FOR, code)


def is_unread(told: Mapping[str, str]) -> bool:
    """Whether what failed, by the carrier's form, is that an answer of ours never reached it."""
    return told.get("ErrorCode", "").startswith(UNREAD)


def was_put_through(call: Call, told: Mapping[str, str]) -> bool:
    """Whether the carrier has dialled whom the agent put the caller through to. It asks because something
    failed, and `told` is its form.

    It has not where what failed is the request that would have told it so; else, having been told, it has.
    """
    is_of_stream = reverse("twilio:after") in told.get("ErrorUrl", "")
    return bool(call.handover and call.handover.get("is_dialled")) and not (is_unread(told) and is_of_stream)


def was_never_answered(call: Call, told: Mapping[str, str]) -> bool:
    """Whether the carrier has asked who answers and never read it, so that the call is still to begin.

    It asks because something failed, and `told` is its form.
    """
    if not is_unread(told) or reverse("twilio:voice") not in told.get("ErrorUrl", ""):
        return False
    journal = _journal_of(call)
    return call.state == CallState.LIVE and journal is not None and not journal.entries


def line_is_over(call: Call) -> None:
    """The caller is no longer on the line. May run twice."""
    if call.handover and not call.handover.get("came_of"):  # nobody has said that somebody took over
        call_dialled_on(call_id=call.pk, came_of=GIVEN_UP)
    if call.state != CallState.LIVE:
        return
    journal = _journal_of(call)
    if journal is not None and not journal.entries:
        call_abandon(call_id=call.pk, reason=HUNG_UP_BEFORE)


def _wait_for_record(call: Call) -> None:
    deadline = time.monotonic() + RECORDED_WITHIN_S
    while call.state == CallState.LIVE and not call.handover and time.monotonic() < deadline:
        time.sleep(LOOK_AGAIN_S)
        call.refresh_from_db(fields=["state", "end_code", "ended_at", "handover"])


def _journal_of(call: Call) -> Journal | None:
    """None where it cannot be read now."""
    try:
        return read_journal(call.pk)
    except (OSError, redis.RedisError) as error:
        logger.warning("a call's journal cannot be read: %s", type(error).__name__)
        return None
