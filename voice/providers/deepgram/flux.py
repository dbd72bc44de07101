"""Deepgram's second protocol (Flux): turns whose text grows until the model takes them for over."""

from __future__ import annotations

from typing import Any

from deepgram.listen.v2.socket_client import AsyncV2SocketClient

from voice.core.errors import UnreachableError
from voice.core.ports import TurnSign
from voice.providers.deepgram.connection import DeepgramConnection
from voice.providers.deepgram.errors import PROVIDER
from voice.providers.deepgram.utterance import Segment, Word

TURN_OVER = "EndOfTurn"
SIGNS = {
    "StartOfTurn": TurnSign.BEGUN,
    "EagerEndOfTurn": TurnSign.LIKELY_OVER,
    "TurnResumed": TurnSign.RESUMED,
    TURN_OVER: TurnSign.OVER,
}
# What ended a turn: its model, a time limit, or a request of ours, which says nothing about the turn.
BY_REQUEST = "manual"


class FluxStream(DeepgramConnection):
    """A turn is one segment. Its text counts from the turn's beginning, in every message."""

    follows_turns = True

    async def bridge_silence(self, socket: AsyncV2SocketClient) -> None:
        self.send_silence()  # it has no KeepAlive, and is said to close on one

    async def ask_to_finish(self, socket: AsyncV2SocketClient) -> None:
        await socket.send_force_end_turn()

    def read(self, message: dict[str, Any]) -> Segment | None:
        """Raises UnreachableError for the error that Flux ends a connection with."""
        kind = message.get("type")
        if kind == "Error":
            raise UnreachableError(PROVIDER, f"it gave up ({self.complain(message.get('code'))})")
        if kind != "TurnInfo":
            return None
        event = message["event"]
        is_over = event == TURN_OVER
        is_asked_for = is_over and message.get("trigger") == BY_REQUEST
        return Segment(
            text=str(message["transcript"] or ""),
            start_s=float(message["audio_window_start"]),
            end_s=float(message["audio_window_end"]),
            is_final=is_over,
            is_flushed=is_asked_for,
            words=tuple(
                Word(str(word["word"]), float(word.get("start", 0.0))) for word in message.get("words") or ()
            ),
            sign=None if is_asked_for else SIGNS.get(str(event)),
        )
