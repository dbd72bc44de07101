"""Places the client's "so much have I played" on the utterance that is being played."""

from __future__ import annotations

from voice.core.clock import now_ms
from voice.engine.playout import Playout


class Acknowledgements:
    """The client counts all it has played on this connection; a run of playout counts from its own start."""

    def __init__(self) -> None:
        self.played_ms = 0.0
        self._playing: Playout | None = None

    def runs(self, playout: Playout) -> None:
        self._playing = playout

    def rests(self) -> None:
        """The run is over, heard to its end or stopped: count what was heard of it."""
        if self._playing is not None:
            self.played_ms += self._playing.clock.heard_ms(now_ms())
        self._playing = None

    def heard(self, position_ms: float) -> None:
        if self._playing is None:
            # Nothing plays: the client knows best what it really played of what was stopped.
            self.played_ms = max(0.0, position_ms)
            return
        self._playing.clock.acknowledge(position_ms - self.played_ms, now_ms())
        self._playing.acknowledged.ring()
