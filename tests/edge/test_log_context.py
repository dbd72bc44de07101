"""Every line of a live call says which call it was, also those of threads, and of tasks that others began."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator

import pytest

from calls import log_context
from calls.models import CommandKind
from tests.edge.asgi_client import AsgiClient
from tests.edge.conftest import Acme, Providers
from tests.edge.test_commands import give
from voice.core.errors import ProviderError, UnreachableError
from voice.edge.database import in_database, in_store
from voice.edge.live import RENEW_S

QUESTION = "When are you open?"
Line = tuple[str, str, str]


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[list[Line]]:
    """Message, call and organisation of each line."""
    found: list[Line] = []

    class Noting(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            ids = log_context.call_id.get(), log_context.organisation_id.get()
            found.append((record.getMessage(), *ids))

    handler = Noting()
    logging.getLogger("voice").addHandler(handler)
    logging.getLogger("calls").addHandler(handler)
    yield found
    logging.getLogger("voice").removeHandler(handler)
    logging.getLogger("calls").removeHandler(handler)


def of(lines: list[Line], words: str) -> set[tuple[str, str]]:
    return {(call, organisation) for message, call, organisation in lines if words in message}


async def test_threads_speak_of_the_call_that_asked_them() -> None:
    with log_context.about("c" * 24, "d" * 24):
        assert await in_database(log_context.call_id.get) == "c" * 24
        assert await in_store(log_context.organisation_id.get) == "d" * 24
    assert await in_database(log_context.call_id.get) == ""


async def test_each_call_has_its_own_lines(acme: Acme, providers: Providers, lines: list[Line]) -> None:
    providers.model.answers = [UnreachableError("fake", f"cannot answer: {QUESTION}")]
    calls = set()
    for _ in range(2):
        async with AsgiClient(api_key=acme.raw_key) as client:
            calls.add(((await client.until("connected"))["callId"], acme.organisation.pk))
            client.says(type="text", payload={"text": QUESTION})
            await client.until("error")
    for words in ("call began", "fake failed during a call", "call ended"):
        assert of(lines, words) == calls
    assert not of(lines, QUESTION), "a vendor's words may repeat the caller's"


async def test_a_call_that_another_one_takes_over_ends_under_its_own_name(
    acme: Acme, providers: Providers, lines: list[Line], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stick() -> None:
        raise ProviderError("fake", "stuck", retryable=False)

    async with AsgiClient(api_key=acme.raw_key) as first:
        connected = await first.until("connected")
        monkeypatch.setattr(providers.transcriber.stream, "aclose", stick)
        async with AsgiClient(api_key=acme.raw_key, session_id=connected["historyKey"]) as second:
            await second.until("connected")
            assert await first.closed() == 4009
            assert of(lines, "a port did not close") == {(connected["callId"], acme.organisation.pk)}


async def test_what_serves_all_calls_speaks_of_none(
    acme: Acme, providers: Providers, lines: list[Line], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**kwargs: object) -> set[str]:
        raise OSError("the database is away")

    monkeypatch.setattr("voice.edge.live.calls_renew", refuse)
    async with AsgiClient(api_key=acme.raw_key) as client:
        await client.until("connected")
        await asyncio.sleep(RENEW_S + 1)
    assert of(lines, "leases could not be renewed") == {("", "")}


async def test_a_command_speaks_of_the_call_that_it_is_for(
    acme: Acme, providers: Providers, lines: list[Line]
) -> None:
    async with AsgiClient(api_key=acme.raw_key) as client:
        connected = await client.until("connected")
        await give(CommandKind.SAY, text="Your taxi is there.")
        await client.until("audioEnd")
    assert of(lines, "command say taken") == {(connected["callId"], acme.organisation.pk)}
    assert not of(lines, "taxi")
