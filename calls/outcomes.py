"""How a call stands or ended, in words for people."""

from __future__ import annotations

from dataclasses import dataclass, replace

from calls.models import Call, CallState
from calls.services import CIRCLE
from voice.core.errors import EndCode


@dataclass(frozen=True, slots=True)
class Outcome:
    """`tone` is a colour of the page's kit: green went well, orange was cut short, red was our fault."""

    label: str
    sentence: str
    tone: str


ENDINGS: dict[str, Outcome] = {
    EndCode.CLIENT_HANGUP: Outcome("Caller hung up", "The caller ended the call.", "green"),
    EndCode.AGENT_HANGUP: Outcome("Agent hung up", "The agent said goodbye and ended the call.", "green"),
    EndCode.TRANSFERRED: Outcome(
        "Put through", "The agent put the caller through to somebody else.", "green"
    ),
    EndCode.VOICEMAIL_LEFT: Outcome(
        "Message left", "A machine answered; the agent left its message and hung up.", "green"
    ),
    EndCode.MACHINE_ANSWERED: Outcome(
        "Machine answered", "A machine answered, so the call was ended without a message.", "orange"
    ),
    EndCode.BUSY: Outcome("Busy", "The number that was called was busy.", "orange"),
    EndCode.NO_ANSWER: Outcome("No answer", "It rang, and nobody answered.", "orange"),
    EndCode.REJECTED: Outcome("Rejected", "Whoever was called declined the call.", "orange"),
    EndCode.CARRIER_FAILED: Outcome(
        "Not connected", "The telephone carrier could not connect the call.", "red"
    ),
    EndCode.SILENCE: Outcome(
        "Silence",
        "The caller said nothing for longer than the agent's limit, so the agent hung up.",
        "orange",
    ),
    EndCode.MAX_DURATION: Outcome(
        "Longest call reached", "The call reached the longest duration that the agent allows.", "orange"
    ),
    EndCode.CONNECTION_LOST: Outcome(
        "Connection lost", "The connection to the caller broke off without a goodbye.", "orange"
    ),
    EndCode.TAKEN_OVER: Outcome(
        "Continued elsewhere", "The caller went on with this conversation on a newer connection.", "green"
    ),
    EndCode.SERVER_SHUTDOWN: Outcome(
        "Server stopped", "The server was stopped or restarted while the call was going on.", "orange"
    ),
    EndCode.SERVER_LOST: Outcome(
        "Server lost",
        "The server that held the call disappeared. The transcript goes up to what it had written down.",
        "red",
    ),
    EndCode.KEY_REVOKED: Outcome(
        "API key revoked", "The API key that the call was made with was revoked while it went on.", "orange"
    ),
    EndCode.ENDED_BY_OPERATOR: Outcome(
        "Ended from outside", "Somebody of the organisation, or its own program, ended the call.", "green"
    ),
    EndCode.LIMIT_REACHED: Outcome(
        "Limit reached",
        "The organisation's minutes were used up while the call went on; the agent said so and hung up.",
        "orange",
    ),
    EndCode.REFUSED: Outcome(
        "Refused", "The call was refused before the agent could say its first word.", "orange"
    ),
    EndCode.PROVIDER_FAILED: Outcome(
        "Provider failed",
        "Speech recognition, the language model or the voice failed and could not be replaced.",
        "red",
    ),
    EndCode.PROVIDER_REFUSED: Outcome(
        "Provider refused",
        "A vendor refused its key, its account or a setting of this agent, and nobody could stand in.",
        "red",
    ),
    EndCode.INVALID_INPUT: Outcome(
        "Invalid input", "The caller's program sent what the protocol does not allow.", "orange"
    ),
    EndCode.SLOW_CLIENT: Outcome(
        "Caller too slow", "The caller's side did not take the audio as fast as it was spoken.", "orange"
    ),
    EndCode.INTERNAL_ERROR: Outcome("Internal error", "Something went wrong on our side.", "red"),
}
# Of a transfer, where nobody took over: by the carrier's word for it.
NOT_PUT_THROUGH = {
    "no-answer": "The agent had somebody else rung for the caller, and nobody answered there.",
    "busy": "The agent had somebody else rung for the caller, and the line there was busy.",
    "failed": "The number that the agent wanted to put the caller through to could not be reached.",
    "canceled": "The agent had somebody else rung for the caller, and that ended before they answered.",
    CIRCLE: "Agents had put the caller through from one of your numbers to the next several times, so they"
    " were not put through once more: these agents send callers round in a circle.",
}
# Their own message has the carrier's codes, or says why it told nothing.
TOLD_BY_CARRIER = {EndCode.BUSY, EndCode.NO_ANSWER, EndCode.REJECTED, EndCode.CARRIER_FAILED}
LIVE = Outcome("Live", "The call is going on.", "azure")
RINGING = Outcome("Ringing", "The telephone is being called; nobody has answered yet.", "azure")
PROCESSING = Outcome("Processing", "The call has ended; its transcript is being put together.", "secondary")
FAILED = Outcome("Not processed", "The call has ended, but its transcript could not be put together.", "red")


def is_given_up(call: Call) -> bool:
    """Processing failed for good: nobody will try again by itself."""
    return call.state == CallState.PROCESSING and call.process_due_at is None and bool(call.process_error)


def _is_ringing(call: Call) -> bool:
    # The agent's second part in such a call, after a transfer that failed, has nobody to wait for.
    outbound = getattr(call, "outbound", None) if call.direction == "outbound" else None
    return outbound is not None and outbound.answered_at is None


def outcome_of(call: Call) -> Outcome:
    if call.state == CallState.LIVE:
        return RINGING if _is_ringing(call) else LIVE
    if is_given_up(call):
        return FAILED
    if call.state == CallState.PROCESSING:
        return PROCESSING
    came_of = str((call.handover or {}).get("came_of", ""))
    if call.end_code == EndCode.TRANSFERRED and came_of in NOT_PUT_THROUGH:
        return Outcome("Not put through", NOT_PUT_THROUGH[came_of], "orange")
    ending = ending_of(call.end_code)
    is_told = call.end_code in TOLD_BY_CARRIER and call.end_message
    return replace(ending, sentence=call.end_message) if is_told else ending


def ending_of(code: str) -> Outcome:
    return ENDINGS.get(code) or Outcome(
        code.replace("_", " ").capitalize() or "Ended", "The call ended.", "secondary"
    )
