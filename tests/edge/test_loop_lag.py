"""The event loop's lateness: measured all the time, and told when callers would hear it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest
from prometheus_client import REGISTRY

from voice.edge.loop_lag import watch_loop


def real_time_loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"voicex_event_loop_lag_seconds_{name}", labels) or 0.0


def watched(held: Callable[[], None], for_s: float) -> None:
    async def run() -> None:
        watch = asyncio.create_task(watch_loop())
        await asyncio.sleep(for_s / 2)
        held()
        await asyncio.sleep(for_s / 2)
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)

    asyncio.run(run())


def test_a_loop_that_was_held_up_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    late_before = counted("count") - counted("bucket", le="0.1")
    watched(lambda: time.sleep(0.25), 0.3)
    assert counted("count") - counted("bucket", le="0.1") == late_before + 1
    (line,) = [record.getMessage() for record in caplog.records if "held up" in record.getMessage()]
    assert float(line.split("held up for ")[1].split(" ms")[0]) > 100


def test_it_is_told_once_in_a_while_however_often_it_happens(caplog: pytest.LogCaptureFixture) -> None:
    def twice() -> None:
        time.sleep(0.2)

    async def run() -> None:
        watch = asyncio.create_task(watch_loop())
        for _ in range(3):
            await asyncio.sleep(0.05)
            twice()
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)

    asyncio.run(run())
    assert len([record for record in caplog.records if "held up" in record.getMessage()]) == 1
