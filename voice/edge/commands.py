"""Carries out the commands to the calls of this process: one query a second, or as soon as it is called."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from calls import log_context
from calls.models import Command, CommandKind, CommandOutcome
from calls.selectors import calls_called_upon
from calls.services import command_settle, commands_take
from voice.core.clock import now_ms
from voice.core.errors import EndCode, EndedBy, EndReason, Refusal, RefusalCode
from voice.edge.announcements import announced_calls
from voice.edge.database import in_database
from voice.edge.live_call import LiveCall
from voice.engine.endings import MACHINE_ANSWERED, VOICEMAIL_LEFT
from voice.engine.lines import Line
from voice.engine.order import Order, OrderOutcome

logger = logging.getLogger(__name__)

READ_EVERY_S = 1.0
# For what is being carried out when the last call ends to have its outcome written.
FINISH_S = 2.0

KEY_REVOKED = EndReason(
    EndCode.KEY_REVOKED,
    EndedBy.PLATFORM,
    "The key or role behind this call was revoked.",
    Refusal(RefusalCode.UNAUTHORISED, "The key or role behind this call was revoked."),
)
MINUTES_USED_UP = EndReason(
    EndCode.LIMIT_REACHED,
    EndedBy.PLATFORM,
    "The organisation's minutes were used up.",
    Refusal(RefusalCode.MINUTES_USED_UP, "The plan's minutes of this month are used up."),
)
OUTCOMES = {
    OrderOutcome.HEARD: CommandOutcome.DONE,
    OrderOutcome.INTERRUPTED: CommandOutcome.INTERRUPTED,
    OrderOutcome.NOT_SPOKEN: CommandOutcome.NOT_SPOKEN,
    OrderOutcome.TOO_LATE: CommandOutcome.EXPIRED,
    OrderOutcome.CALL_ENDED: CommandOutcome.CALL_ENDED,
}


class CommandReader:
    """Off the audio path: the database is asked on its own threads, and each command is a task of its own."""

    def __init__(self, calls: Mapping[str, LiveCall]) -> None:
        self._calls = calls
        self._called = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Until cancelled; then the commands that their calls have just settled are still written down."""
        listener = (
            asyncio.create_task(announced_calls(self._announced), name="announced commands")
            if settings.REDIS_URL
            else None
        )
        try:
            while True:
                await self._next_time()
                try:
                    await self._read()
                except Exception:  # noqa: BLE001  # the database may be away; a second later it is asked again
                    logger.exception("commands to live calls could not be read")
        finally:
            if listener is not None:
                listener.cancel()
                await asyncio.gather(listener, return_exceptions=True)
            await self._finish()

    def _announced(self, call_id: str) -> None:
        if call_id in self._calls:
            self._called.set()

    async def _next_time(self) -> None:
        try:
            async with asyncio.timeout(READ_EVERY_S):
                await self._called.wait()
        except TimeoutError:
            pass
        self._called.clear()

    async def _read(self) -> None:
        called_upon = await in_database(calls_called_upon, list(self._calls))
        for call_id, is_revoked in called_upon:
            if is_revoked and call_id in self._calls:
                self._spawn(self._calls[call_id].session.end(KEY_REVOKED), call_id)
        commanded = [call_id for call_id, is_revoked in called_upon if not is_revoked]
        if not commanded:
            return
        for command in await in_database(commands_take, call_ids=commanded):
            call = self._calls.get(command.call_id)
            if call is not None:  # else it has just ended, which its row will say
                self._spawn(self._carry_out(command, call), command.call_id)

    async def _carry_out(self, command: Command, call: LiveCall) -> None:
        log_context.speaks_of(command.call_id, call.principal.organisation.pk)
        logger.info("command %s taken", command.kind)
        order = _order(command)
        if command.kind == CommandKind.ANSWERED and not command.arguments["is_machine"]:
            call.session.person_answered()
            outcome = CommandOutcome.DONE
        elif order is None:
            await call.session.end(_ended(command))
            outcome = CommandOutcome.DONE
        else:
            outcome = OUTCOMES[await call.session.order(order)]
        await in_database(command_settle, command_id=command.pk, outcome=outcome)

    def _spawn(self, work: Coroutine[object, object, None], call_id: str) -> None:
        task = asyncio.create_task(work, name=f"command to {call_id}")
        self._tasks.add(task)
        task.add_done_callback(self._task_done)

    def _task_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("a %s failed", task.get_name(), exc_info=error)

    async def _finish(self) -> None:
        tasks = set(self._tasks)
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=FINISH_S)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


def _order(command: Command) -> Order | None:
    """What the agent has to say for it; None where the call just ends."""
    until_ms = now_ms() + _ms_until(command.deadline)
    arguments = command.arguments
    match command.kind:
        case CommandKind.SAY:
            return Order(until_ms, arguments["text"], at_once=arguments.get("at_once", False))
        case CommandKind.LIMIT:
            return Order(until_ms, line=Line.MINUTES_USED_UP, ends_call=MINUTES_USED_UP)
        case CommandKind.ANSWERED if arguments.get("text"):
            return Order(until_ms, arguments["text"], ends_call=VOICEMAIL_LEFT)
        case CommandKind.END if arguments.get("text"):
            return Order(until_ms, arguments["text"], ends_call=_ended(command))
    return None


def _ended(command: Command) -> EndReason:
    if command.kind == CommandKind.ANSWERED:
        return MACHINE_ANSWERED
    return EndReason(EndCode.ENDED_BY_OPERATOR, EndedBy.OPERATOR, command.arguments.get("reason", ""))


def _ms_until(instant: datetime) -> float:
    return (instant - timezone.now()).total_seconds() * 1000
