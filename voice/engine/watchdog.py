"""The last resort behind every limit that a reply has of its own: no utterance hangs for ever."""

from __future__ import annotations

from voice.engine import turn_actions as act
from voice.engine.agent_state import AgentState
from voice.engine.floor import Floor

THINKING_LIMIT_MS = 25_000.0
STUCK_PLAYOUT_MS = 10_000.0


class Watchdog:
    """Of an utterance that is held back for the caller, the rules of the caller's pauses take care."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    def due_ms(self) -> float | None:
        speech = self._floor.speech
        if speech is None or self._floor.agent is AgentState.YIELDED:
            return None
        if self._floor.agent is AgentState.SPEAKING:
            stuck_at_ms = max(speech.heard_by_ms, speech.works_until_ms) + STUCK_PLAYOUT_MS
            waits_until_ms = speech.asked_ms + THINKING_LIMIT_MS if speech.is_answer_owed else stuck_at_ms
            return max(stuck_at_ms, waits_until_ms)
        if speech.is_ready:
            return None
        return max(speech.asked_ms + THINKING_LIMIT_MS, speech.works_until_ms + STUCK_PLAYOUT_MS)

    def give_up_reply(self, now_ms: float) -> None:
        floor, speech = self._floor, self._floor.speech
        if speech is None:
            return
        if floor.agent is AgentState.THINKING:
            floor.note(act.DropReply(speech.id))
            floor.failed(now_ms)
        else:
            floor.note(act.CutReply(speech.id, by_caller=False))
            if speech.is_answer_owed:
                floor.failed(now_ms)
            else:
                floor.finished(now_ms)
