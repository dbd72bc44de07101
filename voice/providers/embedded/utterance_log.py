"""What was said to a decoder and not yet answered: sent as fast as it takes it, sent again if it dies."""

from __future__ import annotations

from collections import deque

from voice.providers.embedded.decoder_frame import BYTES_A_MS, DecoderFrame, DecoderKind

# Sound kept for a decoder that lags, and for one that has to be replaced.
MOST_WAITING_BYTES = 5_000 * BYTES_A_MS
MOST_KEPT_BYTES = 20_000 * BYTES_A_MS


class UtteranceLog:
    """Sound and finalize marks in order, bounded: the oldest sound goes first, and is counted if unheard."""

    def __init__(self) -> None:
        self.dropped_ms = 0.0
        self._sent: deque[DecoderFrame] = deque()
        self._waiting: deque[DecoderFrame] = deque()
        self._sent_bytes = 0
        self._waiting_bytes = 0
        self._most_waiting_bytes = MOST_WAITING_BYTES

    def add(self, frame: DecoderFrame) -> None:
        self._waiting.append(frame)
        self._waiting_bytes += len(frame.body)
        while self._waiting_bytes > self._most_waiting_bytes:
            dropped = _drop_oldest_sound(self._waiting)
            self._waiting_bytes -= dropped
            self.dropped_ms += dropped / BYTES_A_MS

    def take(self) -> DecoderFrame | None:
        """The next frame for the decoder, kept until it is answered; None when there is none."""
        if not self._waiting:
            return None
        frame = self._waiting.popleft()
        self._waiting_bytes -= len(frame.body)
        if self._waiting_bytes <= MOST_WAITING_BYTES:
            self._most_waiting_bytes = MOST_WAITING_BYTES
        self._sent.append(frame)
        self._sent_bytes += len(frame.body)
        while self._sent_bytes > MOST_KEPT_BYTES:
            self._sent_bytes -= _drop_oldest_sound(self._sent)
        return frame

    def answered(self) -> None:
        """The oldest finalize mark has its transcript: what led to it is not needed any more."""
        while self._sent:
            frame = self._sent.popleft()
            self._sent_bytes -= len(frame.body)
            if frame.kind is DecoderKind.FINALIZE:
                return

    def rewind(self) -> None:
        """Everything unanswered is to be sent again, to a new decoder."""
        self._waiting.extendleft(reversed(self._sent))
        self._waiting_bytes += self._sent_bytes
        # A new decoder begins with more than one that lags may leave: it gets time to catch up.
        self._most_waiting_bytes = MOST_KEPT_BYTES + MOST_WAITING_BYTES
        self._sent.clear()
        self._sent_bytes = 0


def _drop_oldest_sound(frames: deque[DecoderFrame]) -> int:
    for index, frame in enumerate(frames):
        if frame.kind is DecoderKind.AUDIO:
            del frames[index]
            return len(frame.body)
    raise RuntimeError("more bytes than sound")
