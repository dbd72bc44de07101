"""What the caller keys in: each key a message at once, or all of them one; rules of the turn machine."""

from __future__ import annotations

from voice.core.spec import KeypadSpec
from voice.engine.agent_state import AgentState
from voice.engine.caller import CallerState
from voice.engine.floor import Floor

# Keys that come too fast to be messages of their own are one together, of so many at most.
MOST_HURRIED = 20


class Keypad:
    """A key silences the agent as an interruption does. What is keyed in while nothing may stop it waits."""

    def __init__(self, floor: Floor, keypad: KeypadSpec) -> None:
        self._floor = floor
        self._keypad = keypad

    def press(self, key: str, now_ms: float, *, is_hurried: bool = False) -> None:
        """`is_hurried`: it ends no message, however it would else; a pause does, or the last of many."""
        floor, keypad = self._floor, self._keypad
        floor.silence.broken(now_ms)
        if not floor.is_protected:
            floor.stop_agent()
        floor.keys.add(key, now_ms)
        pressed = len(floor.keys.keys)
        if is_hurried:
            is_whole = pressed >= max(MOST_HURRIED, keypad.most_digits)
        else:
            is_whole = not keypad.collects or key == keypad.terminator or pressed >= keypad.most_digits
        if is_whole:
            self._deliver(now_ms)

    def due_ms(self) -> float | None:
        return self._floor.keys.last_ms + self._keypad.pause_ms if self._floor.keys else None

    def give_up_waiting(self, now_ms: float) -> None:
        """No more keys come. Whoever is saying something meanwhile has not finished."""
        floor = self._floor
        speaks = floor.caller.state is not CallerState.SILENT and floor.turn.has_news
        if speaks and floor.agent is AgentState.LISTENING:
            self._write()
        else:
            self._deliver(now_ms)

    def _deliver(self, now_ms: float) -> None:
        """They end the turn, with what was said before and beside them."""
        floor = self._floor
        self._write()
        floor.turn.last_speech_ms = None  # the wait for more keys is no latency
        if not floor.is_protected:
            floor.stop_agent()
            floor.commit(now_ms)

    def _write(self) -> None:
        turn, keys = self._floor.turn, self._floor.keys
        turn.spoke(keys.first_ms)
        turn.write(keys.take())
