"""Deepgram's first protocol (`/v1/listen`): results that are revised until they are final."""

from __future__ import annotations

from typing import Any

from tests.simulators.deepgram_connection import Connection


class NovaConnection(Connection):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        given = self.query.get("endpointing", "10")
        self._endpointing_ms = float("inf") if given == "false" else float(given)
        self._utterance_end_ms = float(self.query.get("utterance_end_ms", "inf"))
        self._last_word_end_ms = 0.0
        self._owes_utterance_end = False

    async def obey(self, order: dict[str, Any]) -> None:
        match order.get("type"):
            case "Finalize":
                if self.words or self.simulator.answers_empty_finalize:
                    self._settle(from_finalize=True)
            case "KeepAlive":
                pass
            case "Configure":
                self.send_now(
                    {
                        "type": "ConfigureSuccess",
                        "request_id": self.request_id,
                        "keyterms": order.get("keyterms", []),
                    }
                )
            case _:
                self.send_now(
                    {
                        "type": "Error",
                        "variant": "SchemaError",
                        "description": "Could not deserialize last text message",
                        "message": str(order),
                    }
                )

    async def finish(self) -> None:
        if self.words:
            self._settle()
        self.send_now(
            {
                "type": "Metadata",
                "transaction_key": "deprecated",
                "request_id": self.request_id,
                "sha256": "e3b0",
                "created": "2026-01-05T22:37:55.202Z",
                "duration": self.position_ms / 1000,
                "channels": 1,
            }
        )

    def begins(self) -> None:
        if self.query.get("vad_events") == "true":
            timestamp = round(self.position_ms / 1000, 3)
            self.send_later(
                {"type": "SpeechStarted", "channel": [0, 1], "timestamp": timestamp}, is_final=False
            )

    def hears(self, *, is_loud: bool) -> None:
        if is_loud:
            self._last_word_end_ms, self._owes_utterance_end = self.position_ms, True
            return
        if self.words and self.quiet_ms >= self._endpointing_ms:
            self._settle(speech_final=True)
        if self._owes_utterance_end and self.quiet_ms >= self._utterance_end_ms:
            self._owes_utterance_end = False
            ended = {
                "type": "UtteranceEnd",
                "channel": [0, 1],
                "last_word_end": round(self._last_word_end_ms / 1000, 3),
            }
            self.send_later(ended, is_final=True)

    @staticmethod
    def told(message: dict[str, Any]) -> str:
        if message["type"] != "Results":
            return ""
        kind = "final" if message["is_final"] else "guess"
        return f"{kind}:{message['channel']['alternatives'][0]['transcript']}"

    def guess(self, words: list[str]) -> None:
        if self.query.get("interim_results") == "true":
            self._say(words, is_final=False)

    def _settle(self, *, speech_final: bool = False, from_finalize: bool = False) -> None:
        words, self.words = self.words, []
        self._say(words, is_final=True, speech_final=speech_final, from_finalize=from_finalize)
        self.span_from_ms = self.position_ms
        self.loud_ms = 0.0

    def _say(
        self, words: list[str], *, is_final: bool, speech_final: bool = False, from_finalize: bool = False
    ) -> None:
        each_s = self.simulator.word_ms / 1000
        start_s, end_s = self.span_from_ms / 1000, self.position_ms / 1000
        timed = [
            {
                "word": word.strip(".,?!").lower(),
                "start": round(start_s + i * each_s, 3),
                "end": round(start_s + (i + 1) * each_s, 3),
                "confidence": 0.99,
                "punctuated_word": word,
            }
            for i, word in enumerate(words)
        ]
        alternative = {"transcript": " ".join(words), "confidence": 0.99 if words else 0.0, "words": timed}
        result = {
            "type": "Results",
            "channel_index": [0, 1],
            "duration": round(end_s - start_s, 3),
            "start": round(start_s, 3),
            "is_final": is_final,
            "speech_final": speech_final,
            "channel": {"alternatives": [alternative]},
            "metadata": {
                "request_id": self.request_id,
                "model_uuid": "2187e11a-3532-4498-b076-81fa530bdd49",
                "model_info": {"name": "general-nova-3", "version": "2025-07-31.0", "arch": "nova-3"},
            },
            "from_finalize": from_finalize,
        }
        self.send_later(result, is_final=is_final)
