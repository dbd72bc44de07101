"""Our side of the decoder processes: starts their host, opens lines to decoders, notices their death."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import cast

from voice.core.errors import ProviderError
from voice.providers.embedded.decoder_frame import (
    FORK,
    FORK_FOR_TELEPHONE,
    HOST_READY,
    KILL,
    KILL_ORDER,
    DecoderFrame,
    DecoderKind,
    FrameReader,
)

logger = logging.getLogger(__name__)

PROVIDER = "embedded"
MODULE = "voice.providers.embedded.decoder_host"
ROOT = Path(__file__).parents[3]
# The processes need no secret of ours, so they get none.
PASSED_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "TMPDIR")
START_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 1.0
READY_TIMEOUT_S = 5.0
CLOSE_TIMEOUT_S = 1.0
# What may wait in the kernel and in the transport on its way to a decoder: about two seconds of sound.
SOCKET_BYTES = 32_768
WRITE_HIGH_BYTES = 16_384


class HostProcess:
    """One started host and the socket that orders its decoders about."""

    def __init__(self) -> None:
        """Blocks until the model is loaded, about half a second. Raises ProviderError when it cannot be."""
        self.owner_pid = os.getpid()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        environment = {name: os.environ[name] for name in PASSED_VARIABLES if name in os.environ}
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own module, no input in the command
                [sys.executable, "-E", "-m", MODULE, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                cwd=ROOT,
                env=environment,
            )
        self._control.settimeout(START_TIMEOUT_S)
        try:
            answer = self._control.recv(len(HOST_READY))
        except OSError:
            answer = b""
        if answer != HOST_READY:
            self.stop()
            raise ProviderError(PROVIDER, "the transcriber could not be started", retryable=True)
        # Orders are a few bytes each; a host that does not take them must not hold up an event loop.
        self._control.setblocking(False)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_usable(self) -> bool:
        return self.owner_pid == os.getpid() and self._process.poll() is None

    def fork_decoder(self, *, is_for_telephone: bool) -> socket.socket:
        """Our end of a new decoder's line. Raises OSError when the host is gone or does not listen."""
        ours, theirs = socket.socketpair()
        order = FORK_FOR_TELEPHONE if is_for_telephone else FORK
        try:
            with theirs:
                socket.send_fds(self._control, [order], [theirs.fileno()])
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BYTES)
            ours.setblocking(False)
        except OSError:
            ours.close()
            raise
        return ours

    def kill_decoder(self, pid: int) -> None:
        try:
            self._control.send(KILL.pack(KILL_ORDER, pid))
        except OSError:
            pass  # without its host a decoder is dead already; with a deaf one its closed line ends it

    def stop(self) -> None:
        """The host goes when its socket closes, and its decoders with it. Blocks at most a second or so."""
        self._control.close()
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class DecoderLine(asyncio.Protocol):
    """The connection to one decoder. `on_change`: it delivered something, takes more, or is lost."""

    def __init__(self, on_frame: Callable[[DecoderFrame], None], on_change: Callable[[], None]) -> None:
        self.host: HostProcess | None = None
        self.decoder_pid: int | None = None
        self.can_write = False
        self.is_lost = False
        self._on_frame, self._on_change = on_frame, on_change
        self._reader = FrameReader()
        self._transport: asyncio.Transport | None = None
        self._ready = asyncio.Event()
        self._gone = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # No isinstance check: uvloop's stream transports are none of asyncio's classes.
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=WRITE_HIGH_BYTES)

    def data_received(self, data: bytes) -> None:
        try:
            for frame in self._reader.feed(data):
                if frame.kind is DecoderKind.READY:
                    self.decoder_pid = int(frame.json())
                    self.can_write = True
                    self._ready.set()
                else:
                    self._on_frame(frame)
        except ValueError:
            logger.exception("a decoder sent something that is no frame")
            self.abort()
        self._on_change()

    def pause_writing(self) -> None:
        self.can_write = False

    def resume_writing(self) -> None:
        self.can_write = True
        self._on_change()

    def connection_lost(self, error: Exception | None) -> None:
        self.is_lost = True
        self.can_write = False
        self._ready.set()
        self._gone.set()
        self._on_change()

    async def wait_ready(self) -> None:
        """Raises ProviderError when the decoder dies first or takes too long."""
        try:
            async with asyncio.timeout(READY_TIMEOUT_S):
                await self._ready.wait()
        except TimeoutError:
            raise ProviderError(PROVIDER, "a decoder did not start in time", retryable=True) from None
        if self.is_lost:
            raise ProviderError(PROVIDER, "a decoder could not be started", retryable=True)

    def write(self, frame: DecoderFrame) -> None:
        if self._transport is not None and not self.is_lost:
            self._transport.write(frame.pack())

    def abort(self) -> None:
        """End the decoder at once, whatever it is doing."""
        if self.host is not None and self.decoder_pid is not None:
            self.host.kill_decoder(self.decoder_pid)
            self.decoder_pid = None
        if self._transport is not None:
            self._transport.abort()

    async def aclose(self) -> None:
        self.abort()
        if self._transport is not None:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._gone.wait()


class DecoderClient:
    """The host of all decoders, whichever process it is at the moment. Safe from any thread and loop."""

    def __init__(self) -> None:
        self._host: HostProcess | None = None
        self._starting = threading.Lock()

    @property
    def host_pid(self) -> int | None:
        """The host's process id, None while there is none."""
        host = self._host
        return host.pid if host is not None and host.is_usable else None

    def start(self) -> HostProcess:
        """The running host, started if need be. Blocks: not for an event loop. Raises ProviderError."""
        with self._starting:
            host = self._host
            if host is None or not host.is_usable:
                if host is not None and host.owner_pid == os.getpid():
                    logger.warning("the transcriber's host has died and is started again")
                    host.stop()
                self._host = host = HostProcess()
            return host

    async def connect(
        self,
        on_frame: Callable[[DecoderFrame], None],
        on_change: Callable[[], None],
        *,
        is_for_telephone: bool = False,
    ) -> DecoderLine:
        """A line to a new decoder. Raises ProviderError when none can be had."""
        host = self._host
        if host is None or not host.is_usable:
            host = await asyncio.to_thread(self.start)
        line = DecoderLine(on_frame, on_change)
        try:
            ours = host.fork_decoder(is_for_telephone=is_for_telephone)
        except OSError as error:
            raise ProviderError(PROVIDER, "the transcriber's host is gone", retryable=True) from error
        line.host = host
        loop = asyncio.get_running_loop()
        try:
            await loop.create_unix_connection(lambda: line, sock=ours)
            await line.wait_ready()
        except BaseException:
            await line.aclose()
            ours.close()
            raise
        return line

    async def aclose(self) -> None:
        """Stop the host and every decoder of it; the next `connect` starts another one."""
        await asyncio.to_thread(self.stop)

    def stop(self) -> None:
        """Waits for a start that is under way: not for an event loop."""
        with self._starting:
            host, self._host = self._host, None
        if host is not None and host.owner_pid == os.getpid():
            host.stop()
