"""Ends of a call: those that a side meant, and those that neither did, with cause and cure."""

from __future__ import annotations

from voice.core.errors import EndCode, EndedBy, EndReason, Refusal, RefusalCode

HANGUP = EndReason(EndCode.CLIENT_HANGUP, EndedBy.CALLER, "The caller hung up.")
AGENT_HANGUP = EndReason(EndCode.AGENT_HANGUP, EndedBy.AGENT, "The agent hung up.")
TRANSFERRED = EndReason(EndCode.TRANSFERRED, EndedBy.AGENT, "The agent put the caller through.")
VOICEMAIL_LEFT = EndReason(EndCode.VOICEMAIL_LEFT, EndedBy.AGENT, "The agent left its message on a machine.")
MACHINE_ANSWERED = EndReason(
    EndCode.MACHINE_ANSWERED, EndedBy.PLATFORM, "A machine answered, and such calls are to be ended."
)
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
        "Messages came too fast: at most 20 a second, and what is typed at most twice a second.",
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
MESSAGE_FAILED = EndReason(
    EndCode.PROVIDER_FAILED, EndedBy.PLATFORM, "The message for the machine could not be spoken."
)


def unspoken(reason: EndReason) -> EndReason:
    """Why a call ends whose last words could not be said."""
    return MESSAGE_FAILED if reason is VOICEMAIL_LEFT else reason
