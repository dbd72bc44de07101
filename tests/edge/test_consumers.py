"""From connection to call: the order of admission, what a refusal leaves behind, and how a call is ended."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from accounts.services import api_key_revoke
from agents.services import agent_set_active
from calls.journal import read_journal
from calls.models import Call, CallState
from tests.edge.asgi_client import AsgiClient
from tests.edge.conftest import Acme, Providers
from voice.core.audio import MP3_24000, PCM_16000
from voice.core.errors import CapacityError, ProviderError
from voice.core.events import TranscriptOut
from voice.core.spec import Channel
from voice.edge import consumers
from voice.edge.admission import ConnectRequest, admit, authorise
from voice.edge.database import in_database
from voice.edge.live import LiveCalls
from voice.edge.recorder import Recorder
from voice.wire.browser import BrowserWire


async def rows() -> list[Call]:
    return [call async for call in Call.objects.all()]


async def refused(**query: str) -> tuple[str, int]:
    async with AsgiClient(**query) as client:
        error = await client.until("error")
        assert [message["type"] for message in client.messages] == ["error"]
        assert error["payload"]["message"]
        return error["payload"]["code"], await client.closed()


async def change_plan(acme: Acme, **limits: Any) -> None:
    for name, value in limits.items():
        setattr(acme.plan, name, value)
    await acme.plan.asave()


async def test_a_refused_connection_opens_no_provider_and_leaves_no_row(
    acme: Acme, providers: Providers
) -> None:
    assert await refused() == ("unauthorised", 4001)
    assert await refused(api_key="vx_wrong") == ("unauthorised", 4001)
    assert await refused(api_key=acme.raw_key, agent_id="0" * 24) == ("agent_not_found", 4005)
    assert await refused(api_key=acme.raw_key, audio="opus") == ("malformed", 4400)
    await change_plan(acme, allowed_models=["groq/small"])
    assert await refused(api_key=acme.raw_key) == ("model_not_allowed", 4003)
    await change_plan(acme, allowed_models=[], calls_per_minute=0)
    assert await refused(api_key=acme.raw_key) == ("rate_limited", 4029)
    await change_plan(acme, calls_per_minute=30, calls_at_once=0)
    assert await refused(api_key=acme.raw_key) == ("too_many_calls", 4029)
    await change_plan(acme, calls_at_once=10, minutes_per_month=0)
    assert await refused(api_key=acme.raw_key) == ("minutes_used_up", 4029)
    assert providers.transcriber.streams == []
    assert providers.speech.streams == []
    assert await rows() == []


async def test_a_refusal_is_told_at_once_and_closed_a_second_later(acme: Acme) -> None:
    began = asyncio.get_running_loop().time()
    async with AsgiClient() as client:
        await client.until("error")
        assert asyncio.get_running_loop().time() - began < 0.5
        for _ in range(5):
            client.sounds(bytes(640))
        await client.closed()
        assert 1.0 <= asyncio.get_running_loop().time() - began < 1.5


async def test_without_a_free_transcriber_nothing_is_left_open(acme: Acme, providers: Providers) -> None:
    providers.transcriber.errors.append(CapacityError("embedded", "all taken"))
    assert await refused(api_key=acme.raw_key) == ("capacity", 4503)
    assert all(stream.is_closed for stream in providers.speech.streams)
    assert await rows() == []


async def test_when_one_provider_fails_the_others_are_closed(acme: Acme, providers: Providers) -> None:
    providers.voice_activity.open_error = ProviderError("embedded", "gone", retryable=False)
    assert await refused(api_key=acme.raw_key) == ("provider_unavailable", 4004)
    assert providers.transcriber.stream.is_closed
    assert await rows() == []


async def test_for_a_caller_who_has_left_no_provider_is_opened(acme: Acme, providers: Providers) -> None:
    async with AsgiClient(api_key=acme.raw_key) as client:
        client.sounds(bytes(640))
        client.leave(1006)
    assert client.accepted
    assert providers.transcriber.streams == []
    assert await rows() == []


@pytest.fixture
def no_journals(journals: Path) -> None:
    journals.write_text("a file where the folder should be")


async def test_a_call_without_a_journal_does_not_begin(
    acme: Acme, providers: Providers, no_journals: None, caplog: pytest.LogCaptureFixture
) -> None:
    assert await refused(api_key=acme.raw_key) == ("internal_error", 4500)
    assert providers.transcriber.stream.is_closed
    assert await rows() == []
    assert "could not be started" in caplog.text


async def test_what_breaks_at_the_start_is_told_as_our_fault(
    acme: Acme, providers: Providers, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(consumers, "admit", broken)
    assert await refused(api_key=acme.raw_key) == ("internal_error", 4500)
    assert "ZeroDivisionError" in caplog.text


async def test_sound_from_before_connected_is_heard(acme: Acme, providers: Providers) -> None:
    async with AsgiClient(api_key=acme.raw_key) as client:
        for _ in range(10):
            client.sounds(bytes(640))
        await client.until("connected")
        await asyncio.sleep(1)
        assert providers.transcriber.stream.received_bytes >= 6_400


async def test_a_call_that_ends_in_order_is_handed_to_the_worker(
    acme: Acme, providers: Providers, woken: list[str], live_calls: LiveCalls
) -> None:
    async with AsgiClient(api_key=acme.raw_key) as client:
        call_id = (await client.until("connected"))["callId"]
        assert len(live_calls) == 1
        client.says(type="hangup")
        assert (await client.until("ended"))["payload"]["code"] == "client_hangup"
        assert await client.closed() == 1000
    (call,) = await rows()
    assert (call.pk, call.state) == (call_id, CallState.PROCESSING)
    assert woken == [call_id]
    assert len(live_calls) == 0
    assert providers.transcriber.stream.is_closed


@pytest.mark.parametrize(
    ("close_code", "end"),
    [
        (1000, "client_hangup"),
        (1001, "client_hangup"),
        (1005, "client_hangup"),
        (4123, "client_hangup"),
        (4900, "connection_lost"),
        (1006, "connection_lost"),
        (1009, "invalid_input"),
    ],
)
async def test_how_the_client_left_is_kept(
    acme: Acme, providers: Providers, close_code: int, end: str
) -> None:
    async with AsgiClient(api_key=acme.raw_key) as client:
        call_id = (await client.until("connected"))["callId"]
        client.leave(close_code)
    journal = read_journal(call_id)
    assert journal.end
    assert journal.end["code"] == end


async def test_a_cancelled_call_is_told_closed_and_recorded(
    acme: Acme, providers: Providers, live_calls: LiveCalls
) -> None:
    """How Daphne, as it comes, stops its consumers."""
    async with AsgiClient(api_key=acme.raw_key) as client:
        call_id = (await client.until("connected"))["callId"]
        assert client.task
        client.task.cancel()
        assert await client.closed() == 4503
        assert (await client.until("error"))["payload"]["code"] == "server_shutdown"
    journal = read_journal(call_id)
    assert journal.end
    assert journal.end["code"] == "server_shutdown"
    (call,) = await rows()
    assert call.state == CallState.PROCESSING
    assert len(live_calls) == 0


@pytest.mark.parametrize("broken_part", [BrowserWire, Recorder], ids=["wire", "recorder"])
async def test_a_writer_that_fails_tells_the_client_and_records_our_fault(
    acme: Acme,
    providers: Providers,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    broken_part: type,
) -> None:
    name = "send" if broken_part is BrowserWire else "record"
    whole = getattr(broken_part, name)

    def breaks(self: object, event: object) -> object:
        if isinstance(event, TranscriptOut):
            raise ValueError("broken")
        return whole(self, event)

    monkeypatch.setattr(broken_part, name, breaks)
    async with AsgiClient(api_key=acme.raw_key) as client:
        call_id = (await client.until("connected"))["callId"]
        client.says(type="text", payload={"text": "Hello"})
        assert await client.closed() == 4500
        assert (await client.until("error"))["payload"]["code"] == "internal_error"
    journal = read_journal(call_id)
    assert journal.end and journal.end["code"] == "internal_error"
    assert "the socket's writer failed" in caplog.text
    (call,) = await rows()
    assert call.state == CallState.PROCESSING


async def test_a_draining_process_takes_no_new_call(
    acme: Acme, providers: Providers, live_calls: LiveCalls
) -> None:
    await live_calls.drain(1)
    assert await refused(api_key=acme.raw_key) == ("server_shutdown", 4503)
    assert await rows() == []


async def test_a_drain_tells_and_records_every_call(
    acme: Acme, providers: Providers, live_calls: LiveCalls
) -> None:
    async with AsgiClient(api_key=acme.raw_key) as one, AsgiClient(api_key=acme.raw_key) as two:
        await one.until("connected")
        await two.until("connected")
        await live_calls.drain(5)
        assert (one.close_code, two.close_code) == (4503, 4503)
        assert len(live_calls) == 0
    assert {call.state for call in await rows()} == {CallState.PROCESSING}


async def test_a_resumed_conversation_knows_what_was_said(acme: Acme, providers: Providers) -> None:
    async with AsgiClient(api_key=acme.raw_key) as client:
        first = await client.until("connected")
        client.says(type="text", payload={"text": "My name is Bo"})
        await client.until("audioEnd")
    async with AsgiClient(api_key=acme.raw_key, session_id=first["historyKey"]) as client:
        second = await client.until("connected")
        assert (second["historyKey"], second["resumed"]) == (first["historyKey"], True)
        client.says(type="text", payload={"text": "What is my name?"})
        await client.until("audioEnd")
    asked = [message.text for message in providers.model.requests[-1]]
    assert "My name is Bo" in asked
    assert asked[-1] == "What is my name?"


async def test_a_client_may_come_back_before_anything_was_said(acme: Acme, providers: Providers) -> None:
    async with AsgiClient(api_key=acme.raw_key) as older:
        key = (await older.until("connected"))["historyKey"]
        async with AsgiClient(api_key=acme.raw_key, session_id=key) as newer:
            assert (await newer.until("connected"))["historyKey"] == key
            assert await older.closed() == 4009


async def test_a_conversation_that_is_taken_over_hands_on_its_last_words_and_its_place(
    acme: Acme, providers: Providers
) -> None:
    await change_plan(acme, calls_at_once=1)
    async with AsgiClient(api_key=acme.raw_key) as older:
        key = (await older.until("connected"))["historyKey"]
        await asyncio.sleep(3)
        older.says(type="text", payload={"text": "My name is Bo"})
        await older.until("audioEnd")
        async with AsgiClient(api_key=acme.raw_key, session_id=key) as newer:
            assert (await newer.until("connected"))["resumed"] is True
            assert await older.closed() == 4009
            newer.says(type="text", payload={"text": "What is my name?"})
            await newer.until("audioEnd")
    assert "My name is Bo" in [message.text for message in providers.model.requests[-1]]


@pytest.mark.parametrize(
    ("limits", "code"),
    [({"calls_per_minute": 1}, "rate_limited"), ({"minutes_per_month": 0}, "minutes_used_up")],
    ids=["calls a minute", "minutes a month"],
)
async def test_a_refused_resumption_leaves_the_call_that_holds_the_conversation(
    acme: Acme, providers: Providers, limits: dict[str, int], code: str
) -> None:
    async with AsgiClient(api_key=acme.raw_key) as older:
        key = (await older.until("connected"))["historyKey"]
        await change_plan(acme, **limits)
        assert await refused(api_key=acme.raw_key, session_id=key) == (code, 4029)
        older.says(type="text", payload={"text": "Are you still there?"})
        await older.until("audioEnd")
        assert older.close_code is None


async def test_an_admission_that_nobody_waits_for_any_more_leaves_no_row(
    acme: Acme, providers: Providers
) -> None:
    request = ConnectRequest(Channel.BROWSER, PCM_16000, MP3_24000, api_key=acme.raw_key)
    authorised = await in_database(authorise, request)
    given_up = threading.Event()
    given_up.set()
    await in_database(admit, authorised, given_up)
    assert await rows() == []


async def test_the_key_counts_at_the_moment_of_the_connection(acme: Acme, providers: Providers) -> None:
    await in_database(agent_set_active, agent=acme.agent, is_active=False)
    assert await refused(api_key=acme.raw_key) == ("agent_not_found", 4005)
    await in_database(api_key_revoke, api_key=acme.api_key)
    assert await refused(api_key=acme.raw_key) == ("unauthorised", 4001)
