"""Deepgram's second protocol (`/v2/listen`, Flux): turns, whose end its model or its client decides."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.simulators.deepgram_connection import VOICE_MS, Connection


class FluxConnection(Connection):
    """A pause shorter than the simulator's `flux_end_ms` belongs to the turn; after one as long as
    `flux_eager_ms` the turn goes on with the script's next utterance."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        given = self.query.get("eager_eot_threshold")
        self._is_eager = given is not None
        if given is not None and not 0.3 <= float(given) <= float(self.query.get("eot_threshold", "0.7")):
            raise ValueError(f"a client that asks for what Flux refuses: {given}")
        self._sequence = 0
        self._turn = 0
        # Of the turn: words of utterances before this one, whether it has been told of, and seen as over.
        self._known: list[str] = []
        self._has_begun = self._may_be_over = self._is_seen_over = False
        self._again_ms = 0.0
        self.send_now(self._numbered({"type": "Connected"}))

    async def obey(self, order: dict[str, Any]) -> None:
        match order.get("type"):
            case "ForceEndTurn":
                if self.words:
                    self._end("manual")
            case "Configure":
                thresholds = {"eot_threshold": 0.7} | order.get("thresholds", {})
                keyterms = order.get("keyterms", [])
                self.send_now(
                    self._numbered(
                        {"type": "ConfigureSuccess", "thresholds": thresholds, "keyterms": keyterms}
                    )
                )
            case other:
                told = {"type": "Error", "code": "UNPARSABLE_CLIENT_MESSAGE", "description": str(other)}
                self.send_now(self._numbered(told))
                await asyncio.sleep(0.01)
                await self.socket.close(code=1002)

    async def finish(self) -> None:
        """It ends without another word: what was not over is lost."""

    def hears(self, *, is_loud: bool) -> None:
        if not self.words:
            return
        if is_loud:
            self._again_ms += 10.0
            if self._may_be_over and self._again_ms >= VOICE_MS:
                self._go_on()
        elif self.quiet_ms >= self.simulator.flux_end_ms:
            self._end("model")
        elif self.quiet_ms >= self.simulator.flux_eager_ms and not self._may_be_over:
            self._may_be_over, self._again_ms = True, 0.0
            if self._is_eager:
                self._is_seen_over = True
                self._tell("EagerEndOfTurn", self.words, confidence=0.55)

    @staticmethod
    def told(message: dict[str, Any]) -> str:
        if message["type"] != "TurnInfo":
            return ""
        return f"{'final' if message['event'] == 'EndOfTurn' else 'guess'}:{message['transcript']}"

    def guess(self, words: list[str]) -> None:
        if self._is_seen_over:
            return  # nothing changes between this and what comes of it
        event = "Update" if self._has_begun else "StartOfTurn"
        self._has_begun = True
        self._tell(event, words, confidence=0.05)

    def _go_on(self) -> None:
        if self._is_seen_over:
            self._tell("TurnResumed", self.words, confidence=0.1)
        self._may_be_over = self._is_seen_over = False
        if self.simulator.script:
            self._known += self.words
            self.words = self.simulator.next_utterance().split()
            self.loud_ms = VOICE_MS

    def _end(self, trigger: str) -> None:
        self._tell("EndOfTurn", self.words, confidence=0.86, trigger=trigger)
        self._turn += 1
        self._known, self.words = [], []
        self._has_begun = self._may_be_over = self._is_seen_over = False
        self.span_from_ms = self.position_ms
        self.loud_ms = 0.0

    def _tell(self, event: str, words: list[str], *, confidence: float, **more: str) -> None:
        each_s, start_s = self.simulator.word_ms / 1000, self.span_from_ms / 1000
        words = [*self._known, *words]
        timed = [
            {
                "word": word,
                "confidence": 0.99,
                "start": round(start_s + i * each_s, 3),
                "end": round(start_s + (i + 1) * each_s, 3),
            }
            for i, word in enumerate(words)
        ]
        message = {
            "type": "TurnInfo",
            "event": event,
            "turn_index": self._turn,
            "audio_window_start": round(start_s, 3),
            "audio_window_end": round(self.position_ms / 1000, 3),
            "transcript": " ".join(words),
            "words": timed,
            "end_of_turn_confidence": confidence,
        }
        self.send_later(self._numbered(message | more), is_final=event == "EndOfTurn")

    def _numbered(self, message: dict[str, Any]) -> dict[str, Any]:
        number, self._sequence = self._sequence, self._sequence + 1
        return message | {"request_id": self.request_id, "sequence_id": number}
