"""The process that loads the transcriber's model once and forks a decoder of it for each call."""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import socket
import sys
from typing import NoReturn

from voice.providers.embedded.decoder import Decoder, Term
from voice.providers.embedded.decoder_frame import (
    FORK,
    FORK_FOR_TELEPHONE,
    HOST_READY,
    KILL,
    KILL_ORDER,
    DecoderFrame,
    DecoderKind,
    FrameReader,
    json_frame,
)

PR_SET_PDEATHSIG = 1
READ_BYTES = 65_536
CONTROL_BYTES = 64


class DecoderHost:
    """Obeys one parent over a control socket and goes with it."""

    def __init__(self, control: socket.socket, decoder: Decoder) -> None:
        self._control = control
        self._decoders = {FORK: decoder}
        self._children: set[int] = set()
        signal.signal(signal.SIGCHLD, self._reap)

    def serve(self) -> None:
        _settle_memory()
        self._control.sendall(HOST_READY)
        while True:
            order, sockets, _, _ = socket.recv_fds(self._control, CONTROL_BYTES, 1)
            if not order:
                return
            if order in (FORK, FORK_FOR_TELEPHONE) and sockets:
                self._fork(sockets[0], self._decoder(order))
            elif order[:1] == KILL_ORDER:
                self._kill(KILL.unpack(order)[1])

    def _decoder(self, order: bytes) -> Decoder:
        """The one for telephones is a second model in memory: it is loaded when the first of them calls."""
        decoder = self._decoders.get(order)
        if decoder is None:
            decoder = self._decoders[order] = Decoder(is_for_telephone=True)
            _settle_memory()
        return decoder

    def _fork(self, descriptor: int, decoder: Decoder) -> None:
        host = os.getpid()
        # A child that dies before it is in the set would stay in it.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        pid = os.fork()
        if pid == 0:
            self._live_as_decoder(descriptor, host, decoder)
        os.close(descriptor)
        self._children.add(pid)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})

    def _live_as_decoder(self, descriptor: int, host: int, decoder: Decoder) -> NoReturn:
        try:
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != host:
                os._exit(1)  # the host died before the kernel knew that we go with it
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
            self._control.close()
            listen(socket.socket(fileno=descriptor), decoder)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the call has ended
        except BaseException:  # noqa: BLE001 - nothing may return into the host's loop
            sys.excepthook(*sys.exc_info())
            os._exit(1)
        os._exit(0)

    def _kill(self, pid: int) -> None:
        if pid in self._children:
            os.kill(pid, signal.SIGKILL)

    def _reap(self, *_: object) -> None:
        while self._children:
            try:
                pid, _status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self._children.discard(pid)


def _settle_memory() -> None:
    """Objects that never die: a collection in a child must not copy their pages."""
    gc.collect()
    gc.freeze()


def listen(line: socket.socket, decoder: Decoder) -> None:
    """Serve one call until its line closes."""

    def say(frame: DecoderFrame) -> None:
        line.sendall(frame.pack())

    reader = FrameReader()
    say(json_frame(DecoderKind.READY, os.getpid()))
    while data := line.recv(READ_BYTES):
        for frame in reader.feed(data):
            if frame.kind is DecoderKind.AUDIO:
                interim = decoder.feed(frame.body)
                if interim is not None:
                    say(DecoderFrame(DecoderKind.INTERIM, interim.encode()))
            elif frame.kind is DecoderKind.FINALIZE:
                say(json_frame(DecoderKind.FINAL, decoder.finish()))
            elif frame.kind is DecoderKind.LOOK_UP:
                unspoken, unexpected = decoder.unknown(frame.json())
                say(json_frame(DecoderKind.UNKNOWN, {"unspoken": unspoken, "unexpected": unexpected}))
            elif frame.kind is DecoderKind.VOCABULARY:
                content = frame.json()
                terms = [Term(tuple(words), weight) for words, weight in content["terms"]]
                decoder.add(terms, content["phones"])


def main() -> None:
    # Ctrl-C and a stop reach the whole process group; calls are drained first and the parent takes us along.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    # No death signal here: it would come when the thread ends that started us. The closed socket tells us.
    control = socket.socket(fileno=int(sys.argv[1]))
    DecoderHost(control, Decoder()).serve()
    os._exit(0)


if __name__ == "__main__":
    main()
