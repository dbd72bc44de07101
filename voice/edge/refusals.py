"""Refused connections: told why, held for a second, and limited by address."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque

from voice.core.clock import now_ms
from voice.core.errors import Refusal, RefusalCode
from voice.edge.metrics import REFUSALS
from voice.edge.socket import Socket, SocketGone

# A client that follows the published reconnection code comes back every second or two, so this lets it.
MOST_A_MINUTE = 60
WINDOW_MS = 60_000.0
HOLD_S = 1.0
MOST_HELD = 200
MOST_ADDRESSES = 10_000


class Refusals:
    """Counts refusals by address, in this process. What is beyond the limit is closed at once, unasked."""

    def __init__(self) -> None:
        self._times_ms: OrderedDict[str, deque[float]] = OrderedDict()
        self._held = 0

    def check(self, address: str) -> None:
        """Raises Refusal for an address that has been refused too often in the last minute."""
        if len(self._recent(address)) >= MOST_A_MINUTE:
            raise Refusal(
                RefusalCode.RATE_LIMITED,
                "Too many refused connections from this address. Mend their cause and wait a minute.",
            )

    async def refuse(self, socket: Socket, refusal: Refusal, address: str) -> None:
        """Sends the reason; closes a second later, so that hasty clients do not come back at once."""
        REFUSALS.labels(refusal.code).inc()
        times = self._recent(address)
        is_over = len(times) >= MOST_A_MINUTE
        if not is_over:
            times.append(now_ms())
            self._times_ms[address] = times
            self._times_ms.move_to_end(address)
            while len(self._times_ms) > MOST_ADDRESSES:
                self._times_ms.popitem(last=False)
        if is_over or self._held >= MOST_HELD:
            await socket.refuse(refusal)
            return
        self._held += 1
        try:
            await socket.tell(refusal)
            async with asyncio.timeout(HOLD_S):
                while True:  # a client that sends on is not read for longer than that
                    await socket.receive()
        except TimeoutError:
            pass
        except SocketGone:
            return
        finally:
            self._held -= 1
        await socket.close(refusal.close_code)

    def _recent(self, address: str) -> deque[float]:
        times = self._times_ms.get(address, deque())
        while times and times[0] < now_ms() - WINDOW_MS:
            times.popleft()
        return times


refusals = Refusals()
