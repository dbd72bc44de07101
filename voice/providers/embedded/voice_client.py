"""Our side of the voice's worker process: starts it, asks it, notices its death, from any loop or thread."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import queue
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, Protocol

from voice.core.errors import CapacityError, ProviderError
from voice.providers.embedded.voice_frame import (
    MAX_REQUEST_BYTES,
    Frame,
    FrameKind,
    json_frame,
    read_frame,
)

logger = logging.getLogger(__name__)

PROVIDER = "embedded"
MODULE = "voice.providers.embedded.voice_host"
ROOT = Path(__file__).parents[3]
# The worker needs no secret of ours, so it gets none.
PASSED_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "TMPDIR")
START_TIMEOUT_S = 10.0
FRAME_TIMEOUT_S = 10.0
# Shorter than anybody who listens to it waits: then the next sentence has a worker that answers.
HUNG_S = 4.0
STOP_TIMEOUT_S = 1.0
# Requests under way at once, over all calls of the process.
MAX_REQUESTS = 256
NO_ANSWER = "the voice did not answer in time"
LAST_KINDS = (FrameKind.END, FrameKind.SOUNDS, FrameKind.FAILED)


class Inbox(Protocol):
    def put(self, frame: Frame | None) -> None:
        """From the reader's thread; None: the worker is gone."""
        ...


class LoopInbox:
    """Frames for one coroutine. Bounded by what one request can say (a piece of text has a limit)."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._frames: deque[Frame | None] = deque()
        self._arrived = asyncio.Event()

    def put(self, frame: Frame | None) -> None:
        self._frames.append(frame)
        try:
            self._loop.call_soon_threadsafe(self._arrived.set)
        except RuntimeError:
            pass  # its loop has closed: nobody waits any more

    async def get(self) -> Frame | None:
        while not self._frames:
            self._arrived.clear()
            await self._arrived.wait()
        return self._frames.popleft()


class VoiceProcess:
    """One started worker process and the thread that reads what it sends."""

    def __init__(self) -> None:
        """Blocks until the worker is ready. Raises ProviderError when it cannot be."""
        self.owner_pid = os.getpid()
        self._inboxes: dict[int, Inbox] = {}
        self._guard = threading.Lock()
        self._is_lost = False
        environment = {name: os.environ[name] for name in PASSED_VARIABLES if name in os.environ}
        # -S, -E: it lives on the standard library alone and starts in half the time.
        self._process = subprocess.Popen(  # noqa: S603 - our own module, no input in the command
            [sys.executable, "-S", "-E", "-m", MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=environment,
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("a process started with pipes has none")
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        self._input = self._stdin.fileno()
        # Writes come from event loops: a worker that does not read must not hold them up.
        os.set_blocking(self._input, False)
        # When the worker last said anything, to whomever.
        self._heard_at = time.monotonic()
        first: queue.SimpleQueue[Frame | None] = queue.SimpleQueue()
        self._inboxes[0] = first
        self._reader = threading.Thread(target=self._read, name="voice-reader", daemon=True)
        self._reader.start()
        try:
            frame = first.get(timeout=START_TIMEOUT_S)
        except queue.Empty:
            self.kill()
            raise ProviderError(PROVIDER, "the voice did not start in time", retryable=True) from None
        self._inboxes.pop(0, None)
        if frame is None or frame.kind is not FrameKind.READY:
            self.kill()
            message = "the voice could not be started" if frame is None else frame.json()["message"]
            raise ProviderError(PROVIDER, message, retryable=False)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_usable(self) -> bool:
        return not self._is_lost and self.owner_pid == os.getpid()

    def ask(self, frame: Frame, inbox: Inbox) -> None:
        """Raises CapacityError over the bound, ProviderError when the worker does not take it."""
        with self._guard:
            if self._is_lost:
                raise ProviderError(PROVIDER, "the voice has stopped", retryable=True)
            if len(self._inboxes) >= MAX_REQUESTS:
                raise CapacityError(PROVIDER, "the voice has too much to say at once")
            self._inboxes[frame.request] = inbox
        self._send(frame)

    def leave(self, request: int, *, asked_at: float, is_finished: bool) -> None:
        """Nobody waits for this request any more; the worker drops it unless it has finished.

        A worker that has said nothing to anybody for long, and this was asked of it, hangs: it is ended.
        """
        with self._guard:
            self._inboxes.pop(request, None)
        if not is_finished and self.is_usable:
            if time.monotonic() - max(asked_at, self._heard_at) > HUNG_S:
                logger.warning("the voice's worker hangs and is ended")
                self.kill()
                return
            try:
                self._send(Frame(FrameKind.CANCEL, request))
            except ProviderError:
                pass  # a worker that is gone has nothing to cancel

    def _send(self, frame: Frame) -> None:
        packed = frame.pack()
        if len(packed) > MAX_REQUEST_BYTES:
            raise ValueError(f"a request of {len(packed)} bytes")
        try:
            os.write(self._input, packed)
        except OSError as error:
            self.kill()
            raise ProviderError(PROVIDER, "the voice does not take requests", retryable=True) from error

    def _read(self) -> None:
        try:
            while (frame := read_frame(self._stdout.read)) is not None:
                self._heard_at = time.monotonic()
                inbox = self._inboxes.get(frame.request)
                if inbox is not None:
                    inbox.put(frame)
        except ValueError:
            logger.exception("the voice's worker sent something that is no frame")
            self.kill()
        with self._guard:
            self._is_lost = True
            inboxes = list(self._inboxes.values())
            self._inboxes.clear()
        for inbox in inboxes:
            inbox.put(None)

    def kill(self) -> None:
        self._is_lost = True
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Blocks at most a second or so; the worker goes when its pipe closes."""
        self._is_lost = True
        self._stdin.close()
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()
        self._reader.join(STOP_TIMEOUT_S)


class VoiceClient:
    """The voice's worker, whichever process it is at the moment. Safe from any thread and loop."""

    def __init__(self) -> None:
        self._process: VoiceProcess | None = None
        self._starting = threading.Lock()
        self._numbers = itertools.count(1)

    @property
    def pid(self) -> int | None:
        """The worker's process id, None while there is none."""
        process = self._process
        return process.pid if process is not None and process.is_usable else None

    def _running(self) -> VoiceProcess:
        with self._starting:
            if self._process is None or not self._process.is_usable:
                if self._process is not None and self._process.owner_pid == os.getpid():
                    logger.warning("the voice's worker has died and is started again")
                self._process = VoiceProcess()
            return self._process

    async def ask(self, kind: FrameKind, content: Any) -> AsyncGenerator[Frame, None]:
        """The worker's frames up to the last one of the request. Closing the iterator cancels it.

        Raises ProviderError (retryable) when the worker dies or falls silent.
        """
        process = self._process
        if process is None or not process.is_usable:
            process = await asyncio.to_thread(self._running)
        request, inbox, is_finished = next(self._numbers), LoopInbox(), False
        asked_at = time.monotonic()
        process.ask(json_frame(kind, request, content), inbox)
        try:
            while not is_finished:
                try:
                    async with asyncio.timeout(FRAME_TIMEOUT_S):
                        frame = await inbox.get()
                except TimeoutError:
                    process.kill()
                    raise ProviderError(
                        PROVIDER, "the voice did not answer in time", retryable=True
                    ) from None
                is_finished = frame is None or frame.kind in LAST_KINDS
                yield self._checked(frame)
        finally:
            process.leave(request, asked_at=asked_at, is_finished=is_finished)

    def ask_blocking(self, kind: FrameKind, content: Any) -> Frame:
        """The one frame that answers a request. Raises ProviderError as `ask` does."""
        process = self._running()
        request = next(self._numbers)
        inbox: queue.SimpleQueue[Frame | None] = queue.SimpleQueue()
        process.ask(json_frame(kind, request, content), inbox)
        try:
            frame = inbox.get(timeout=FRAME_TIMEOUT_S)
        except queue.Empty:
            process.kill()
            raise ProviderError(PROVIDER, NO_ANSWER, retryable=True) from None
        finally:
            process.leave(request, asked_at=time.monotonic(), is_finished=True)
        return self._checked(frame)

    @staticmethod
    def _checked(frame: Frame | None) -> Frame:
        if frame is None:
            raise ProviderError(PROVIDER, "the voice stopped in the middle", retryable=True)
        if frame.kind is FrameKind.FAILED:
            raise ProviderError(PROVIDER, frame.json()["message"], retryable=False)
        return frame

    async def aclose(self) -> None:
        with self._starting:
            process, self._process = self._process, None
        if process is not None and process.owner_pid == os.getpid():
            await asyncio.to_thread(process.stop)


shared_client = VoiceClient()
