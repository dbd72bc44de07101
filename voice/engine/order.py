"""What the agent is told to say from outside the call, and what became of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum

from voice.core.errors import EndReason
from voice.engine.lines import Line


class OrderOutcome(StrEnum):
    HEARD = "heard"
    # The caller spoke over it, or something that cut in took its place.
    INTERRUPTED = "interrupted"
    # No voice could be had.
    NOT_SPOKEN = "not_spoken"
    # Its time was over before the agent came to it.
    TOO_LATE = "too_late"
    CALL_ENDED = "call_ended"


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """A text, or one of the agent's own lines in its language.

    It waits until nobody speaks, until `until_ms` at most. `at_once`: it takes the place of what the agent
    says, and nothing stops it. `ends_call`: at once too, and the call ends when it has been heard.
    """

    until_ms: float
    text: str = ""
    line: Line | None = None
    at_once: bool = False
    ends_call: EndReason | None = None

    @property
    def cuts_in(self) -> bool:
        return self.at_once or self.ends_call is not None

    @property
    def rank(self) -> int:
        """A last word goes before what cuts in, and that before what waits its turn."""
        if self.ends_call is not None:
            return 0
        return 1 if self.at_once else 2


class WaitingOrders:
    """What the agent has been told to say and has not begun with, by rank."""

    def __init__(self) -> None:
        self._orders: list[Order] = []

    def __len__(self) -> int:
        return len(self._orders)

    @property
    def first(self) -> Order | None:
        return self._orders[0] if self._orders else None

    def put(self, order: Order, *, ahead: bool = False) -> None:
        """`ahead` of its equals, or behind them."""
        before = [each.rank < order.rank or (each.rank == order.rank and not ahead) for each in self._orders]
        self._orders.insert(sum(before), order)

    def take(self) -> Order:
        return self._orders.pop(0)

    def stale_at_ms(self) -> float | None:
        return min((order.until_ms for order in self._orders), default=None)

    def take_stale(self, now_ms: float) -> list[Order]:
        stale = [order for order in self._orders if order.until_ms <= now_ms]
        self._orders = [order for order in self._orders if order not in stale]
        return stale


class OpenOrders:
    """Those of a call whose outcome somebody waits for."""

    def __init__(self) -> None:
        self._outcomes: dict[Order, asyncio.Future[OrderOutcome]] = {}

    def add(self, order: Order) -> asyncio.Future[OrderOutcome]:
        outcome: asyncio.Future[OrderOutcome] = asyncio.get_running_loop().create_future()
        self._outcomes[order] = outcome
        return outcome

    def settle(self, order: Order, outcome: OrderOutcome) -> None:
        future = self._outcomes.pop(order, None)
        if future is not None and not future.done():
            future.set_result(outcome)

    def settle_all(self, outcome: OrderOutcome) -> None:
        for order in list(self._outcomes):
            self.settle(order, outcome)
