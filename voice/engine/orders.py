"""When the agent says what it is told to from outside: the rules of the turn machine for orders."""

from __future__ import annotations

from voice.engine import turn_actions as act
from voice.engine.agent_state import AgentState
from voice.engine.floor import Floor
from voice.engine.order import Order, OrderOutcome

WAITING_LIMIT = 8


class Orders:
    """The floor keeps those that wait; one is said at a time."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    def give(self, order: Order) -> None:
        if self._is_being_said(order):
            return
        if len(self._floor.orders) >= WAITING_LIMIT and order.ends_call is None:
            self._floor.note(act.SettleOrder(order, OrderOutcome.TOO_LATE))
        else:
            self._floor.orders.put(order)

    def _is_being_said(self, order: Order) -> bool:
        """The call began with it, since it was known by then: what becomes of that becomes of the order."""
        floor, speech = self._floor, self._floor.speech
        if speech is None or not floor.is_closing or speech.order is not None:
            return False
        is_it = speech.ends_call == order.ends_call
        if is_it:
            speech.order = order
        return is_it

    def due_ms(self) -> float | None:
        """At once, whenever the first one may be said."""
        floor, first = self._floor, self._floor.orders.first
        if first is None:
            return None
        if first.ends_call is not None:
            may = not floor.is_closing
        elif first.at_once:
            may = not floor.is_protected
        else:
            may = floor.is_quiet
        return float("-inf") if may else None

    def say(self, now_ms: float) -> None:
        floor = self._floor
        order = floor.orders.take()
        if order.cuts_in:
            self._cut_in()
            if order.ends_call is not None and floor.holds_words:
                self._keep_words(now_ms)
        else:
            floor.forget_turn()
        floor.say(
            act.Utterance.LINE,
            now_ms,
            line=order.line,
            is_protected=order.cuts_in,
            ends_call=order.ends_call,
            order=order,
        )

    def _cut_in(self) -> None:
        """It goes before all else. A question that was about to be answered is answered after it."""
        floor, speech = self._floor, self._floor.speech
        if speech is not None and speech.kind is act.Utterance.REPLY:
            if floor.agent is AgentState.THINKING:
                floor.turn.reopen()
            elif speech.is_answer_owed and speech.question is not None and not floor.turn.has_news:
                floor.take_back_caller()
                floor.turn = speech.question
                floor.turn.reopen()
        floor.stop_agent(by_caller=False)

    def _keep_words(self, now_ms: float) -> None:
        """A machine has said them, and gets no reply: they stand in the transcript where they were heard."""
        floor = self._floor
        floor.turn.commit()
        floor.finals.committed(floor.turn)
        floor.note(floor.turn.as_committed(now_ms))
        floor.forget_turn()

    def stale_due_ms(self) -> float | None:
        return self._floor.orders.stale_at_ms()

    def drop_stale(self, now_ms: float) -> None:
        for order in self._floor.orders.take_stale(now_ms):
            self._floor.note(act.SettleOrder(order, OrderOutcome.TOO_LATE))
