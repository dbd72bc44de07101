"""Lets several threads take turns at one thing, a short piece of work at a time."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Baton:
    """A fair lock: first come, first served, but little jobs before those that wait for a big one."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._is_held = False

    @contextmanager
    def held(self, *, is_little: bool = False) -> Iterator[None]:
        self._take(is_little)
        try:
            yield
        finally:
            self._give()

    def hand_on(self) -> None:
        """Called by the holder: let those who wait have a turn each, then hold it again."""
        if self._waiting:
            self._give(then_wait=True)

    def _take(self, is_little: bool) -> None:
        with self._guard:
            if not self._is_held:
                self._is_held = True
                return
            turn = threading.Lock()
            turn.acquire()
            (self._waiting.appendleft if is_little else self._waiting.append)(turn)
        turn.acquire()

    def _give(self, *, then_wait: bool = False) -> None:
        turn = threading.Lock()
        with self._guard:
            if then_wait:
                # In one step with the giving, or a newcomer could slip in before.
                turn.acquire()
                self._waiting.append(turn)
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_held = False
        if then_wait:
            turn.acquire()
