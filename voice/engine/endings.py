"""Ends of a call that neither side meant: each with its cause and its cure."""

from __future__ import annotations

from voice.core.errors import EndCode, EndedBy, EndReason, Refusal, RefusalCode

TOO_FAST = EndReason(
    EndCode.INVALID_INPUT,
    EndedBy.PLATFORM,
    "The client sent audio faster than real time.",
    Refusal(RefusalCode.AUDIO_TOO_FAST, "Audio came faster than real time; send it as it is recorded."),
)
TOO_MANY = EndReason(
    EndCode.INVALID_INPUT,
    EndedBy.PLATFORM,
    "The client sent messages faster than a person can.",
    Refusal(
        RefusalCode.RATE_LIMITED,
        "Messages came too fast: at most 20 a second, and typed text at most twice a second.",
    ),
)
STUCK_CLIENT = EndReason(
    EndCode.SLOW_CLIENT,
    EndedBy.PLATFORM,
    "The client stopped reading.",
    Refusal(RefusalCode.SLOW_CLIENT, "Nothing was read from the connection for 5 s; connect again."),
)
BROKEN = EndReason(
    EndCode.INTERNAL_ERROR,
    EndedBy.PLATFORM,
    "The call ended because of an internal error.",
    Refusal(RefusalCode.INTERNAL_ERROR, "Something went wrong on our side; please call again."),
)
REPLIES_FAILED = EndReason(EndCode.PROVIDER_FAILED, EndedBy.PLATFORM, "Several replies in a row failed.")
