"""Our uvicorn: on a signal it drains before uvicorn closes anything. `python -m voicex_project.server`."""

from __future__ import annotations

import argparse
import asyncio
import errno
import gc
import importlib
import logging
import os
import signal
import socket
import sys
from types import FrameType
from typing import Any

import django
import uvicorn

from voicex_project.garbage import collect_between_calls, collect_only_what_is_young
from voicex_project.socket_protocol import SocketProtocol

PING_S = 5.0

logger = logging.getLogger(__name__)


class Server(uvicorn.Server):
    """SIGINT and SIGTERM: live calls are told, closed with 4503 and recorded; then uvicorn may go."""

    def __init__(self, config: uvicorn.Config, drain_s: float) -> None:
        super().__init__(config)
        self._drain_s = drain_s
        self._drain: asyncio.Task[None] | None = None

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        watching = [
            asyncio.create_task(watch_loop(), name="event loop lag"),
            asyncio.create_task(collect_between_calls(lambda: len(live_calls) > 0), name="garbage"),
        ]
        try:
            await super().serve(sockets)
            if self._drain is not None:
                await self._drain
        finally:
            for task in watching:
                task.cancel()
            await asyncio.gather(*watching, return_exceptions=True)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Not uvicorn's: that would close every socket with 1012 and raise the signal again at the end."""
        if self.should_exit:
            self.force_exit = True
        elif self._drain is not None:
            self.should_exit = True  # a second signal hurries
        else:
            self._loop.call_soon_threadsafe(self._begin_drain)

    def _begin_drain(self) -> None:
        if self._drain is None:
            self._drain = asyncio.create_task(self._drain_then_exit(), name="drain")

    async def _drain_then_exit(self) -> None:
        try:
            await live_calls.drain(self._drain_s)
            await registry.shutdown()
            await tracing.shutdown()
        except Exception:  # the server stops whatever happens here
            logger.exception("draining failed")
        finally:
            self.should_exit = True


def listen(host: str, port: int) -> socket.socket:
    """A bound socket, or one clear sentence and exit code 1."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        cause = f"port {port} is taken" if taken else f"cannot listen on {host}:{port}: {error.strerror}"
        sys.stderr.write(f"Voicex: {cause}.\n")
        raise SystemExit(1) from error
    return listener


def warm() -> None:
    """Loads what every call needs, so that no caller waits for it."""
    try:
        registry.voice_activity()
    except ProviderError as error:
        logger.error("calls cannot be held: %s", error)  # each of them is told so; the pages work
    warm_for_calls()


def settle() -> None:
    """What is loaded by now stays for good: the garbage collector need not look at it again.

    It would do so at any moment and in any thread, and hold up every call for a tenth of a second.
    """
    importlib.import_module(settings.ROOT_URLCONF)
    gc.collect()
    gc.freeze()
    collect_only_what_is_young()


def serve(application: Any, listener: socket.socket) -> int:
    """Runs until a signal; returns the process's exit code. `application` or where to import it from."""
    config = uvicorn.Config(
        application,
        loop="uvloop",
        http="httptools",
        ws=SocketProtocol,
        ws_max_size=settings.LARGEST_SOCKET_MESSAGE_BYTES,
        ws_ping_interval=PING_S,
        ws_ping_timeout=PING_S,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        proxy_headers=False,  # accounts.addresses decides whom to believe
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    server = Server(config, settings.DRAIN_S)
    config.load()
    warm()
    settle()
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(server.serve([listener]))
    return 0 if server.started else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default=settings.HOST)
    parser.add_argument("--port", type=int, default=settings.PORT)
    parser.add_argument("--socket", type=int, help="the number of an open one, instead of host and port")
    arguments = parser.parse_args()
    if arguments.socket is None:
        listener = listen(arguments.host, arguments.port)
    else:
        listener = socket.socket(fileno=arguments.socket)
    listener.set_inheritable(False)
    return serve("voicex_project.asgi:application", listener)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voicex_project.settings")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as in asgi.py, which comes too late for this process
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    django.setup()

from django.conf import settings  # noqa: E402  # after setup: the edge needs the apps

from voice.core.errors import ProviderError  # noqa: E402
from voice.edge import tracing  # noqa: E402
from voice.edge.live import live_calls  # noqa: E402
from voice.edge.loop_lag import watch_loop  # noqa: E402
from voice.edge.warming import warm_for_calls  # noqa: E402
from voice.providers import registry  # noqa: E402

if __name__ == "__main__":
    raise SystemExit(main())
