"""Streams that have been opened and of which it is not known yet whose call they bring."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from voice.core.errors import Refusal, RefusalCode

# Anybody may open one and say nothing for as long as a stream may take to begin. Twilio's say within
# milliseconds what they are of, so even a hundred calls that come at once hardly wait together; whoever opens
# more only to be silent is in no caller's way, since the one that has been silent for longest makes room.
MOST_WAITING: Final = 100
TOO_MANY: Final = Refusal(
    RefusalCode.CAPACITY, "Too many streams wait here to say what they are of. Try again in a moment."
)


class Place:
    """One stream's, while it waits."""

    def __init__(self) -> None:
        self._silence: asyncio.Timeout | None = None
        self.is_taken_away = False

    @contextmanager
    def silent(self, limit: asyncio.Timeout) -> Iterator[None]:
        """It may be taken away meanwhile: then `limit` ends at once."""
        self._silence = limit
        try:
            yield
        finally:
            self._silence = None

    def take_away(self) -> bool:
        """Whether that could be done: not once it has said what it is of."""
        if self._silence is None or self._silence.expired():
            return False
        self.is_taken_away = True
        self._silence.reschedule(asyncio.get_running_loop().time())
        return True


class WaitingStreams:
    """Belongs to one event loop."""

    def __init__(self, most: int = MOST_WAITING) -> None:
        self._most = most
        # In the order in which they came.
        self._places: dict[Place, None] = {}

    def __len__(self) -> int:
        return len(self._places)

    @contextmanager
    def place(self) -> Iterator[Place]:
        """Held while it lasts, however it ends. Where none is left, the longest silent stream loses its own;
        raises Refusal where none is silent."""
        if len(self._places) >= self._most:
            self._make_room()
        place = Place()
        self._places[place] = None
        try:
            yield place
        finally:
            self._places.pop(place, None)

    def _make_room(self) -> None:
        oldest = next((place for place in self._places if place.take_away()), None)
        if oldest is None:
            raise TOO_MANY
        del self._places[oldest]


waiting_streams = WaitingStreams()
