"""Ten calls of half an hour at once, in virtual time: nothing grows, and sound stays on its clock."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from array import array
from collections.abc import Sequence

import numpy as np
import pytest

from tests.fakes import FakeCall, FakeModel, make_spec
from voice.core.audio import MP3_24000, PCM_16000
from voice.core.clock import now_ms
from voice.core.events import AudioOut, AudioStop, SessionEvent
from voice.core.spec import Message, Role
from voice.engine.history import MESSAGES_LIMIT

CALLS = 10
HALF_AN_HOUR_MS = 30 * 60_000
SAMPLE_EVERY_MS = 4_000
SAMPLES_A_MINUTE = 60_000 // SAMPLE_EVERY_MS
# By then every message that the history began with has given way to one of the call's own.
WARM_UP_MINUTES = 15
LARGEST_DRIFT_MS = 20.0
# Half a megabyte in eight hours of ten calls at once; a run of this test is off by some 200 itself.
LARGEST_SLOPE_BYTES_A_MINUTE = 1_000.0
QUESTION = "when do you open"
ANSWER = "We are open from nine in the morning until five. Come and see us any day."


class Listener(list[tuple[float, SessionEvent]]):
    """Instead of a call's log: counts what comes and forgets it."""

    def __init__(self) -> None:
        super().__init__()
        self.turn_index = -1
        self.began_ms = self.played_ms = 0.0
        self.largest_drift_ms = 0.0
        self.sound_ms = 0.0

    def append(self, item: tuple[float, SessionEvent]) -> None:
        at_ms, event = item
        if isinstance(event, AudioStop):
            self.turn_index = -1  # what comes next begins anew
        if not isinstance(event, AudioOut):
            return
        if event.turn_index != self.turn_index:
            self.turn_index, self.began_ms, self.played_ms = event.turn_index, at_ms, 0.0
        self.sound_ms += event.duration_ms
        # What has gone out of an utterance never lags behind real time, nor leads by more than the lead.
        behind_ms = (at_ms - self.began_ms) - self.played_ms
        self.largest_drift_ms = max(self.largest_drift_ms, behind_ms)
        self.played_ms += event.duration_ms


async def caller(call: FakeCall, number: int) -> None:
    """Asks, listens, and every third time speaks over the answer."""
    async with call:
        await call.waits(number * 310)
        ends_ms = now_ms() + HALF_AN_HOUR_MS
        turn = 0
        while now_ms() < ends_ms:
            turn += 1
            await call.says(QUESTION)
            await call.waits(1_500 if turn % 3 == 0 else 6_000 + number * 130)
            if turn % 5 == 0:
                await call.coughs(160)
                await call.waits(800)


def by_minute(samples: Sequence[int]) -> list[int]:
    """The least of each minute: sound that is on its way comes and goes by 200 kB."""
    starts = range(0, len(samples) - SAMPLES_A_MINUTE + 1, SAMPLES_A_MINUTE)
    return [min(samples[start : start + SAMPLES_A_MINUTE]) for start in starts]


def slope_a_minute(minutes: list[int]) -> float:
    """Theil and Sen's: the median over all pairs, which one odd minute does not move."""
    values = np.array(minutes, dtype=float)
    earlier, later = np.triu_indices(len(values), k=1)
    return float(np.median((values[later] - values[earlier]) / (later - earlier)))


def full_history() -> tuple[Message, ...]:
    """At its bound and of the usual length, so that its growth up to there is not taken for a leak."""
    said = ((Role.USER, QUESTION), (Role.AGENT, ANSWER))
    return tuple(
        Message(role, f"{text} {turn}") for turn in range(MESSAGES_LIMIT // 2) for role, text in said
    )


async def measure(samples: array[int]) -> None:
    """Fills the samples: they have their place already, for what they take would be taken for a leak."""
    for index in range(len(samples)):
        await asyncio.sleep(SAMPLE_EVERY_MS / 1000)
        gc.collect()
        samples[index] = tracemalloc.get_traced_memory()[0]


@pytest.mark.long
async def test_ten_calls_of_half_an_hour_neither_grow_nor_drift(capsys: pytest.CaptureFixture[str]) -> None:
    calls = []
    for number in range(CALLS):
        spec = make_spec(audio_out=MP3_24000 if number == 9 else PCM_16000, history=full_history())
        listener = Listener()
        calls.append(FakeCall(spec, model=FakeModel(ANSWER), log=listener))
        calls[-1].model.requests = _Forgetful()
        calls[-1].model.summarised = _Forgetful()
        calls[-1].model.offered = _Forgetful()
        calls[-1].speech.spoken = _Forgetful()
    samples = array("q", bytes(8 * (HALF_AN_HOUR_MS // SAMPLE_EVERY_MS)))
    tracemalloc.start()
    measuring = asyncio.create_task(measure(samples))
    try:
        async with asyncio.TaskGroup() as group:
            for number, call in enumerate(calls):
                group.create_task(caller(call, number))
    finally:
        measuring.cancel()
        await asyncio.gather(measuring, return_exceptions=True)
        tracemalloc.stop()
    steady = by_minute(samples)[WARM_UP_MINUTES:]
    slope = slope_a_minute(steady)
    listeners = [call.log for call in calls]
    drift_ms = max(each.largest_drift_ms for each in listeners[:-1] if isinstance(each, Listener))
    sound_min = sum(each.sound_ms for each in listeners if isinstance(each, Listener)) / 60_000
    memory = f"memory {steady[0] / 1e6:.2f} to {steady[-1] / 1e6:.2f} MB, slope {slope:.0f} bytes a minute"
    with capsys.disabled():
        print(f"\n{CALLS} calls: {sound_min:.0f} min of sound, {memory}, drift {drift_ms:.2f} ms")  # noqa: T201  # for whoever runs it
    assert sound_min > 100
    assert drift_ms < LARGEST_DRIFT_MS
    assert slope < LARGEST_SLOPE_BYTES_A_MINUTE


class _Forgetful(list):  # type: ignore[type-arg]
    def append(self, item: object) -> None:
        pass
