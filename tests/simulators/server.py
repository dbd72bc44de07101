"""What all simulated vendors have in common: a loopback server, a log of what came, and faults on request."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass(frozen=True)
class Fault:
    """What goes wrong with the next request or connection.

    `status` refuses it, with `body` and `headers`; `stalls` accepts it and never says a word; `stalls_after`
    so many chunks it says no more; `cut_after` breaks the connection after so many messages or chunks;
    `garbage` sends bytes that mean nothing; `endless` begins a message and never ends it; `answer` is all
    that comes; `drips_ms` is waited before each; `wrong_rate`: a voice speaks at half the rate that it was
    asked for.
    """

    status: int = 0
    body: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    stalls: bool = False
    stalls_after: int | None = None
    cut_after: int | None = None
    garbage: bool = False
    endless: bool = False
    answer: str = ""
    drips_ms: float = 0.0
    wrong_rate: bool = False


# Milliseconds; drawn anew for each use where it is a function.
Delay = float | Callable[[], float]


async def wait(delay: Delay) -> None:
    await asyncio.sleep(milliseconds(delay) / 1000)


def milliseconds(delay: Delay) -> float:
    return delay() if callable(delay) else delay


def now_s() -> float:
    """Of the running loop: time.monotonic()'s, but for tests in virtual time."""
    return asyncio.get_running_loop().time()


@dataclass
class Request:
    """One that came. `abortion` is set when the client went away before it had the whole answer.

    Instants are those of the loop's clock: `came_at_s`, `messages_at_s` beside `messages`, and `left`, which
    says what of the answer left when, in the words of each simulator.
    """

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any = None
    abortion: asyncio.Event = field(default_factory=asyncio.Event)
    messages: list[Any] = field(default_factory=list)
    came_at_s: float = 0.0
    messages_at_s: list[float] = field(default_factory=list)
    left: list[tuple[float, str]] = field(default_factory=list)

    def takes(self, message: Any) -> None:
        self.messages.append(message)
        self.messages_at_s.append(now_s())

    def leaves(self, what: str) -> None:
        self.left.append((now_s(), what))


class Simulator:
    """`async with` it; `base_url` is where it listens, one port for HTTP and sockets."""

    vendor = ""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.faults: deque[Fault] = deque()
        self.connections: set[Any] = set()
        self._runner: web.AppRunner | None = None
        self._port = 0

    def routes(self) -> list[web.RouteDef]:
        raise NotImplementedError

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def start(self, port: int = 0) -> None:
        application = web.Application()
        application.add_routes(self.routes())
        # Without cancellation a handler never notices that its client has gone.
        self._runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port or self._port).start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """From now on connections are refused."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @property
    def open_connections(self) -> int:
        """Of clients that have not gone."""
        server = self._runner.server if self._runner is not None else None
        return len(server.connections) if server is not None else 0

    async def __aenter__(self) -> Simulator:
        await self.start()
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self.stop()

    def note(self, request: web.Request, body: Any = None) -> Request:
        headers = {name.lower(): value for name, value in request.headers.items()}
        noted = Request(request.path, dict(request.query), headers, body, came_at_s=now_s())
        self.requests.append(noted)
        if request.transport is not None:
            self.connections.add(request.transport.get_extra_info("peername"))
        return noted

    def next_fault(self) -> Fault:
        return self.faults.popleft() if self.faults else Fault()

    @staticmethod
    async def stall() -> None:
        await asyncio.Event().wait()
