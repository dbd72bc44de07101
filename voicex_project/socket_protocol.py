"""Uvicorn's WebSockets, with a short way for the messages of a conversation."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.protocol import OPEN

from voicex_project.socket_frames import frame_of_text, size_of_frame, text_of_frame

BAD_TEXT: Final = 1007
ABNORMAL: Final = 1006
CLOSE_S: Final = 3.0
# Messages of a client that nobody has looked at yet; a caller's sound comes fifty times a second.
MOST_WAITING: Final = 8


class Inbox(asyncio.Queue[Any]):
    """For one reader, and so in a few steps for each message."""

    def __init__(self) -> None:
        super().__init__()
        self._messages: deque[Any] = deque()
        self._came: asyncio.Future[None] | None = None

    def qsize(self) -> int:
        return len(self._messages)

    def empty(self) -> bool:
        return not self._messages

    def put_nowait(self, item: Any) -> None:
        self._messages.append(item)
        if self._came is not None and not self._came.done():
            self._came.set_result(None)

    async def get(self) -> Any:
        while not self._messages:
            self._came = asyncio.get_running_loop().create_future()
            try:
                await self._came
            finally:
                self._came = None
        return self._messages.popleft()


class SocketProtocol(WebSocketsSansIOProtocol):
    """Uvicorn's, but a bad client costs no traceback and does not linger, and a lost one is told from one
    that hung up. Whole frames of text, which are nearly all there are, do not pass through its parser."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.close_timeout = CLOSE_S
        self.queue = self._inbox = Inbox()
        # Whether every frame's beginning is known here. Then: what has come of a frame's head, and how much
        # of a frame that the parser has begun is still to come.
        self._is_followed = False
        self._head = b""
        self._parsers_bytes = 0

    async def run_asgi(self) -> None:
        try:
            await super().run_asgi()
        finally:
            # A client that reads nothing never takes the rest, and uvicorn would wait for it for ever.
            self.loop.call_later(CLOSE_S + 1, self.transport.abort)

    def data_received(self, data: bytes) -> None:
        if self._is_followed and self.handshake_complete:
            self._follow(data)
            return
        is_first = not self.handshake_initiated
        super().data_received(data)
        # Whoever sends frames before the handshake is answered has them read by the parser, then and later.
        self._is_followed = is_first and data.endswith(b"\r\n\r\n")
        if self.conn.handshake_exc is not None and not self.transport.is_closing():
            # A request that could not be read. Uvicorn makes the answer and forgets to send it.
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()

    def _follow(self, data: bytes) -> None:
        if self._head:
            data, self._head = self._head + data, b""
        at = 0
        while at < len(data) and not self.transport.is_closing():
            size = self._parsers_bytes or size_of_frame(data, at)
            if not size:
                self._head = data[at:]
                return
            if self._parsers_bytes or not self._takes(data, at, size):
                super().data_received(data[at : at + size])
                self._parsers_bytes = max(0, at + size - len(data))
            at += size

    def _takes(self, data: bytes, at: int, size: int) -> bool:
        """Whether it was a whole message of text and could be handed on."""
        is_between = self.conn.state is OPEN and self.conn.current_size is None and not self.close_sent
        text = text_of_frame(data, at, size) if is_between and size <= self.config.ws_max_size else None
        if text is None:
            return False
        self._hand_on({"type": "websocket.receive", "text": text})
        return True

    def send_receive_event_to_app(self) -> None:
        data, self.frames = b"".join(self.frames), []
        if self.close_sent:
            return  # read on, for the answer to it
        message: dict[str, Any] = {"type": "websocket.receive"}
        try:
            message[self.curr_msg_data_type] = data.decode() if self.curr_msg_data_type == "text" else data
        except UnicodeDecodeError:
            self.conn.send_close(BAD_TEXT)
            self.handle_parser_exception()
            return
        self._hand_on(message)

    def _hand_on(self, message: dict[str, Any]) -> None:
        """Uvicorn stops reading after every message, which costs two system calls for each; this stops when
        some wait."""
        self._inbox.put_nowait(message)
        if self._inbox.qsize() >= MOST_WAITING and not self.read_paused:
            self.read_paused = True
            self.transport.pause_reading()

    async def send(self, message: Any) -> None:
        text = message.get("text") if message["type"] == "websocket.send" else None
        if text is None or not self._may_write():
            await super().send(message)
        else:
            self.transport.write(frame_of_text(text))

    def _may_write(self) -> bool:
        is_open = self.handshake_complete and not self.disconnected and not self.close_sent
        return is_open and self.conn.state is OPEN and self.writable.is_set()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.handshake_complete:
            # Uvicorn says 1005, as for a close frame without a code. When one came, it was told before.
            self.queue.put_nowait({"type": "websocket.disconnect", "code": ABNORMAL, "reason": ""})
        super().connection_lost(exc)
