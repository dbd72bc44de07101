"""Daphne with what it lacks: flow control both ways, quick pings, and a drain before it cancels consumers.

Daphne itself queues whatever a client sends and whatever a client does not read: one of them can fill the
memory. Here a full queue stops the reading, and a client that does not read lets `send` wait.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from daphne.server import Server
from daphne.ws_protocol import WebSocketProtocol
from django.conf import settings
from twisted.internet.defer import Deferred

from voice.edge import tracing
from voice.edge.live import live_calls
from voice.providers import registry

UNREAD_BYTES = 128 * 1024
# An empty message takes memory too.
MESSAGE_COST_BYTES = 512
PING_S = 5
KILL_S = 5.0

Message = dict[str, Any]
logger = logging.getLogger(__name__)


class Flow:
    """One connection's. Twisted calls the producer's methods when its own buffer is full and empty again."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._unread_bytes = 0
        self._is_reading = True
        self._writable = asyncio.Event()
        self._writable.set()
        # The HTTP channel that this connection began as is still registered.
        transport.unregisterProducer()
        transport.registerProducer(self, True)

    # --- what the client sends ------------------------------------------------------------------
    def arrived(self, message: Message) -> None:
        self._unread_bytes += _cost_bytes(message)
        if self._unread_bytes > UNREAD_BYTES:
            # Each time: Daphne itself resumes the reading once, after the handshake.
            self._is_reading = False
            self._transport.pauseProducing()

    def taken(self, message: Message) -> None:
        self._unread_bytes -= _cost_bytes(message)
        if not self._is_reading and self._unread_bytes <= UNREAD_BYTES // 2:
            self._is_reading = True
            self._transport.resumeProducing()

    # --- what the client is sent ----------------------------------------------------------------
    async def wait_writable(self) -> None:
        await self._writable.wait()

    def pauseProducing(self) -> None:  # noqa: N802  # Twisted's name
        self._writable.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        self._writable.set()

    def stopProducing(self) -> None:  # noqa: N802
        """The connection is gone: whoever waits finds that out by itself."""
        self._writable.set()


class FlowQueue(asyncio.Queue[Message]):
    """Daphne puts what came in; the consumer takes it."""

    def __init__(self, flow: Flow) -> None:
        super().__init__()  # bounded by the flow, in bytes
        self._flow = flow

    def _put(self, item: Message) -> None:
        self._flow.arrived(item)
        super()._put(item)

    def _get(self) -> Message:
        message = super()._get()
        self._flow.taken(message)
        return message


def _cost_bytes(message: Message) -> int:
    return MESSAGE_COST_BYTES + len(message.get("bytes") or message.get("text") or b"")


class GuardedServer(Server):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        limit_bytes = settings.LARGEST_SOCKET_MESSAGE_BYTES
        # Autobahn holds what we send to the first as well, and a long sentence as MP3 may have 300 KiB.
        kwargs |= {"websocket_max_message_size": 4 * limit_bytes, "websocket_max_frame_size": limit_bytes}
        super().__init__(
            *args, ping_interval=PING_S, ping_timeout=PING_S, ready_callable=self._set_options, **kwargs
        )
        self._flows: dict[Any, Flow] = {}

    def create_application(self, protocol: Any, scope: Message) -> asyncio.Queue[Message] | None:
        """As Daphne's for HTTP; a socket gets a queue that the reading of its connection depends on."""
        if not isinstance(protocol, WebSocketProtocol):
            http_queue: asyncio.Queue[Message] | None = super().create_application(protocol, scope)
            return http_queue
        flow = self._flows[protocol] = Flow(protocol.transport)
        queue = FlowQueue(flow)

        async def send(message: Message) -> None:
            await flow.wait_writable()
            await self.handle_reply(protocol, message)

        scope.setdefault("asgi", {"version": "3.0"})
        running = asyncio.ensure_future(self._run(scope, queue.get, send))
        running.add_done_callback(lambda _: self._left(protocol))
        self.connections[protocol]["application_instance"] = running
        return queue

    def protocol_disconnected(self, protocol: Any) -> None:
        super().protocol_disconnected(protocol)
        flow = self._flows.pop(protocol, None)
        if flow is not None:
            flow.stopProducing()

    def kill_all_applications(self) -> Deferred[Any]:
        """Twisted calls this on a signal and waits: calls are told and recorded before the rest ends."""
        return Deferred.fromFuture(asyncio.ensure_future(self._drain()))

    def _set_options(self) -> None:
        # A client that breaks the protocol is told so with a close code before it is dropped.
        self.ws_factory.setProtocolOptions(failByDrop=False)

    async def _run(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        await self.application(scope, receive, send)

    def _left(self, protocol: Any) -> None:
        """A consumer that returns without a close leaves a client that nobody would ever answer."""
        if protocol.state == protocol.STATE_OPEN:
            protocol.dropConnection(abort=True)

    async def _drain(self) -> None:
        try:
            await live_calls.drain(settings.DRAIN_S)
            await registry.shutdown()
            await tracing.shutdown()
        except Exception:  # the server stops whatever happens here
            logger.exception("draining failed")
        found = [details.get("application_instance") for details in self.connections.values()]
        running = [each for each in found if each is not None and not each.done()]
        for application in running:
            application.cancel()
        if running:
            await asyncio.wait(running, timeout=KILL_S)
