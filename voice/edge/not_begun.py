"""Why a phone call that had been admitted never came to its first word: our refusals told from failures."""

from __future__ import annotations

import asyncio

from voice.core.errors import (
    Blame,
    CapacityError,
    EndCode,
    EndedBy,
    EndReason,
    ProviderError,
    Refusal,
    RefusalCode,
)
from voice.edge.live import SHUTDOWN
from voice.edge.socket import SocketGone

LINE_LOST = EndReason(
    EndCode.CONNECTION_LOST, EndedBy.PLATFORM, "The line was lost before the conversation began."
)
BROKEN = EndReason(
    EndCode.INTERNAL_ERROR, EndedBy.PLATFORM, "Something went wrong on our side before the first word."
)
ALL_TAKEN = EndReason(EndCode.REFUSED, EndedBy.PLATFORM, "All lines of this server were taken.")
# What is no judgement of ours on the call, although it is told as one.
NO_JUDGEMENT = {RefusalCode.SERVER_SHUTDOWN: SHUTDOWN, RefusalCode.INTERNAL_ERROR: BROKEN}


def reason_not_begun(error: BaseException) -> EndReason:
    """As the call's record keeps it."""
    match error:
        case Refusal(code=code, message=message):
            return NO_JUDGEMENT.get(code) or EndReason(EndCode.REFUSED, EndedBy.PLATFORM, message)
        case CapacityError():
            return ALL_TAKEN
        case ProviderError(blame=blame):
            is_customers = blame is Blame.CUSTOMER
            end = EndCode.PROVIDER_REFUSED if is_customers else EndCode.PROVIDER_FAILED
            return EndReason(end, EndedBy.PLATFORM, f"{error}. {error.cure}")
        case SocketGone():
            return LINE_LOST
        case asyncio.CancelledError():
            return SHUTDOWN
        case _:
            return BROKEN
