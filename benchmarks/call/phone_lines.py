"""A caller on a simulated telephone line: asks, interrupts once, and notes when everything happened."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.call.own_time import Answer, VoiceOrder, finalized_s, voice_orders
from benchmarks.call.vendors import Vendors
from tests.simulators.server import Request
from tests.simulators.twilio.media_stream import MediaStream, Saying
from tests.simulators.twilio.phone_call import PhoneCall
from tests.simulators.twilio.utterance import Utterance

TURNS = 3
LONGEST_PAUSE_S = 3.0
# Into the answer of the second turn, when it has sounded for so long.
INTERRUPTED_AFTER_S = 0.8
ANSWER_LIMIT_S = 15.0
LOOKED_AT_EVERY_S = 0.01


def line_name(number: int) -> str:
    """Made of letters, so that no reading of it for the voice changes it."""
    return "line" + "".join(chr(ord("a") + int(digit)) for digit in f"{number:04d}")


@dataclass
class Answered:
    """A question that was answered: to be taken apart when nothing is measured any more."""

    name: str
    saying: Saying
    arrived_s: float


@dataclass
class Calls:
    """What all callers of one round found. `answers` are there after `take_apart`."""

    answered: list[Answered] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    unanswered: int = 0
    clears_ms: list[float] = field(default_factory=list)
    not_cleared: int = 0
    underruns: int = 0
    most_buffered_ms: float = 0.0
    talked_s: float = 0.0
    failed: list[str] = field(default_factory=list)

    def take_apart(self, simulated: Vendors) -> None:
        """Reads all that the vendors have noted, again and again: done in a call, the rig would be late."""
        for each in self.answered:
            try:
                self.answers.append(_answer(each, simulated))
            except LookupError as error:
                self.failed.append(f"{each.name}: {error}")


async def hold(call: PhoneCall, name: str, question: Utterance, into: Calls) -> None:
    """One call from its greeting to the caller's hanging up."""
    lot = random.Random(name)
    try:
        stream = await call.wait_for_stream(within_s=20)
        await _until_sound(stream, 0.0)
        await _until_silent(stream)
        for turn in range(TURNS):
            await asyncio.sleep(lot.uniform(0.2, LONGEST_PAUSE_S))
            saying = stream.say(question)
            await saying.said.wait()
            arrived_s = await _until_sound(stream, saying.last_s or 0.0)
            into.answered.append(Answered(name, saying, arrived_s))
            if turn == 1:
                await asyncio.sleep(INTERRUPTED_AFTER_S)
                await _interrupt(stream, question, into)
            await _until_silent(stream)
        into.underruns += len(stream.playout.holes)
        into.most_buffered_ms = max(into.most_buffered_ms, stream.playout.most_buffered_ms)
        into.talked_s += time.monotonic() - stream.begins_s
    except (TimeoutError, ConnectionError) as error:
        into.unanswered += 1
        into.failed.append(f"{name}: {type(error).__name__} {error}")
    finally:
        await call.hang_up()


async def _interrupt(stream: MediaStream, words: Utterance, into: Calls) -> None:
    """The answer to it is waited for, and counts no more than that."""
    since_s = time.monotonic()
    saying = stream.say(words)
    await saying.said.wait()
    cleared_s = stream.first_clear_after(since_s)
    if cleared_s is None or saying.first_s is None:
        into.not_cleared += 1
    else:
        into.clears_ms.append((cleared_s - saying.first_s) * 1000)
    await _until_sound(stream, saying.last_s or 0.0)


async def _until_sound(stream: MediaStream, after_s: float) -> float:
    """When it came."""
    async with asyncio.timeout(ANSWER_LIMIT_S):
        while stream.first_audio_after(after_s) is None:  # noqa: ASYNC110  # the simulator tells nobody
            await asyncio.sleep(LOOKED_AT_EVERY_S)
    return next(came_s for came_s, _, _ in stream.arrivals if came_s >= after_s)


async def _until_silent(stream: MediaStream) -> None:
    """For longer than any pause between two pieces."""
    async with asyncio.timeout(4 * ANSWER_LIMIT_S):
        silent_since_s = time.monotonic()
        while time.monotonic() - silent_since_s < 1.0:
            if not stream.playout.is_silent(time.monotonic()):
                silent_since_s = time.monotonic()
            await asyncio.sleep(0.05)


def _answer(answered: Answered, simulated: Vendors) -> Answer:
    """A telephone is not told when its turn was over: its final transcript counts for that.

    Raises LookupError where a vendor was never asked.
    """
    name, saying, arrived_s = answered.name, answered.saying, answered.arrived_s
    last_s = saying.last_s or 0.0
    listening = _newest(simulated.deepgram.requests, lambda each: name in str(each.query), "transcriber")
    transcripts = [each for each in listening.left if (saying.first_s or 0.0) <= each[0] <= arrived_s]
    finals = [at_s for at_s, words in transcripts if words.startswith("final:") and at_s >= last_s]
    model = _newest(
        simulated.groq.requests,
        lambda each: bool(each.body and each.left) and each.came_at_s <= arrived_s and name in str(each.body),
        "model",
    )
    orders = [
        order
        for order in voice_orders(simulated.speaking)
        if model.came_at_s <= order.came_at_s <= arrived_s and name in order.text
    ]
    return Answer(
        last_sound_s=last_s,
        told_s=min(finals, default=arrived_s),
        audio_s=arrived_s,
        transcripts=transcripts,
        finalize_s=finalized_s(listening, last_s),
        model=model,
        voice=_first(orders),
    )


def _newest(requests: list[Request], fits: Callable[[Request], bool], what: str) -> Request:
    found = [each for each in requests if fits(each)]
    if not found:
        raise LookupError(f"the {what} was not asked")
    return found[-1]


def _first(orders: list[VoiceOrder]) -> VoiceOrder:
    if not orders:
        raise LookupError("the voice was not asked")
    return orders[0]
