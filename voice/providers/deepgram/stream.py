"""Deepgram's first protocol (Nova): segments that become final, `Finalize`, `KeepAlive`."""

from __future__ import annotations

from deepgram.listen.v1.socket_client import AsyncV1SocketClient
from deepgram.listen.v1.types import ListenV1Error, ListenV1Results

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

    def read(self, message: object) -> Segment | None:
        if isinstance(message, ListenV1Error):
            self.complain(message.variant)
        if not isinstance(message, ListenV1Results) or not message.channel.alternatives:
            return None
        best = message.channel.alternatives[0]
        start_s = float(message.start)
        return Segment(
            text=str(best.transcript or ""),
            start_s=start_s,
            end_s=start_s + float(message.duration),
            is_final=bool(message.is_final),
            is_flushed=bool(message.from_finalize),
            words=tuple(
                Word(getattr(word, "punctuated_word", None) or word.word, float(word.start))
                for word in best.words or ()
            ),
        )
