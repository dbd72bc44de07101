"""Tools that run in the caller's page or program: asks it over the socket and waits for its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from voice.core.errors import ToolError
from voice.core.events import SessionEvent
from voice.core.ports import ToolRequest
from voice.core.tools import ToolAnswered, ToolAsked


class ClientTools:
    """A tool runner. A client that knows nothing of tools does not answer; the time limit is the caller's."""

    def __init__(self, emit: Callable[[SessionEvent], None]) -> None:
        self._emit = emit
        self._waiting: dict[str, asyncio.Future[str]] = {}

    async def run(self, request: ToolRequest) -> str:
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting[request.call_id] = answer
        limit_ms = request.tool.time_limit_s * 1000
        self._emit(ToolAsked(request.call_id, request.tool.name, request.arguments, limit_ms))
        try:
            return await answer
        finally:
            del self._waiting[request.call_id]

    def answered(self, event: ToolAnswered) -> None:
        """An answer that nobody waits for (any more) is left alone."""
        answer = self._waiting.get(event.call_id)
        if answer is None or answer.done():
            return
        if event.is_error:
            answer.set_exception(ToolError(event.text or "It failed."))
        else:
            answer.set_result(event.text)
