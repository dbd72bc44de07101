"""What the agent says when the call begins: rules of the turn machine."""

from __future__ import annotations

from voice.core.spec import FailedTransfer
from voice.engine import turn_actions as act
from voice.engine import turn_events as told
from voice.engine.agent_state import AgentState
from voice.engine.endings import VOICEMAIL_LEFT
from voice.engine.floor import Floor
from voice.engine.lines import Line

BACK_FROM = {
    FailedTransfer.BUSY: Line.LINE_IS_BUSY,
    FailedTransfer.NOBODY_ANSWERED: Line.NOBODY_ANSWERED,
    FailedTransfer.UNREACHABLE: Line.NOT_REACHED,
}
# Of carriers: they listen to what has answered for a minute at most.
LONGEST_DOUBT_MS = 62_000.0


class Opening:
    """The line about the recording is heard to its end; what is said over it waits for the greeting."""

    def __init__(self, floor: Floor, *, greeting_is_protected: bool) -> None:
        self._floor = floor
        self._greeting_is_protected = greeting_is_protected

    def begin(self, began: told.Began, now_ms: float) -> None:
        floor, line = self._floor, act.Utterance.LINE
        floor.owes_greeting = began.has_greeting
        if began.doubt_ms:
            floor.doubt_until_ms = now_ms + began.doubt_ms
            floor.doubt_ends_ms = now_ms + max(began.doubt_ms, LONGEST_DOUBT_MS)
        if began.voicemail:
            floor.owes_greeting = False
            text = began.voicemail
            floor.say(line, now_ms, text=text, is_protected=True, ends_call=VOICEMAIL_LEFT)
        elif began.back_from is not None:
            floor.say(line, now_ms, line=BACK_FROM[began.back_from])
        elif began.has_consent:
            floor.say(act.Utterance.CONSENT, now_ms, is_protected=True)

    def greeting_due_ms(self) -> float | None:
        may = self._floor.owes_greeting and self._floor.agent is AgentState.LISTENING
        return float("-inf") if may else None

    def greet(self, now_ms: float) -> None:
        self._floor.owes_greeting = False
        self._floor.say(act.Utterance.GREETING, now_ms, is_protected=self._greeting_is_protected)
