"""A voice in which no words come: when the agent no longer takes it for somebody who speaks."""

from __future__ import annotations

from collections.abc import Callable

from voice.engine.agent_state import AgentState
from voice.engine.caller import CallerState
from voice.engine.floor import Floor


class Noise:
    """From then on the mere voice says nothing; words in it open a turn as soft speech does."""

    def __init__(self, floor: Floor, finalize: Callable[[float], None], *, trusts_guesses: bool) -> None:
        """`trusts_guesses`: if there were words, the transcriber would have guessed some."""
        self._floor = floor
        self._finalize = finalize
        self._trusts_guesses = trusts_guesses

    def due_ms(self) -> float | None:
        caller = self._floor.caller
        is_open = caller.is_voiced and caller.state is not CallerState.PAUSED
        return caller.noise_at_ms(is_waited_for=self._is_waited_for) if is_open else None

    @property
    def _is_waited_for(self) -> bool:
        """Whether the agent has something to say, and keeps it back for this voice."""
        floor, speech = self._floor, self._floor.speech
        if floor.agent is AgentState.YIELDED:
            return True
        is_held = floor.agent is AgentState.THINKING and speech is not None and speech.is_ready
        has_question = floor.agent is AgentState.LISTENING and floor.turn.has_news
        return self._trusts_guesses and (is_held or has_question)

    def take_for_it(self, now_ms: float) -> None:
        caller = self._floor.caller
        if caller.state is CallerState.SPEAKING:
            caller.pauses(caller.evidence_ms, now_ms)
            self._floor.turn.last_speech_ms = caller.last_speech_ms
        else:
            self._finalize(now_ms)  # no utterance is to grow without end
        caller.evidence_ms = now_ms
