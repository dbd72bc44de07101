"""How a command to a live call stands, also when nobody is left to write its outcome."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.utils import timezone

from calls.models import CallState, Command, CommandKind, CommandOutcome
from voice.core.errors import EndCode

# More than a minute of speech.
LONGEST_TEXT = 1_000


class CommandState(StrEnum):
    WAITING = "waiting"
    ACKNOWLEDGED = "acknowledged"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Standing:
    """`outcome` is empty until the command is settled. `tone` is a colour of the page's kit."""

    state: CommandState
    outcome: str
    sentence: str
    tone: str


WAITING = Standing(CommandState.WAITING, "", "Waiting for the call to take it.", "secondary")
ACKNOWLEDGED = {
    CommandKind.END: "The call has it and is ending.",
    CommandKind.SAY: "The agent has it and says it when its turn comes.",
    CommandKind.LIMIT: "The agent says that the minutes are used up.",
    CommandKind.ANSWERED: "The call knows it, and acts on it.",
}
DONE = {
    CommandKind.END: "The call ended.",
    CommandKind.SAY: "Said, and heard to the end.",
    CommandKind.LIMIT: "The agent said so, and the call ended.",
    CommandKind.ANSWERED: "The call knew it, and acted on it.",
}
ENDS_WITH = {
    CommandKind.END: {EndCode.ENDED_BY_OPERATOR},
    CommandKind.LIMIT: {EndCode.LIMIT_REACHED},
    CommandKind.ANSWERED: {EndCode.MACHINE_ANSWERED, EndCode.VOICEMAIL_LEFT},
}
SETTLED = {
    CommandOutcome.INTERRUPTED: ("The caller spoke over it, or something else took its place.", "orange"),
    CommandOutcome.NOT_SPOKEN: ("The voice failed, so it was not heard.", "red"),
    CommandOutcome.EXPIRED: ("Not done in time, so it was left.", "orange"),
    CommandOutcome.CALL_ENDED: ("The call ended before.", "orange"),
}
# Of a machine that was found out: nothing is left undone.
TWILIO_TOLD = ("The call had not begun here in time, so Twilio was told to do it.", "orange")


def standing_of(command: Command) -> Standing:
    """Needs the command's call. What its process could not write any more follows from time and call."""
    kind = CommandKind(command.kind)
    outcome = command.outcome or _followed(command)
    if outcome == CommandOutcome.DONE:
        return Standing(CommandState.SETTLED, outcome, DONE[kind], "green")
    if outcome:
        is_told = outcome == CommandOutcome.EXPIRED and command.arguments.get("is_machine", False)
        sentence, tone = TWILIO_TOLD if is_told else SETTLED[CommandOutcome(outcome)]
        return Standing(CommandState.SETTLED, outcome, sentence, tone)
    if command.acknowledged_at is not None:
        return Standing(CommandState.ACKNOWLEDGED, "", ACKNOWLEDGED[kind], "azure")
    return WAITING


def _followed(command: Command) -> str:
    if command.call.state != CallState.LIVE:
        # The call's end is written before the outcome of what ended it.
        ends_with = ENDS_WITH.get(CommandKind(command.kind), set())
        # A call that began after the carrier had told has known it without being told.
        is_known = command.acknowledged_at is not None or command.kind == CommandKind.ANSWERED
        has_ended_it = is_known and command.call.end_code in ends_with
        return CommandOutcome.DONE if has_ended_it else CommandOutcome.CALL_ENDED
    if command.acknowledged_at is None and command.deadline <= timezone.now():
        return CommandOutcome.EXPIRED
    return ""
