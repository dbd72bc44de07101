"""What script/server runs after installing: prepares the data, then owns the web and worker processes."""

from __future__ import annotations

import errno
import fcntl
import io
import json
import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import Error as DatabaseError
from environs import EnvError

from voicex_project.operator_errors import why
from voicex_project.processes import KeptProcess

# Worker and beat in one process, without what only a crowd of workers needs.
WORKER = (
    *("-W", "ignore:You're running the worker with superuser"),  # as a container does
    *("-m", "celery", "--quiet", "-A", "voicex_project", "worker", "--beat-thread", "--pool", "solo"),
    *("--loglevel", "WARNING", "--without-gossip", "--without-mingle"),
)
# As uvicorn's own.
BACKLOG = 2048
WEB_STOP_S = 15.0
WORKER_STOP_S = 10.0
READY_S = 60.0


def say(text: str) -> None:
    sys.stdout.write(f"\033[2m→\033[0m {text}\n" if sys.stdout.isatty() else f"→ {text}\n")
    sys.stdout.flush()


def fail(sentence: str) -> NoReturn:
    sys.stderr.write(f"Voicex: {sentence}\n")
    raise SystemExit(1)


def check_port(host: str) -> None:
    """Long before anybody may connect: the data are to be prepared first."""
    if not 0 < settings.PORT < 65536:
        fail(f"PORT must lie between 1 and 65535, and is {settings.PORT}.")
    bound(host).close()


def bound(host: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with told_of(host):
        listener.bind((host, settings.PORT))
    return listener


@contextmanager
def told_of(host: str) -> Iterator[None]:
    """An operator is, when the port cannot be had."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            fail(f"port {settings.PORT} is taken. Stop its user, or start with PORT={settings.PORT + 1}.")
        fail(f"cannot listen on {host}:{settings.PORT}: {error.strerror}.")


def prepare() -> dict[str, str]:
    """Migrates and makes the demo organisation; returns its sign-in."""
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    probe = Path(settings.DATA_DIR) / ".writable"
    probe.write_bytes(b"\0" * 4096)
    probe.unlink()
    say("Bringing the database up to date")
    call_command("migrate", verbosity=0, interactive=False)
    if not settings.DEBUG:
        call_command("collectstatic", verbosity=0, interactive=False)
        return {}
    say("Making sure of the demo organisation and its agents")
    printed = io.StringIO()
    call_command("demo", json=True, stdout=printed)
    demo: dict[str, str] = json.loads(printed.getvalue())
    return demo


def banner(address: str, demo: dict[str, str]) -> None:
    lines = ["", f"  Voicex is running at  {address}", ""]
    if demo:
        lines += [
            f"  Sign in with          {demo['email']}  {demo['password']}",
            f"  API key (this start)  {demo['api_key']}",
            "",
            "  Open the address, choose an agent and press Talk. Ctrl-C stops everything.",
            "",
        ]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


class Stopper:
    """Remembers that a signal asked us to stop; a second one makes us hurry."""

    def __init__(self) -> None:
        self.asked = 0
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.asked += 1


class Product:
    """The web and worker processes: a dead one is started again, for calls and their records need both.

    The socket that the web process accepts from is ours: while a dead one is started again, whoever connects
    waits some seconds and is answered. A carrier that is refused ends the call.
    """

    def __init__(self, stopper: Stopper) -> None:
        self._stopper = stopper
        self._listener = bound(settings.HOST)
        with told_of(settings.HOST):
            self._listener.listen(BACKLOG)
        number = self._listener.fileno()
        web = ("-m", "voicex_project.server", "--socket", str(number))
        self._web = KeptProcess("web process", *web, say=say, keeps=[number])
        self._worker = KeptProcess("worker", *WORKER, say=say)

    def wait_until_ready(self) -> None:
        """Also returns when asked to stop. Says why and ends this process when the web does not come up."""
        reach = "127.0.0.1" if settings.HOST == "0.0.0.0" else settings.HOST  # noqa: S104  # not listened on
        address = f"http://{f'[{reach}]' if ':' in reach else reach}:{settings.PORT}"
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline and not self._stopper.asked:
            if self._web.exit_code is not None:
                fail(f"the web process ended with code {self._web.exit_code}; the lines above say why.")
            try:
                with urllib.request.urlopen(f"{address}/healthz", timeout=2):  # noqa: S310  # our own
                    return
            except urllib.error.HTTPError:
                return  # it answers, that is enough
            except OSError:
                time.sleep(0.05)
        if not self._stopper.asked:
            fail(f"the web process did not answer on {address} within {READY_S:.0f} s.")

    def keep_until_stopped(self) -> None:
        while not self._stopper.asked:
            self._web.keep()
            self._worker.keep()
            time.sleep(0.2)

    def stop(self) -> int:
        """The web first, so that the worker can still take what its last calls leave behind."""
        say("Telling open calls and stopping the web process")
        self._listener.close()  # nobody is to wait for a process that does not come
        code = self._web.stop(settings.DRAIN_S + WEB_STOP_S)
        say("Stopping the worker")
        self._worker.stop(WORKER_STOP_S)
        return max(code, 0)


@contextmanager
def alone() -> Iterator[None]:
    """Two starts at once would both migrate and make the demo: the second waits until the first is up."""
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    with (settings.DATA_DIR / ".starting").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another start with the same data is under way; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
            check_port(settings.HOST)
        yield


def run() -> int:
    with ExitStack() as running:
        with alone():
            demo = prepare()
            say("Starting the web and worker processes")
            product = Product(Stopper())
            running.callback(product.stop)
            product.wait_until_ready()
        banner(settings.PUBLIC_URL or f"http://localhost:{settings.PORT}", demo)
        product.keep_until_stopped()
        running.pop_all()
    return product.stop()


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voicex_project.settings")
    os.umask(0o077)  # sessions and transcripts are nobody else's
    try:
        django.setup()
        check_port(settings.HOST)
        return run()
    except (ImproperlyConfigured, EnvError) as error:
        fail(f"the settings cannot be used: {error}")
    except (OSError, DatabaseError) as error:
        fail(why(error))


if __name__ == "__main__":
    raise SystemExit(main())
