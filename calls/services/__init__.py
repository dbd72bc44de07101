"""Every write to calls and turns, from admission to the finished rows."""

from calls.services.admission import PhoneLine, call_admit, call_withdraw
from calls.services.commands import (
    CommandRefused,
    command_give,
    command_settle,
    command_take_back,
    commands_take,
    limits_enforce,
)
from calls.services.lifetime import (
    CIRCLE,
    call_abandon,
    call_close,
    call_dialled_on,
    call_hand_over,
    call_restate,
    call_retry,
    calls_renew,
    calls_sweep,
    journals_remove,
)
from calls.services.outbound import (
    OVER,
    IdempotencyKeyReused,
    OutboundOrder,
    Progress,
    outbound_answered,
    outbound_answered_by,
    outbound_progress,
    outbound_reserve,
    outbound_taken,
)
from calls.services.processing import MAX_ATTEMPTS, call_fail, call_process

__all__ = [
    "CIRCLE",
    "MAX_ATTEMPTS",
    "OVER",
    "CommandRefused",
    "IdempotencyKeyReused",
    "OutboundOrder",
    "PhoneLine",
    "Progress",
    "call_abandon",
    "call_admit",
    "call_close",
    "call_dialled_on",
    "call_fail",
    "call_hand_over",
    "call_process",
    "call_restate",
    "call_retry",
    "call_withdraw",
    "calls_renew",
    "calls_sweep",
    "command_give",
    "command_settle",
    "command_take_back",
    "commands_take",
    "journals_remove",
    "limits_enforce",
    "outbound_answered",
    "outbound_answered_by",
    "outbound_progress",
    "outbound_reserve",
    "outbound_taken",
]
