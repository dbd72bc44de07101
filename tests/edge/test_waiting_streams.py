"""Streams of which it is not known yet whose call they bring: bounded, and in no caller's way."""

from __future__ import annotations

import asyncio

import pytest

from tests.edge.conftest import Acme, Providers
from tests.edge.phone_client import PhoneClient
from tests.edge.test_phone import CALL_SID, begin
from voice.edge import phone_consumer
from voice.edge.phone_consumer import NOT_TWILIO
from voice.edge.waiting_streams import WaitingStreams


async def test_streams_that_say_nothing_are_in_no_callers_way(
    acme: Acme, providers: Providers, waiting_streams: WaitingStreams
) -> None:
    call = await begin(acme, api_key=acme.raw_key)
    async with PhoneClient() as oldest, PhoneClient() as leaving, PhoneClient() as silent:
        await asyncio.sleep(1)
        assert len(waiting_streams) == 3
        async with PhoneClient() as phone:
            assert await oldest.closed() == 4503
            phone.starts(call.token, CALL_SID)
            await asyncio.sleep(1)
            assert phone.close_code is None and leaving.close_code is None
            assert len(waiting_streams) == 2, "a call that is held takes none"
            leaving.leave()
            async with PhoneClient() as forged:
                forged.starts("forged", CALL_SID)
                assert await forged.closed() == 4001
            await asyncio.sleep(1)
            assert len(waiting_streams) == 1, "who left and who was refused have freed theirs"
            assert await silent.closed() == 4400
            await asyncio.sleep(1)
            assert len(waiting_streams) == 0
            assert phone.close_code is None


async def test_where_all_have_said_what_they_are_of_one_more_finds_no_place(
    acme: Acme, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_slow = asyncio.Event()

    async def slow(*args: object) -> None:
        await is_slow.wait()
        raise NOT_TWILIO

    monkeypatch.setattr(phone_consumer, "in_database", slow)
    async with PhoneClient() as one, PhoneClient() as two, PhoneClient() as three:
        for phone in (one, two, three):
            phone.starts("forged", CALL_SID)
        await asyncio.sleep(1)
        async with PhoneClient() as late:
            assert await late.closed() == 4503
        is_slow.set()
        assert [await phone.closed() for phone in (one, two, three)] == [4001] * 3
