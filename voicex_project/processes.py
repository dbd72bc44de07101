"""Processes that the launcher owns: started, started again when they die, and stopped in order."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection

PR_SET_PDEATHSIG = 1
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 60.0
# One that lived this long was well: its next death is a new story.
WELL_AFTER_S = 60.0


def die_with_parent() -> None:
    """In the child, before exec: a killed launcher must not leave its children behind (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class KeptProcess:
    """A Python process that is started again when it dies, after pauses that double up to a minute.

    `keeps` are the files and sockets of ours that it is started with.
    """

    def __init__(
        self, name: str, *command: str, say: Callable[[str], None], keeps: Collection[int] = ()
    ) -> None:
        self.name = name
        self._command = command
        self._say = say
        self._keeps = tuple(keeps)
        self._pause_s = FIRST_PAUSE_S
        self._start_at: float | None = None
        self._begin()

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def keep(self) -> None:
        """To be called several times a second; never waits."""
        if self._process.poll() is None:
            return
        now = time.monotonic()
        if self._start_at is None:
            if now - self._started_at >= WELL_AFTER_S:
                self._pause_s = FIRST_PAUSE_S
            self._say(f"The {self.name} ended with code {self._process.returncode}; starting it again")
            self._start_at = now + self._pause_s
            self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)
        elif now >= self._start_at:
            self._start_at = None
            self._begin()

    def stop(self, within_s: float) -> int:
        """Asks, waits, and at last kills; returns the exit code."""
        if self._process.poll() is None:
            self._process.terminate()
        try:
            return self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def _begin(self) -> None:
        self._started_at = time.monotonic()
        # A session of its own: Ctrl-C reaches only the launcher, which stops its processes in order.
        self._process = subprocess.Popen(  # noqa: S603  # our own commands
            [sys.executable, *self._command],
            start_new_session=True,
            preexec_fn=die_with_parent,
            pass_fds=self._keeps,
        )
