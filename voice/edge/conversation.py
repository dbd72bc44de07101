"""Joins one socket to one session: frames to events, events to frames, until one side ends it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

from voice.core.errors import CLOSE_CODES, CLOSE_NORMAL, EndCode, EndedBy, EndReason, Refusal, RefusalCode
from voice.core.events import Malformed, SessionEnded, SessionEvent
from voice.edge.last_words import LastWords
from voice.edge.live import SHUTDOWN
from voice.edge.recorder import Recorder
from voice.edge.socket import Socket, SocketGone
from voice.edge.watchers import Watchers
from voice.engine.session import Session
from voice.wire.wire import Wire

logger = logging.getLogger(__name__)

MOST_STRIKES = 3
# What the server itself closes with: broken frames, text that is no UTF-8, a message over its limit.
BROKEN_INPUT = frozenset({1002, 1007, 1009})


def broken(message: str) -> EndReason:
    refusal = Refusal(RefusalCode.INTERNAL_ERROR, "Something went wrong on our side.")
    return EndReason(EndCode.INTERNAL_ERROR, EndedBy.PLATFORM, message, refusal)


class Conversation:
    def __init__(
        self,
        socket: Socket,
        wire: Wire,
        session: Session,
        recorder: Recorder,
        watchers: Watchers,
    ) -> None:
        self._socket = socket
        self._wire = wire
        self._session = session
        self._recorder = recorder
        self._watchers = watchers
        self._last_words = LastWords()
        self._strikes = 0
        self._is_client_there = True
        self._is_over = False

    async def hold(self) -> None:
        """Returns when the session is over, all of it recorded and the socket closed."""
        reader = asyncio.create_task(self._read(), name="socket reader")
        try:
            await self._write()
        except asyncio.CancelledError:
            # The server stops us: what can still be said and recorded is.
            await self._session.end(SHUTDOWN)
            if not self._is_over:
                await self._write()
            raise
        except Exception:
            logger.exception("the socket's writer failed")
            await self._session.end(broken("The writer failed."))
            if not self._is_over:
                await self._write_end()
        finally:
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)
            await self._session.end(broken("The conversation was left."))
            await self._socket.close(CLOSE_CODES[RefusalCode.INTERNAL_ERROR])  # if nothing else has

    async def _read(self) -> None:
        try:
            while True:
                for event in self._wire.receive(await self._socket.receive()):
                    if self._recorder.sound is not None:
                        self._recorder.sound.came(event)
                    if isinstance(event, Malformed):
                        await self._strike(event)
                    else:
                        self._session.feed(event)
        except SocketGone as gone:
            await self._client_left(gone)
        except Exception:
            logger.exception("the socket's reader failed")
            await self._session.end(broken("The reader failed."))

    async def _write(self) -> None:
        """Every event is recorded, also those that the client can no longer be sent."""
        async for event in self._session.events():
            await self._write_one(event)

    async def _write_end(self) -> None:
        """What is left once writing has failed: only how the call ended."""
        async for event in self._session.events():
            if isinstance(event, SessionEnded):
                await self._write_one(event)

    async def _write_one(self, event: SessionEvent) -> None:
        if isinstance(event, SessionEnded):
            self._is_over = True
            event = replace(event, counters=self._wire.counted(event.counters))
        self._recorder.record(event)
        self._watchers.record(event)
        self._last_words.note(event)
        if isinstance(event, SessionEnded) and self._is_client_there:
            await asyncio.sleep(self._last_words.left_ms(event.reason) / 1000)
        if self._is_client_there:
            try:
                for frame in self._wire.send(event):
                    await self._socket.send(frame)
            except SocketGone as gone:
                self._is_client_there = False
                await self._client_left(gone)
        if self._recorder.sound is not None:
            self._recorder.sound.went(event, is_client_there=self._is_client_there)
        if isinstance(event, SessionEnded):
            refusal = event.reason.refusal
            await self._socket.close(refusal.close_code if refusal else CLOSE_NORMAL)

    async def _strike(self, event: Malformed) -> None:
        self._strikes += 1
        if self._strikes < MOST_STRIKES and event.code is RefusalCode.MALFORMED:
            self._session.feed(event)
            return
        refusal = Refusal(event.code, event.message)
        await self._session.end(EndReason(EndCode.INVALID_INPUT, EndedBy.CALLER, event.message, refusal))

    async def _client_left(self, gone: SocketGone) -> None:
        if gone.stuck:
            reason = EndReason(EndCode.SLOW_CLIENT, EndedBy.PLATFORM, "The client stopped reading.")
        elif self._wire.is_hang_up(gone.code):
            reason = EndReason(EndCode.CLIENT_HANGUP, EndedBy.CALLER)
        elif gone.code in BROKEN_INPUT:
            message = f"The server refused a message ({gone.code})."
            reason = EndReason(EndCode.INVALID_INPUT, EndedBy.CALLER, message)
        else:
            reason = EndReason(EndCode.CONNECTION_LOST, EndedBy.CALLER, f"Closed with {gone.code}.")
        await self._session.end(reason)
