"""Writes what happens in a live call into its journal and its conversation, off the audio path."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError

from calls.conversations import history_save
from calls.journal import JournalWriter
from calls.services import call_close, call_hand_over
from voice.core.clock import now_ms
from voice.core.events import (
    Connected,
    ErrorOut,
    HandedOver,
    HistorySummarised,
    ProviderSwitched,
    SessionEnded,
    SessionEvent,
    TurnRecord,
    UsageSoFar,
)
from voice.core.spec import Message, Role, SessionSpec
from voice.edge.database import in_database, in_store
from voice.edge.sound_recorder import SoundRecorder

logger = logging.getLogger(__name__)

FLUSH_S = 1.0
HEARTBEAT_S = 5.0
# A turn that is being spoken is recorded before the model is told of it: rather told twice than left out.
MESSAGES_TOLD_TWICE = 2
NO_RESULT = "No result: the connection ended first."


class Recorder:
    """One call's. `record` never blocks; a task of its own flushes each second until `close`."""

    def __init__(self, spec: SessionSpec) -> None:
        """Opens the journal. Raises OSError when it cannot be made."""
        self.spec = spec
        self._started_ms = now_ms()
        self._journal = JournalWriter(Path(settings.JOURNAL_DIR), spec.call_id)
        self._before = [message for message in spec.history if not message.is_summary]
        self._said: dict[int, Message] = {}
        self._summary = next((message for message in spec.history if message.is_summary), None)
        self._summarised = 0
        # Whom the caller is put through to when the call is over.
        self._handover: dict[str, Any] | None = None
        # Counted, so that what is said while the conversation is being saved is saved next.
        self._changes, self._saved_changes = 1, 0
        self._flusher = asyncio.create_task(self._flush_regularly(), name=f"recorder {spec.call_id}")
        # Only where the agent records.
        self.sound = SoundRecorder(spec, self._started_ms) if spec.agent.recording.is_on else None

    def record(self, event: SessionEvent) -> None:
        match event:
            case Connected():
                agent = self.spec.agent
                self._append("start", agent_id=agent.id, agent_version=agent.version, resumed=event.resumed)
            case TurnRecord():
                self._append("turn", **asdict(event))
                self._remember(event)
            case ErrorOut():
                self._append("error", code=event.code, message=event.message)
            case ProviderSwitched():
                logger.warning("%s failed and %s went on: %s", event.failed, event.instead, event.error)
                self._append("switch", **asdict(event))
            case HistorySummarised(summary=summary, messages_before=messages_before):
                self._summary = Message(Role.AGENT, summary, is_summary=True)
                self._summarised = max(0, messages_before - MESSAGES_TOLD_TWICE)
                self._changes += 1
            case HandedOver(to=to, ring_s=ring_s):
                self._handover = {"to": to, "ring_s": ring_s}
            case UsageSoFar():
                self._append("usage", usage=[asdict(line) for line in event.usage])
            case SessionEnded():
                self._append_end(event)
            case _:
                pass  # audio and interim transcripts are not kept

    async def close(self) -> None:
        """Makes the journal last and hands the call to what comes after. Nothing is recorded afterwards."""
        await self._hand_over()
        if self.sound is not None:
            await self.sound.close()
        self._flusher.cancel()
        (failure,) = await asyncio.gather(self._flusher, return_exceptions=True)
        if isinstance(failure, Exception):
            logger.error("a call's recorder failed", exc_info=failure)
        try:
            await asyncio.to_thread(self._journal.close)
        except OSError as error:
            logger.error("the journal could not be closed: %s", error.strerror)
        await self._save_conversation(is_last=True)
        await in_database(call_close, call_id=self.spec.call_id, handover=self._handover)

    async def _hand_over(self) -> None:
        """Before anything that takes time: the carrier asks already where the line goes."""
        if self._handover is None:
            return
        try:
            await in_database(call_hand_over, call_id=self.spec.call_id, handover=self._handover)
        except (DatabaseError, TimeoutError) as error:  # tried again with the call's end
            logger.error("a handover could not be written: %s", type(error).__name__)

    def _append(self, kind: str, **fields: Any) -> None:
        self._journal.append(kind, now_ms() - self._started_ms, **fields)

    def _append_end(self, ended: SessionEnded) -> None:
        reason = ended.reason
        self._append(
            "end",
            code=reason.code,
            by=reason.by,
            message=" ".join(part for part in (reason.message, reason.detail) if part),
            counters=asdict(ended.counters),
            duration_ms=ended.duration_ms,
            usage=[asdict(line) for line in ended.usage],
        )

    def _remember(self, turn: TurnRecord) -> None:
        """What the next connection of this conversation is told: of the agent, only what was heard."""
        if turn.is_filler:
            return
        text = turn.text if turn.role is Role.USER else turn.heard_text
        call = None
        if turn.tool is not None:
            text, call = turn.tool.result or NO_RESULT, turn.tool.call
        self._said[turn.index] = Message(turn.role, text, turn.interrupted, turn.alternatives, call=call)
        self._changes += 1

    def _messages(self) -> list[Message]:
        said = [self._said[index] for index in sorted(self._said)]
        messages = [*self._before, *(message for message in said if message.text)]
        summary = [] if self._summary is None else [self._summary]
        return [*summary, *messages[self._summarised :]]

    async def _flush_regularly(self) -> None:
        next_heartbeat_ms = now_ms()
        is_store_there = True
        while True:
            is_heartbeat = now_ms() >= next_heartbeat_ms
            if is_heartbeat:
                next_heartbeat_ms += HEARTBEAT_S * 1000
                self._append("heartbeat")
            try:
                if self._journal.has_work:
                    await asyncio.to_thread(self._journal.flush)
            except OSError as error:
                # The journal keeps a bounded number of entries until the disk takes them again.
                logger.error("the journal could not be written: %s", error.strerror)
            if is_store_there or is_heartbeat:
                is_store_there = await self._save_conversation()
            await asyncio.sleep(FLUSH_S)

    async def _save_conversation(self, *, is_last: bool = False) -> bool:
        """Whether all that was said until now is kept."""
        changes = self._changes
        if changes == self._saved_changes:
            return True
        try:
            is_saved = await in_store(
                history_save,
                organisation_id=self.spec.organisation_id,
                agent_id=self.spec.agent.id,
                session_id=self.spec.session_id,
                messages=self._messages(),
                is_last=is_last,
            )
        except TimeoutError:
            logger.error("the conversation could not be saved in time")
            return False
        if is_saved:
            self._saved_changes = changes
        return is_saved
