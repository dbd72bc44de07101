"""A live conversation: opened, fed, read and ended from outside; owner of every task inside."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextvars import copy_context
from dataclasses import asdict

from voice.core.clock import now_ms
from voice.core.errors import EndReason, ProviderError
from voice.core.events import (
    KEYS,
    AudioIn,
    AudioOut,
    ClientEvent,
    Connected,
    Dtmf,
    ErrorOut,
    HangUp,
    Heard,
    InterruptIn,
    Malformed,
    ProviderSwitched,
    SessionCounters,
    SessionEnded,
    SessionEvent,
    TextIn,
    UsageSoFar,
)
from voice.core.ports import Ports, ToolRunner
from voice.core.spec import SessionSpec
from voice.core.tools import ToolAnswered, ToolKind
from voice.core.usage import UsageLine
from voice.engine import turn_events as told
from voice.engine.client_tools import ClientTools
from voice.engine.conversation import Conversation
from voice.engine.ear import Ear
from voice.engine.endings import BROKEN, STUCK_CLIENT, TOO_FAST, TOO_MANY
from voice.engine.input_pace import InputPace
from voice.engine.kept_speech import KEPT_SPEECH, KeptSpeech
from voice.engine.message_pace import MessagePace
from voice.engine.mouth import Mouth, playout_format
from voice.engine.offered_tools import with_offered_tools
from voice.engine.order import OpenOrders, Order, OrderOutcome
from voice.engine.outbox import Outbox
from voice.engine.spare_model import ModelWithSpares
from voice.engine.usage import UsageMeter

logger = logging.getLogger(__name__)

# Behind the limits that each part has for each of its providers.
OPEN_LIMIT_S = 15.0
END_LIMIT_S = 2.0
STUCK_CLIENT_MS = 5_000.0
WATCH_EVERY_S = 0.25
USAGE_EVERY_MS = 10_000.0
TEXT_LIMIT_CHARACTERS = 4_000


class Session:
    def __init__(self, spec: SessionSpec, ports: Ports, *, kept: KeptSpeech = KEPT_SPEECH) -> None:
        self._spec = spec = with_offered_tools(spec)
        self._ports = ports
        self._outbox = Outbox()
        self._orders = OpenOrders()
        self._provider_switches = 0
        self._usage = UsageMeter()
        self._usage_told: tuple[UsageLine, ...] = ()
        self._ear = Ear(
            ports, spec.agent, spec.audio_in, self._heard, self._ear_trouble, self._switched, self._usage
        )
        shelf = kept.shelf(spec.organisation_id)
        self._mouth = Mouth(ports, spec.agent, playout_format(spec.audio_out), shelf, self._switched)
        self._model = ModelWithSpares(spec.agent, ports, self._switched)
        self._client_tools = ClientTools(self._outbox.put)
        self._conversation: Conversation | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing: asyncio.Task[None] | None = None
        self._opened: list[Callable[[], Awaitable[None]]] = []
        self._started_ms = 0.0
        self._context = copy_context()  # whoever ends the call, its tasks' log lines name this one

    async def start(self, fed_since_ms: float | None = None) -> None:
        """Open everything. `fed_since_ms`: since when the client has been able to send, which may be seconds.

        Raises CapacityError, or ProviderError where nothing could be said or heard.
        """
        agent = self._spec.agent
        try:
            opened = await asyncio.gather(
                self._open(self._ear.open, self._ear.aclose, agent.transcriber.provider),
                self._open(self._mouth.open, self._mouth.aclose, agent.voice.provider),
                return_exceptions=True,  # neither is left half open for the other's sake
            )
            for failure in opened:
                if failure is not None:
                    raise failure
        except BaseException:
            await self._close_ports()
            raise
        self._started_ms = now_ms()
        fed_since_ms = self._started_ms if fed_since_ms is None else fed_since_ms
        self._pace = InputPace(fed_since_ms)
        self._message_pace = MessagePace(fed_since_ms, agent.keypad)
        self._conversation = Conversation(
            self._spec,
            self._model,
            self._ear,
            self._mouth,
            self._tool_runners(),
            self._outbox,
            self._orders,
            self._spawn,
            self._end_soon,
            self._usage,
        )
        self._outbox.put(
            Connected(
                call_id=self._spec.call_id,
                session_id=self._spec.session_id,
                agent_name=self._spec.agent.name,
                audio_out=self._spec.audio_out,
                resumed=self._spec.resumed,
            )
        )
        self._spawn(self._model.warm(self._spec.agent), "warm")
        self._spawn(self._ear.run(), "ear")
        self._spawn(self._watch(), "watch")
        self._conversation.begin()

    def feed(self, event: ClientEvent) -> None:
        """Acted upon at once; never raises. A call that has not begun, or is over, has no ear for it."""
        if self._closing is not None or self._conversation is None:
            return
        try:
            self._take(event, self._conversation)
        except Exception:  # whatever is wrong here, the call has to end
            logger.exception("what a client sent could not be acted upon")
            self._end_soon(BROKEN)

    def order(self, order: Order) -> asyncio.Future[OrderOutcome]:
        """Have the agent say something. What became of it is known when the call ends at the latest."""
        outcome = self._orders.add(order)
        if self._closing is None and self._conversation is not None:
            self._conversation.dispatch(told.Ordered(order))
        else:
            self._orders.settle(order, OrderOutcome.CALL_ENDED)
        return outcome

    def person_answered(self) -> None:
        """What has answered the agent's call is no machine: nothing waits for that any more."""
        if self._closing is None:
            self._heard(told.PersonAnswered())

    async def events(self) -> AsyncIterator[SessionEvent]:
        """For one reader. Ends after SessionEnded."""
        while True:
            event = await self._outbox.take()
            if isinstance(event, AudioOut) and self._conversation is not None:
                self._conversation.audio_taken(event)
            yield event
            if isinstance(event, SessionEnded):
                return

    async def end(self, reason: EndReason) -> None:
        """End the call; the first reason counts. Returns when nothing of it runs any more."""
        self._end_soon(reason)
        if self._closing is not None:
            await asyncio.shield(self._closing)

    # --- inside ---------------------------------------------------------------------------------
    def _spawn(self, work: Coroutine[object, object, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=f"{name}-{self._spec.call_id}", context=self._context)
        self._tasks.add(task)
        task.add_done_callback(self._task_done)
        return task

    def _task_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("a call's task failed: %s", task.get_name(), exc_info=error)
            self._end_soon(BROKEN)

    def _end_soon(self, reason: EndReason) -> None:
        if self._closing is None:
            self._closing = asyncio.create_task(self._close(reason), name="close", context=self._context)

    async def _close(self, reason: EndReason) -> None:
        if self._conversation is not None:
            self._conversation.close()
        tasks = set(self._tasks)
        for task in tasks:
            task.cancel()
        deadline = asyncio.get_running_loop().time() + END_LIMIT_S
        if tasks:
            _, running = await asyncio.wait(tasks, timeout=END_LIMIT_S / 2)
            for task in running:
                logger.error("a call's task does not end: %s", task.get_name())
        await self._close_ports(deadline)
        self._orders.settle_all(OrderOutcome.CALL_ENDED)
        duration_ms = now_ms() - self._started_ms
        self._outbox.put(SessionEnded(reason, self._counters(), duration_ms, self._usage.lines()))

    def _counters(self) -> SessionCounters:
        conversation = self._conversation
        return SessionCounters(
            audio_in_dropped_ms=self._ear.dropped_ms,
            events_dropped=self._outbox.dropped,
            false_interruptions=conversation.false_interruptions if conversation else 0,
            interruptions=conversation.interruptions if conversation else 0,
            provider_switches=self._provider_switches,
            **(asdict(conversation.drafts) if conversation else {}),
        )

    async def _open(
        self, work: Callable[[], Awaitable[None]], undo: Callable[[], Awaitable[None]], provider: str
    ) -> None:
        try:
            async with asyncio.timeout(OPEN_LIMIT_S):
                await work()
        except TimeoutError:
            raise ProviderError(provider, f"not there within {OPEN_LIMIT_S:g} s", retryable=True) from None
        self._opened.append(undo)

    async def _close_ports(self, deadline: float | None = None) -> None:
        for close in reversed(self._opened):
            try:
                async with asyncio.timeout_at(deadline):
                    await close()
            except (ProviderError, TimeoutError, OSError) as error:
                logger.warning("a port did not close: %s", type(error).__name__)
            except Exception:  # whatever a port does wrong, the call has to end
                logger.exception("a port failed while closing")
        self._opened.clear()

    def _take(self, event: ClientEvent, conversation: Conversation) -> None:
        at_ms = now_ms()
        if isinstance(event, AudioIn):
            if self._pace.is_too_fast(self._spec.audio_in.duration_ms(len(event.audio)), at_ms):
                self._end_soon(TOO_FAST)
            elif event.audio:
                self._ear.hear(event.audio, at_ms)
        elif self._message_pace.is_too_fast(event, at_ms):
            self._end_soon(TOO_MANY)
        else:
            self._act_upon(event, conversation)

    def _act_upon(self, event: ClientEvent, conversation: Conversation) -> None:
        match event:
            case TextIn(text):
                if text.strip():
                    conversation.dispatch(told.Typed(text.strip()[:TEXT_LIMIT_CHARACTERS]))
            case Heard(position_ms):
                conversation.acknowledged(position_ms)
            case Dtmf(digit) if digit in KEYS:
                conversation.dispatch(told.KeyPressed(digit, self._message_pace.is_hurried))
            case InterruptIn():
                conversation.dispatch(told.StopPressed())
            case ToolAnswered():
                self._client_tools.answered(event)
            case HangUp():
                conversation.dispatch(told.CallerHungUp())
            case Malformed(code, message):
                self._outbox.put(ErrorOut(code, message))

    async def _watch(self) -> None:
        """What no event tells: a client that stopped reading, a microphone that stopped sending."""
        next_usage_ms = now_ms() + USAGE_EVERY_MS
        while True:
            await asyncio.sleep(WATCH_EVERY_S)
            self._ear.notice_gap()
            if now_ms() >= next_usage_ms:
                next_usage_ms += USAGE_EVERY_MS
                self._tell_usage()
            if self._outbox.stuck_ms() > STUCK_CLIENT_MS:
                self._end_soon(STUCK_CLIENT)
                return

    def _tell_usage(self) -> None:
        usage = self._usage.lines()
        if usage != self._usage_told:
            self._usage_told = usage
            self._outbox.put(UsageSoFar(usage))

    def _tool_runners(self) -> dict[ToolKind, ToolRunner]:
        return {ToolKind.CLIENT: self._client_tools, **self._ports.tool_runners}

    def _heard(self, event: told.TurnEvent) -> None:
        if self._conversation is not None:
            self._conversation.dispatch(event)

    def _switched(self, switch: ProviderSwitched) -> None:
        self._provider_switches += 1
        self._outbox.put(switch)

    def _ear_trouble(self, error: ProviderError) -> None:
        if self._conversation is not None:
            self._conversation.provider_failed(error)
