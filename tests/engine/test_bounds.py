"""Every queue of a call has a bound: what does not fit waits or is dropped and counted."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes import FakeCall, FakeModel
from voice.core.events import AudioIn, AudioOut, TranscriptOut
from voice.core.ports import SpeechChunk
from voice.core.spec import DEFAULT_HISTORY_TOKENS, Role
from voice.engine.history import MESSAGES_LIMIT, History, estimated_tokens
from voice.engine.input_pace import InputPace
from voice.engine.kept_speech import SIZE_LIMIT_BYTES, KeptSpeech
from voice.engine.outbox import AUDIO_LIMIT_MS, EVENTS_LIMIT, Outbox

SECOND = AudioIn(bytes(32_000))


async def test_sound_for_a_slow_client_waits_and_interim_words_are_left_out() -> None:
    outbox = Outbox()

    async def speak() -> None:
        for _ in range(100):
            await outbox.put_audio(AudioOut(b"", 100, 0))

    speaking = asyncio.create_task(speak())
    await asyncio.sleep(0)
    assert outbox._audio_ms <= AUDIO_LIMIT_MS
    for _ in range(EVENTS_LIMIT * 2):
        outbox.put(TranscriptOut(Role.USER, "so far", is_final=False, turn_index=0))
    assert len(outbox._events) <= EVENTS_LIMIT and outbox.dropped > EVENTS_LIMIT
    outbox.put(TranscriptOut(Role.USER, "all of it", is_final=True, turn_index=0))
    assert outbox._events[-1] == TranscriptOut(Role.USER, "all of it", is_final=True, turn_index=0)
    assert outbox.drop_audio() == AUDIO_LIMIT_MS
    speaking.cancel()
    await asyncio.gather(speaking, return_exceptions=True)


async def test_a_reader_that_comes_makes_room() -> None:
    outbox = Outbox()
    sent = 0

    async def speak() -> None:
        nonlocal sent
        for _ in range(50):
            await outbox.put_audio(AudioOut(b"", 100, 0))
            sent += 1

    speaking = asyncio.create_task(speak())
    for _ in range(50):
        await outbox.take()
    await speaking
    assert sent == 50 and outbox.dropped == 0


async def test_a_file_longer_than_the_bound_goes_out_by_itself() -> None:
    outbox = Outbox()
    async with asyncio.timeout(1):
        await outbox.put_audio(AudioOut(b"", 60_000, 0))
    assert isinstance(await outbox.take(), AudioOut)


def test_history_lets_the_oldest_go() -> None:
    history = History()
    for number in range(MESSAGES_LIMIT * 2):
        history.caller_said(f"{number} " + "x" * 500, (), instead=False)
    assert len(history.messages) <= MESSAGES_LIMIT
    tokens = sum(estimated_tokens(message.text) for message in history.messages)
    assert 0.9 * DEFAULT_HISTORY_TOKENS < tokens <= DEFAULT_HISTORY_TOKENS
    assert history.messages[-1].text.startswith(str(MESSAGES_LIMIT * 2 - 1))


def test_kept_lines_let_the_least_used_go() -> None:
    kept = KeptSpeech()
    shelf = kept.shelf("acme")
    line = [SpeechChunk(bytes(SIZE_LIMIT_BYTES // 10))]
    for number in range(9):
        shelf.keep(number, line)
    shelf.find(0)
    for number in range(9, 15):
        shelf.keep(number, line)
    assert shelf.find(0) is not None and shelf.find(1) is None
    assert kept.size_bytes <= SIZE_LIMIT_BYTES
    shelf.keep("huge", [SpeechChunk(bytes(SIZE_LIMIT_BYTES // 2))])
    assert shelf.find("huge") is None


def test_nobodys_many_kept_lines_push_out_the_few_of_others() -> None:
    kept = KeptSpeech()
    few, many = kept.shelf("acme"), kept.shelf("other")
    line = [SpeechChunk(bytes(SIZE_LIMIT_BYTES // 10))]
    few.keep("greeting", line)
    for number in range(100):
        many.keep(number, line)
        assert kept.size_bytes <= SIZE_LIMIT_BYTES
    assert few.find("greeting") is not None
    assert many.find(99) is not None and many.find(0) is None
    assert many.find("greeting") is None, "what one has had spoken is not for another"


@pytest.mark.parametrize(("ratio", "too_fast"), [(1.0, False), (1.1, False), (1.5, True), (10.0, True)])
def test_the_pace_is_counted_in_samples(ratio: float, too_fast: bool) -> None:
    for frame_ms in (20.0, 256.0, 1_000.0):
        pace = InputPace(0.0)
        found = False
        at_ms = 0.0
        while at_ms < 60_000:
            found = found or pace.is_too_fast(frame_ms * ratio, at_ms)
            at_ms += frame_ms
        assert found is too_fast, frame_ms


async def test_nothing_of_a_long_call_grows() -> None:
    async with FakeCall(model=FakeModel("We open at nine. See you then.")) as call:
        for _ in range(40):
            await call.says("when do you open")
            await call.waits(3_000)
        conversation = call.session._conversation
        assert conversation is not None
        assert len(conversation._history.messages) == 80
        assert len(call.session._tasks) <= 6
        assert len(call.session._outbox._events) == 0
