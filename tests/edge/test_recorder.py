"""What of a call is kept: in the journal while it runs, in the conversation for the next connection."""

from __future__ import annotations

import asyncio
import errno
import threading
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import pytest_asyncio
import redis

from accounts.ids import new_id
from calls import conversations
from calls.conversations import history_load
from calls.journal import JournalWriter, read_journal
from calls.models import Call, CallState
from tests.edge.conftest import Acme
from tests.edge.test_live import new_row
from tests.fakes.call import make_spec
from voice.core.audio import MP3_24000
from voice.core.errors import EndCode, EndedBy, EndReason
from voice.core.events import (
    AudioOut,
    Connected,
    ErrorOut,
    HistorySummarised,
    SessionCounters,
    SessionEnded,
    TranscriptOut,
    TurnRecord,
)
from voice.core.spec import Message, Role, SessionSpec
from voice.core.tools import ToolCall, ToolRecord, ToolStatus
from voice.edge.database import in_database
from voice.edge.recorder import HEARTBEAT_S, Recorder

SESSION_ID = "5" * 24


def turn(index: int, role: Role, text: str, heard: str | None = None, complete: bool = True) -> TurnRecord:
    heard_text = text if heard is None else heard
    return TurnRecord(index, role, text, heard_text, heard_text != text, 0.0, 1.0, is_complete=complete)


@pytest_asyncio.fixture
async def spec(acme: Acme) -> SessionSpec:
    row = await new_row(acme)
    return make_spec(
        call_id=row.pk,
        organisation_id=acme.organisation.pk,
        session_id=SESSION_ID,
        history=(Message(Role.USER, "Before"),),
    )


@pytest_asyncio.fixture
async def recorder(spec: SessionSpec) -> AsyncIterator[Recorder]:
    made = Recorder(spec)
    yield made
    await made.close()


def history(spec: SessionSpec) -> tuple[Message, ...] | None:
    return history_load(
        organisation_id=spec.organisation_id, agent_id=spec.agent.id, session_id=spec.session_id
    )


async def test_the_next_connection_knows_what_tools_brought_and_nothing_of_fillers(
    recorder: Recorder, spec: SessionSpec
) -> None:
    call = ToolCall("abc123def", "order_status", '{"number": 7}')
    asked = turn(0, Role.USER, "Where is my order?")
    done = replace(turn(1, Role.TOOL, ""), tool=ToolRecord(call, ToolStatus.OK, "Monday", 300.0))
    running = replace(turn(3, Role.TOOL, ""), tool=ToolRecord(call, ToolStatus.RUNNING))
    filler = replace(turn(2, Role.AGENT, "One moment, please."), is_filler=True)
    for record in (asked, done, filler, running):
        recorder.record(record)
    await recorder.close()
    kept = await asyncio.to_thread(history, spec)
    assert kept is not None
    assert [(message.role, message.text) for message in kept[1:]] == [
        (Role.USER, "Where is my order?"),
        (Role.TOOL, "Monday"),
        (Role.TOOL, "No result: the connection ended first."),
    ]
    assert kept[2].call == call
    (entry,) = [turn for turn in read_journal(spec.call_id).turns.values() if turn["index"] == 1]
    assert entry["tool"]["call"]["arguments"] == '{"number": 7}'


async def test_the_journal_has_what_matters_within_a_second(recorder: Recorder, spec: SessionSpec) -> None:
    recorder.record(Connected(spec.call_id, SESSION_ID, "Ada", MP3_24000, resumed=True))
    recorder.record(turn(0, Role.AGENT, "Hello there.", complete=False))
    recorder.record(turn(0, Role.AGENT, "Hello there.", heard="Hello"))
    recorder.record(TranscriptOut(Role.USER, "when", False, 1))
    recorder.record(AudioOut(b"sound", 1.0, 0))
    recorder.record(ErrorOut("provider_failed", "Gone."))
    await asyncio.sleep(1.1)
    journal = read_journal(spec.call_id)
    assert journal.start
    assert journal.start["resumed"] is True
    assert [(each["text"], each["heard_text"]) for each in journal.turns.values()] == [
        ("Hello there.", "Hello")
    ]
    assert [each["code"] for each in journal.errors] == ["provider_failed"]
    assert journal.end is None


async def test_a_silent_call_still_shows_that_it_is_alive(recorder: Recorder, spec: SessionSpec) -> None:
    await asyncio.sleep(4 * HEARTBEAT_S + 1.1)
    assert read_journal(spec.call_id).entries == 5


async def test_the_next_connection_is_told_what_was_heard(recorder: Recorder, spec: SessionSpec) -> None:
    recorder.record(turn(0, Role.USER, "When are you open?"))
    recorder.record(turn(1, Role.AGENT, "From nine to five, every day.", heard="From nine"))
    recorder.record(turn(2, Role.AGENT, "Never heard.", heard=""))
    await asyncio.sleep(1.1)
    assert await in_database(history, spec) == (
        Message(Role.USER, "Before"),
        Message(Role.USER, "When are you open?"),
        Message(Role.AGENT, "From nine", interrupted=True),
    )


async def test_the_next_connection_is_told_the_summary_and_what_was_said_since(
    recorder: Recorder, spec: SessionSpec
) -> None:
    for index in range(0, 8, 2):
        recorder.record(turn(index, Role.USER, f"Question {index}"))
        recorder.record(turn(index + 1, Role.AGENT, f"Answer {index}"))
    recorder.record(HistorySummarised("They asked a lot.", messages_before=7))
    recorder.record(turn(8, Role.USER, "Goodbye"))
    await asyncio.sleep(1.1)
    kept = await in_database(history, spec) or ()
    assert kept[0] == Message(Role.AGENT, "They asked a lot.", is_summary=True)
    assert [message.text for message in kept[-3:]] == ["Question 6", "Answer 6", "Goodbye"]
    assert "Before" not in [message.text for message in kept] and len(kept) <= 6


async def test_a_call_that_resumes_a_summarised_conversation_keeps_its_summary(spec: SessionSpec) -> None:
    summary = Message(Role.AGENT, "They asked a lot.", is_summary=True)
    resumed = replace(spec, history=(summary, *spec.history))
    recorder = Recorder(resumed)
    recorder.record(turn(0, Role.USER, "Hello again"))
    await recorder.close()
    assert await in_database(history, spec) == (
        summary,
        *spec.history,
        Message(Role.USER, "Hello again"),
    )


async def test_a_conversation_in_which_nothing_was_said_can_be_resumed(
    recorder: Recorder, spec: SessionSpec
) -> None:
    await asyncio.sleep(1.1)
    assert await in_database(history, spec) is not None


async def test_closing_completes_the_journal_and_wakes_the_worker(
    spec: SessionSpec, woken: list[str]
) -> None:
    recorder = Recorder(spec)
    recorder.record(turn(0, Role.USER, "Goodbye"))
    reason = EndReason(EndCode.CLIENT_HANGUP, EndedBy.CALLER)
    recorder.record(SessionEnded(reason, SessionCounters(interruptions=2), 4321.0))
    await recorder.close()
    journal = read_journal(spec.call_id)
    assert journal.end
    assert (journal.end["code"], journal.end["duration_ms"]) == ("client_hangup", 4321.0)
    assert journal.end["counters"]["interruptions"] == 2
    assert woken == [spec.call_id]
    assert (await Call.objects.aget(pk=spec.call_id)).state == CallState.PROCESSING
    assert "Goodbye" in {message.text for message in await in_database(history, spec) or ()}


async def test_a_full_disk_delays_the_journal_and_ends_nothing(
    recorder: Recorder,
    spec: SessionSpec,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def full(self: JournalWriter, lines: list[bytes]) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(JournalWriter, "_write", full)
        recorder.record(turn(0, Role.USER, "Kept"))
        await asyncio.sleep(2.5)
        assert read_journal(spec.call_id).turns == {}
    await asyncio.sleep(1.1)
    assert read_journal(spec.call_id).turns[0]["text"] == "Kept"
    assert "No space left" in caplog.text
    assert "Kept" not in caplog.text


async def test_a_lost_store_of_conversations_costs_neither_the_journal_nor_the_record(
    spec: SessionSpec, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, woken: list[str]
) -> None:
    """As when Redis goes away during a call."""

    def gone(*_: object, **__: object) -> None:
        raise redis.ConnectionError("Connection refused")

    with monkeypatch.context() as patch:
        patch.setattr(conversations, "cache", SimpleNamespace(get=gone, set=gone))
        recorder = Recorder(spec)
        for index in range(3):
            recorder.record(turn(index, Role.USER, f"Word {index}"))
            await asyncio.sleep(HEARTBEAT_S)
        journal = read_journal(spec.call_id)
        assert len(journal.turns) == 3 and journal.entries >= 6
    await asyncio.sleep(HEARTBEAT_S + 1.1)
    assert [message.text for message in await in_database(history, spec) or ()][1:] == [
        "Word 0",
        "Word 1",
        "Word 2",
    ]
    monkeypatch.setattr(conversations, "cache", SimpleNamespace(get=gone, set=gone))
    recorder.record(turn(3, Role.USER, "Goodbye"))
    await recorder.close()
    assert woken == [spec.call_id]
    assert "could not be saved" in caplog.text
    assert await in_database(history, spec) is None


async def test_a_store_that_hangs_does_not_keep_others_from_the_database(
    spec: SessionSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go = threading.Event()

    def hang(*_: object, **__: object) -> None:
        let_go.wait(10)

    async def within_a_second(happened: Callable[[], bool]) -> bool:
        """Of real time: virtual time stands still while threads work."""
        deadline = time.monotonic() + 1
        while not happened() and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0)
        return happened()

    with monkeypatch.context() as patch:
        patch.setattr(conversations, "cache", SimpleNamespace(get=hang, set=hang))
        recorders = [Recorder(replace(spec, call_id=new_id())) for _ in range(6)]
        try:
            await within_a_second(lambda: False)  # all of them are saving now
            other = asyncio.create_task(in_database(lambda: "there"))
            assert await within_a_second(other.done)
        finally:
            let_go.set()
            await asyncio.gather(*(recorder.close() for recorder in recorders))


async def test_a_disk_that_stays_full_does_not_keep_the_call_open(
    spec: SessionSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder(spec)

    def full(self: JournalWriter, lines: list[bytes]) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(JournalWriter, "_write", full)
    await recorder.close()
    assert (await Call.objects.aget(pk=spec.call_id)).state == CallState.PROCESSING


def test_a_journal_that_cannot_be_made_is_an_error(journals: Path, spec_without_rows: SessionSpec) -> None:
    journals.write_text("a file where the folder should be")
    with pytest.raises(OSError):
        asyncio.run(_make(spec_without_rows))


@pytest.fixture
def spec_without_rows() -> SessionSpec:
    return make_spec()


async def _make(spec: SessionSpec) -> None:
    Recorder(spec)
