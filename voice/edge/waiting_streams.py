"""Streams that have been opened and of which it is not known yet whose call they bring."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from voice.core.errors import Refusal, RefusalCode

# Anybody may open one and say nothing for as long as a stream may take to begin. Twilio's say within
# milliseconds what they are of, so even a hundred calls that come at once hardly wait together.
MOST_WAITING: Final = 100
TOO_MANY: Final = Refusal(
    RefusalCode.CAPACITY, "Too many streams wait here to say what they are of. Try again in a moment."
)


class WaitingStreams:
    """Belongs to one event loop."""

    def __init__(self, most: int = MOST_WAITING) -> None:
        self._most = most
        self._waiting = 0

    def __len__(self) -> int:
        return self._waiting

    @contextmanager
    def place(self) -> Iterator[None]:
        """Held while it lasts, however it ends. Raises Refusal where none is left."""
        if self._waiting >= self._most:
            raise TOO_MANY
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1


waiting_streams = WaitingStreams()
