"""All that is alive is looked through between calls, or once a minute: never at any moment of a call."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable

import pytest

from tests.virtual_time import VirtualTimeLoop
from voicex_project import garbage


def looked_through_s(
    monkeypatch: pytest.MonkeyPatch, for_s: float, is_in_call: Callable[[float], bool], young: int = 10
) -> list[int]:
    """After how many seconds."""
    found: list[int] = []

    async def run() -> None:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        monkeypatch.setattr(gc, "get_count", lambda: (0, 0, young))
        monkeypatch.setattr(gc, "collect", lambda: found.append(round(loop.time() - began_s)))
        task = asyncio.create_task(garbage.collect_between_calls(lambda: is_in_call(loop.time() - began_s)))
        await asyncio.sleep(for_s)
        task.cancel()
        await asyncio.wait([task])

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(run())
    return found


def test_nothing_is_looked_through_while_somebody_speaks_but_once_a_minute(monkeypatch: pytest.MonkeyPatch):
    assert looked_through_s(monkeypatch, 130, lambda _: True) == [60, 120]


def test_it_is_done_as_soon_as_nobody_speaks(monkeypatch: pytest.MonkeyPatch):
    assert looked_through_s(monkeypatch, 25, lambda at_s: at_s < 22.5) == [23, 24]


def test_where_little_was_made_there_is_nothing_to_look_for(monkeypatch: pytest.MonkeyPatch):
    assert looked_through_s(monkeypatch, 130, lambda _: False, young=9) == []


def test_python_looks_through_nothing_old_by_itself():
    before = gc.get_threshold()
    try:
        garbage.collect_only_what_is_young()
        assert gc.get_threshold()[:2] == before[:2]
        made, seen = [], gc.get_stats()[2]["collections"]
        for _ in range(400_000):
            made.append([])
        assert gc.get_stats()[2]["collections"] == seen
    finally:
        gc.set_threshold(*before)
