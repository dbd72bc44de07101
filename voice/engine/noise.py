"""A voice in which no words come: when the agent no longer takes it for somebody who speaks."""

from __future__ import annotations

from collections.abc import Callable

from voice.engine.agent_state import AgentState
from voice.engine.caller import CallerState
from voice.engine.floor import Floor


class Noise:
    """From then on the mere voice says nothing; words in it open a turn as soft speech does."""

    def __init__(
        self, floor: Floor, finalize: Callable[[float], None], patience_ms: float, *, trusts_guesses: bool
    ) -> None:
        """`trusts_guesses`: if there were words, the transcriber would have guessed some.

        `patience_ms`: how long one that makes few guesses may take to tell whether there are any.
        """
        self._floor = floor
        self._finalize = finalize
        self._patience_ms = patience_ms
        self._trusts_guesses = trusts_guesses

    def due_ms(self) -> float | None:
        caller = self._floor.caller
        if not caller.is_voiced or caller.state is CallerState.PAUSED:
            return None
        noise_at_ms = caller.noise_at_ms(is_waited_for=self._is_waited_for)
        if caller.questioned_ms is None:
            return noise_at_ms
        return max(noise_at_ms, caller.questioned_ms + self._patience_ms)

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
        if caller.state is CallerState.SPEAKING and not self._trusts_guesses and caller.questioned_ms is None:
            self._finalize(now_ms)  # whoever speaks for long must not be spoken over for want of a guess
            caller.questioned_ms = now_ms
            return
        if caller.state is CallerState.SPEAKING:
            caller.pauses(caller.evidence_ms, now_ms)
            self._floor.turn.last_speech_ms = caller.last_speech_ms
        else:
            self._finalize(now_ms)  # no utterance is to grow without end
        caller.evidence_ms = now_ms
