"""Deepgram's first protocol (Nova): segments that become final, `Finalize`, `KeepAlive`."""

from __future__ import annotations

from typing import Any

from deepgram.listen.v1.socket_client import AsyncV1SocketClient

from voice.providers.deepgram.connection import DeepgramConnection
from voice.providers.deepgram.utterance import Segment, Word


class NovaStream(DeepgramConnection):
    async def bridge_silence(self, socket: AsyncV1SocketClient) -> None:
        if self.has_sent_sound:
            await socket.send_keep_alive()
        else:
            self.send_silence()  # a connection that never got any sound is not kept

    async def ask_to_finish(self, socket: AsyncV1SocketClient) -> None:
        await socket.send_finalize()

    def read(self, message: dict[str, Any]) -> Segment | None:
        kind = message.get("type")
        if kind == "Error":
            self.complain(message.get("variant"))
        if kind != "Results" or not message["channel"]["alternatives"]:
            return None
        best = message["channel"]["alternatives"][0]
        start_s = float(message["start"])
        return Segment(
            text=str(best["transcript"] or ""),
            start_s=start_s,
            end_s=start_s + float(message["duration"]),
            is_final=bool(message.get("is_final")),
            is_flushed=bool(message.get("from_finalize")),
            words=tuple(
                Word(str(word.get("punctuated_word") or word["word"]), float(word["start"]))
                for word in best.get("words") or ()
            ),
        )
