"""What every socket protocol is to the edge: frames in, events out, and back."""

from __future__ import annotations

from typing import Protocol

from voice.core.errors import Refusal
from voice.core.events import ClientEvent, SessionCounters, SessionEvent

Frame = str | bytes


class Wire(Protocol):
    """One connection's. Pure and total: no input makes it raise, and it touches no socket."""

    def receive(self, message: Frame) -> list[ClientEvent]: ...

    def send(self, event: SessionEvent) -> list[Frame]: ...

    def refusal_frames(self, refusal: Refusal) -> list[Frame]:
        """What goes out before a close that is not 1000."""
        ...

    def is_hang_up(self, code: int) -> bool:
        """Whether a client that closes with this code meant to end the call; else the connection was lost."""
        ...

    def counted(self, counters: SessionCounters) -> SessionCounters:
        """With what only the wire can know of the sound that came."""
        ...
