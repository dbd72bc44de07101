"""The worker process that holds flite: a crash in C ends this process, never a live call."""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
from typing import Any

from voice.providers.embedded.baton import Baton
from voice.providers.embedded.flite import Flite, FliteMissing, FliteWord, Manner
from voice.providers.embedded.voice_frame import Frame, FrameKind, json_frame, read_frame

# Utterances in the making at once. They take turns, so this bounds memory, not speed.
SPEAKERS = 8
# Samples sent at once: the first soon, the rest in pieces of 128 ms.
PIECE_BYTES = 4096
# A turn is 512 ms of sound: it lasts until the next turn, though others plan their sentences meanwhile.
TURN_BYTES = 16384
# Planning a text this short takes some ms, so it need not wait behind longer ones.
LITTLE_CHARS = 40


class VoiceHost:
    """Serves the frames of one parent process until its pipe closes."""

    def __init__(self, flite: Flite, output: int) -> None:
        self._flite = flite
        self._output = output
        self._baton = Baton()
        self._write_lock = threading.Lock()
        self._requests: queue.SimpleQueue[Frame] = queue.SimpleQueue()
        self._cancelled: set[int] = set()
        self._open: set[int] = set()

    def serve(self, source: Any) -> None:
        for number in range(SPEAKERS):
            threading.Thread(target=self._work, name=f"speaker-{number}", daemon=True).start()
        self._send(Frame(FrameKind.READY, 0))
        while (frame := read_frame(source.read)) is not None:
            if frame.kind is FrameKind.CANCEL:
                if frame.request in self._open:
                    self._cancelled.add(frame.request)
            else:
                self._open.add(frame.request)
                self._requests.put(frame)

    def _work(self) -> None:
        while True:
            frame = self._requests.get()
            try:
                if frame.kind is FrameKind.SPEAK:
                    self._speak(frame)
                elif frame.kind is FrameKind.PHONES:
                    self._phones(frame)
            except (FliteMissing, ValueError, KeyError, TypeError) as error:
                self._send(json_frame(FrameKind.FAILED, frame.request, {"message": str(error)}))
            except BrokenPipeError:
                os._exit(0)  # the parent is gone: nobody listens any more
            finally:
                self._open.discard(frame.request)
                self._cancelled.discard(frame.request)

    def _speak(self, frame: Frame) -> None:
        order, request = frame.json(), frame.request
        pending = bytearray()
        are_words_sent, since_turn = False, 0

        def on_audio(samples: bytes, words: list[FliteWord]) -> bool:
            nonlocal are_words_sent, since_turn
            if request in self._cancelled:
                return False
            pending.extend(samples)
            if not are_words_sent:
                are_words_sent = True
                self._send(json_frame(FrameKind.WORDS, request, [self._times(word) for word in words]))
                self._flush(request, pending)
            elif len(pending) >= PIECE_BYTES:
                self._flush(request, pending)
            since_turn += len(samples)
            if since_turn >= TURN_BYTES:
                since_turn = 0
                self._baton.hand_on()
            return True

        with self._baton.held(is_little=len(order["text"]) <= LITTLE_CHARS):
            if request in self._cancelled:
                return
            self._flite.speak(order["voice"], order["text"], Manner(*order["manner"]), on_audio)
        self._flush(request, pending)
        self._send(Frame(FrameKind.END, request))

    @staticmethod
    def _times(word: FliteWord) -> tuple[str, int, float, float]:
        return word.token, word.token_position, round(word.start_ms, 1), round(word.end_ms, 1)

    def _phones(self, frame: Frame) -> None:
        sounds = {}
        for word in frame.json():
            with self._baton.held(is_little=True):
                sounds[word] = self._flite.phones(word)
        self._send(json_frame(FrameKind.SOUNDS, frame.request, sounds))

    def _flush(self, request: int, pending: bytearray) -> None:
        if pending:
            self._send(Frame(FrameKind.AUDIO, request, bytes(pending)))
            pending.clear()

    def _send(self, frame: Frame) -> None:
        packed = memoryview(frame.pack())
        with self._write_lock:
            while packed:
                packed = packed[os.write(self._output, packed) :]


def main() -> None:
    # Ctrl-C reaches the whole process group; the parent decides when its voice may go.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What C code prints must not mix with the frames.
    output = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        host = VoiceHost(Flite(), output)
    except FliteMissing as error:
        os.write(output, json_frame(FrameKind.FAILED, 0, {"message": str(error)}).pack())
        os._exit(1)
    host.serve(sys.stdin.buffer)
    # Speakers may be deep in C code: leave without asking them.
    os._exit(0)


if __name__ == "__main__":
    main()
