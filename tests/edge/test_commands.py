"""Commands to the calls of this process: read within a second, carried out, acknowledged, settled."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from accounts.services import api_key_revoke
from calls.commands import standing_of
from calls.models import Call, Command, CommandKind
from calls.services import command_give
from tests.edge.asgi_client import AsgiClient
from tests.edge.conftest import Acme, Providers
from tests.fakes.model import FakeModel
from voice.edge import commands
from voice.edge.database import in_database
from voice.edge.live import LiveCalls
from voice.engine.lines import Line, line

WITHIN_S = 2 * commands.READ_EVERY_S


async def give(kind: CommandKind, *, within_s: float = 30, **arguments: Any) -> Command:
    """To the one call there is."""
    call = await Call.objects.select_related("organisation").aget()
    command, _ = await in_database(
        command_give, call=call, kind=kind, arguments=arguments, within=timedelta(seconds=within_s)
    )
    return command


async def stands(command: Command) -> tuple[str, str]:
    standing = standing_of(await Command.objects.select_related("call").aget(pk=command.pk))
    return standing.state, standing.outcome


async def settled(command: Command, within_s: float = 30) -> str:
    for _ in range(round(within_s / 0.1)):
        state, outcome = await stands(command)
        if state == "settled":
            return outcome
        await asyncio.sleep(0.1)
    raise AssertionError(f"still {state} after {within_s} s")


def said(client: AsgiClient) -> list[str]:
    return [
        message["payload"]["text"]
        for message in client.messages
        if message["type"] == "turn" and message["payload"]["role"] == "assistant"
    ]


async def test_the_agent_says_what_it_is_told_to(acme: Acme, providers: Providers) -> None:
    async with AsgiClient(api_key=acme.raw_key) as client:
        await client.until("connected")
        began = asyncio.get_running_loop().time()
        command = await give(CommandKind.SAY, text="Your taxi is there.")
        await client.until("transcript")
        assert asyncio.get_running_loop().time() - began < WITHIN_S
        assert await stands(command) == ("acknowledged", "")
        assert await settled(command) == "done"
        assert said(client) == ["Your taxi is there."]


async def test_a_machine_is_left_its_message_and_the_call_ends(acme: Acme, providers: Providers) -> None:
    async with AsgiClient(api_key=acme.raw_key) as client:
        await client.until("connected")
        command = await give(CommandKind.ANSWERED, is_machine=True, text="Please call us back.")
        ended = await client.until("ended")
        assert (ended["payload"]["code"], ended["payload"]["by"]) == ("voicemail_left", "agent")
        assert await settled(command) == "done"
        assert said(client) == ["Please call us back."]


async def test_a_machine_that_is_left_nothing_is_hung_up_on(acme: Acme, providers: Providers) -> None:
    async with AsgiClient(api_key=acme.raw_key) as client:
        await client.until("connected")
        command = await give(CommandKind.ANSWERED, is_machine=True)
        ended = await client.until("ended")
        assert ended["payload"]["code"] == "machine_answered"
        assert await settled(command) == "done"


async def test_the_call_of_a_person_goes_on(acme: Acme, providers: Providers) -> None:
    async with AsgiClient(api_key=acme.raw_key) as client:
        await client.until("connected")
        command = await give(CommandKind.ANSWERED, is_machine=False)
        assert await settled(command) == "done"
        again = await give(CommandKind.SAY, text="Your taxi is there.")
        assert await settled(again) == "done"


async def test_a_call_is_ended_from_outside(acme: Acme, providers: Providers) -> None:
    async with AsgiClient(api_key=acme.raw_key) as client:
        await client.until("connected")
        command = await give(CommandKind.END, reason="wrong number")
        ended = await client.until("ended")
        assert ended["payload"] == {"code": "ended_by_operator", "by": "operator", "message": "wrong number"}
        assert await client.closed() == 1000
    assert await settled(command) == "done"


async def test_last_words_are_heard_before_the_call_ends(acme: Acme, providers: Providers) -> None:
    async with AsgiClient(api_key=acme.raw_key) as client:
        await client.until("connected")
        command = await give(CommandKind.END, text="We close now. Goodbye.")
        assert await client.closed() == 1000
        assert said(client) == ["We close now. Goodbye."]
    assert await settled(command) == "done"


async def test_minutes_that_run_out_are_told_in_words(acme: Acme, providers: Providers) -> None:
    acme.plan.minutes_per_month = 1
    await acme.plan.asave()
    async with AsgiClient(api_key=acme.raw_key) as client:
        await client.until("connected")
        # What has been used before makes up the minute: time in the database is not the test's.
        row = await Call.objects.aget()
        await Call.objects.acreate(
            organisation=acme.organisation,
            agent_id=row.agent_id,
            agent_version_id=row.agent_version_id,
            session_id="5" * 24,
            state="ended",
            duration_ms=60_000,
        )
        assert await client.closed() == 4029
        assert said(client)[-1] == line(Line.MINUTES_USED_UP, "en-US")
        assert (await client.until("error"))["payload"]["code"] == "minutes_used_up"


async def test_a_revoked_key_ends_its_calls_at_the_next_look(acme: Acme, providers: Providers) -> None:
    async with AsgiClient(api_key=acme.raw_key) as client:
        await client.until("connected")
        began = asyncio.get_running_loop().time()
        await in_database(api_key_revoke, api_key=acme.api_key)
        assert await client.closed() == 4001
        assert asyncio.get_running_loop().time() - began < WITHIN_S


async def test_what_is_open_when_the_caller_hangs_up_is_told_so(acme: Acme, providers: Providers) -> None:
    providers.model = FakeModel("Once upon a time there was a king. " * 10)
    async with AsgiClient(api_key=acme.raw_key) as client:
        await client.until("connected")
        client.says(type="text", payload={"text": "Tell me a story."})
        await client.until("transcript")
        command = await give(CommandKind.SAY, text="Your taxi is there.")
        await asyncio.sleep(WITHIN_S)
        assert await stands(command) == ("acknowledged", "")
        client.says(type="hangup")
        await client.closed()
    assert await settled(command) == "call_ended"
    assert (await Command.objects.aget()).outcome == "call_ended"  # written, not only concluded


async def test_what_cannot_be_said_in_time_is_left(acme: Acme, providers: Providers) -> None:
    providers.model = FakeModel("Once upon a time there was a king. " * 20)
    async with AsgiClient(api_key=acme.raw_key) as client:
        await client.until("connected")
        client.says(type="text", payload={"text": "Tell me a story."})
        await client.until("transcript")
        command = await give(CommandKind.SAY, text="Your taxi is there.", within_s=5)
        assert await settled(command, 10) == "expired"


async def test_a_database_that_is_away_loses_no_command(
    acme: Acme, providers: Providers, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    read, failures = commands.calls_called_upon, [OSError("away"), OSError("away")]

    def read_or_fail(call_ids: Any) -> Any:
        if failures:
            raise failures.pop()
        return read(call_ids)

    monkeypatch.setattr(commands, "calls_called_upon", read_or_fail)
    async with AsgiClient(api_key=acme.raw_key) as client:
        await client.until("connected")
        command = await give(CommandKind.SAY, text="Your taxi is there.")
        assert await settled(command) == "done"
    assert caplog.text.count("could not be read") == 2


async def test_nobody_asks_while_there_are_no_calls(
    acme: Acme, providers: Providers, live_calls: LiveCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(commands, "calls_called_upon", lambda call_ids: asked.append(call_ids) or [])
    async with AsgiClient(api_key=acme.raw_key) as client:
        await client.until("connected")
        await asyncio.sleep(10.5)
        assert 9 <= len(asked) <= 11 and all(len(ids) == 1 for ids in asked)
    count = len(asked)
    await asyncio.sleep(10)
    assert len(asked) == count
