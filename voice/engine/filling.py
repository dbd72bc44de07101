"""When the agent says a few words so that the caller does not wait in silence: rules of the turn machine."""

from __future__ import annotations

from voice.core.spec import FillersSpec
from voice.engine import turn_actions as act
from voice.engine.agent_state import AgentState
from voice.engine.caller import CallerState
from voice.engine.floor import Floor

# A model that is slow is mostly there a moment later: it gets more time than a tool does.
SLOW_MODEL_FACTOR = 1.5
AGAIN_AFTER_MS = 6_000.0
# In one reply; whoever has heard these knows that it takes long.
MOST_FILLERS = 4


class Filling:
    """The time counts from when the floor is free; whoever speaks begins it anew."""

    def __init__(self, floor: Floor, fillers: FillersSpec) -> None:
        self._floor = floor
        self._fillers = fillers

    def due_ms(self) -> float | None:
        floor, speech = self._floor, self._floor.speech
        if not self._fillers.enabled or speech is None or speech.kind is not act.Utterance.REPLY:
            return None
        if speech.is_last_word or speech.fillers >= MOST_FILLERS:
            return None
        if floor.caller.state is not CallerState.SILENT:
            return None
        after_ms = self._fillers.after_ms * (1.0 if speech.uses_tools else SLOW_MODEL_FACTOR)
        quiet_since_ms = max(speech.asked_ms, floor.caller.last_speech_ms)
        if floor.agent is AgentState.SPEAKING and speech.uses_tools:
            quiet_since_ms = max(quiet_since_ms, speech.heard_by_ms)
        elif floor.agent is not AgentState.THINKING or speech.is_ready:
            return None
        if speech.filled_at_ms is not None:
            return max(quiet_since_ms, speech.filled_at_ms) + AGAIN_AFTER_MS
        return quiet_since_ms + after_ms

    def fill(self, now_ms: float) -> None:
        speech = self._floor.speech
        if speech is not None:
            speech.fillers += 1
            speech.filled_at_ms = now_ms
            self._floor.note(act.SayFiller(speech.id))
