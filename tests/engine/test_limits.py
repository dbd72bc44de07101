"""Silence, reminders, the longest call."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes import FakeCall, FakeModel, FakeSpeech, make_spec
from voice.core.audio import MP3_24000, MULAW_8000, PCM_16000, PCM_24000, AudioFormat
from voice.core.clock import now_ms
from voice.core.errors import EndCode
from voice.core.events import (
    AudioEnd,
    AudioIn,
    AudioOut,
    ClientEvent,
    Heard,
    InterruptIn,
    SessionEnded,
    TextIn,
)
from voice.core.spec import LimitsSpec, Role
from voice.engine.conversation import Conversation
from voice.engine.lines import Line, line

REMINDER = line(Line.REMINDER, "en-US")
GOODBYE = line(Line.GOODBYE, "en-US")


async def test_a_silent_caller_is_reminded_as_often_as_set_and_then_hung_up_on() -> None:
    limits = LimitsSpec(reminder_s=5, reminders=2, hang_up_s=30, max_call_s=600)
    async with FakeCall(make_spec(greeting="Hello.", limits=limits)) as call:
        await call.until(lambda: call.ended, 120_000)
    assert call.transcripts(Role.AGENT) == ["Hello.", REMINDER, REMINDER, GOODBYE]
    assert call.ended is not None and call.ended.reason.code is EndCode.SILENCE
    greeting_end, first, second, goodbye = call.times(AudioEnd)
    starts = [turn.started_at_ms for turn in call.agent_turns()]
    origin = greeting_end - (call.agent_turns()[0].ended_at_ms or 0)
    assert abs(starts[1] + origin - greeting_end - 5_000) < 400
    assert abs(starts[2] + origin - first - 5_000) < 400
    assert abs(starts[3] + origin - greeting_end - 30_000) < 400
    assert second < goodbye


async def test_what_the_caller_says_begins_the_silence_anew() -> None:
    limits = LimitsSpec(reminder_s=4, reminders=1, hang_up_s=0, max_call_s=600)
    async with FakeCall(make_spec(limits=limits), model=FakeModel("Yes.")) as call:
        for _ in range(3):
            await call.waits(3_000)
            await call.says("hello there")
            await call.waits(1_500)
        assert REMINDER not in call.transcripts(Role.AGENT)
        await call.waits(10_000)
        assert call.transcripts(Role.AGENT).count(REMINDER) == 1


async def test_without_limits_nobody_is_reminded_or_hung_up_on() -> None:
    async with FakeCall(make_spec(greeting="Hello.")) as call:
        await call.waits(200_000)
        assert call.transcripts(Role.AGENT) == ["Hello."]
        assert call.ended is None


async def test_the_longest_call_ends_with_a_goodbye_that_is_heard() -> None:
    limits = LimitsSpec(reminder_s=0, reminders=0, hang_up_s=0, max_call_s=20)
    async with FakeCall(make_spec(limits=limits), model=FakeModel("Once upon a time " * 100)) as call:
        await call.says("tell me a story")
        await call.until(lambda: call.ended, 60_000)
    assert call.ended is not None and call.ended.reason.code is EndCode.MAX_DURATION
    last = call.agent_turns()[-1]
    assert last.text == last.heard_text == line(Line.TIME_IS_UP, "en-US")
    assert 20_000 <= last.started_at_ms <= 21_000
    assert call.agent_turns()[0].interrupted


@pytest.mark.parametrize("audio_out", [PCM_16000, MP3_24000, MULAW_8000])
async def test_reminders_and_goodbyes_are_heard_also_when_no_voice_can_be_had(audio_out: AudioFormat) -> None:
    speech = FakeSpeech()
    speech.fails_always = True
    silent = LimitsSpec(reminder_s=5, reminders=1, hang_up_s=15, max_call_s=600)
    async with FakeCall(make_spec(limits=silent, audio_out=audio_out), speech=speech) as call:
        await call.until(lambda: call.ended)
    assert [turn.heard_text for turn in call.agent_turns()] == [REMINDER, GOODBYE]
    assert call.audio_ms() > 4_000
    assert call.ended is not None and call.ended.reason.code is EndCode.SILENCE
    limited = LimitsSpec(reminder_s=0, reminders=0, hang_up_s=0, max_call_s=5)
    async with FakeCall(make_spec(limits=limited, audio_out=audio_out), speech=speech) as call:
        await call.until(lambda: call.ended)
    assert [turn.heard_text for turn in call.agent_turns()] == [line(Line.TIME_IS_UP, "en-US")]
    assert call.ended is not None and call.ended.reason.code is EndCode.MAX_DURATION


@pytest.mark.parametrize("audio_out", [PCM_16000, PCM_24000, MP3_24000])
@pytest.mark.parametrize("rate_hz", [None, 22_050])
async def test_last_words_are_sent_whole_and_heard_before_the_call_ends(
    audio_out: AudioFormat, rate_hz: int | None
) -> None:
    """Also those of a voice whose sound has to be converted."""
    limits = LimitsSpec(reminder_s=0, reminders=0, hang_up_s=5, max_call_s=600)
    spec, speech = make_spec(limits=limits, audio_out=audio_out), FakeSpeech(rate_hz=rate_hz)
    async with FakeCall(spec, speech=speech) as call:
        await call.until(lambda: call.ended, 60_000)
    assert abs(call.audio_ms() - speech.duration_ms(GOODBYE)) <= 2
    heard_by_ms = 0.0
    for at, event in call.log:
        if isinstance(event, AudioOut):
            heard_by_ms = max(heard_by_ms, at) + event.duration_ms
    assert call.times(SessionEnded)[0] >= call.times(AudioEnd)[0] >= heard_by_ms - 1
    assert call.agent_turns()[-1].heard_text == GOODBYE


async def test_a_line_without_any_audio_from_the_caller_still_ends() -> None:
    """A client that connects and sends nothing at all."""
    limits = LimitsSpec(reminder_s=0, reminders=0, hang_up_s=8, max_call_s=600)
    async with FakeCall(make_spec(limits=limits)) as call:
        await asyncio.sleep(30)
    assert call.ended is not None and call.ended.reason.code is EndCode.SILENCE


async def test_sound_without_words_that_never_stops_does_not_hold_the_call_open() -> None:
    limits = LimitsSpec(reminder_s=0, reminders=0, hang_up_s=15, max_call_s=600)
    async with FakeCall(make_spec(limits=limits)) as call:
        for _ in range(3_000):
            await call.coughs(20)
            if call.ended:
                break
    assert call.ended is not None and call.ended.reason.code is EndCode.SILENCE


async def test_audio_at_ten_times_real_time_is_told_and_cut() -> None:
    async with FakeCall() as call:
        for _ in range(600):
            for _ in range(10):
                call.feed(AudioIn(bytes(640)))
            await call.waits(20)
            if call.ended:
                break
    assert call.ended is not None and call.ended.reason.code is EndCode.INVALID_INPUT
    assert call.ended.reason.refusal is not None and call.ended.reason.refusal.code == "audio_too_fast"


async def test_what_a_line_sent_while_the_call_was_being_set_up_is_not_too_fast() -> None:
    """Telephones send from the moment they are connected, and an acoustic model takes seconds to load."""
    async with FakeCall(fed_since_ms=now_ms() - 6_000) as call:
        for _ in range(300):
            call.feed(AudioIn(bytes(640)))
            await asyncio.sleep(0)
        await call.waits(1_000)
        assert call.ended is None


async def test_audio_in_large_pieces_at_real_time_is_welcome() -> None:
    """Browsers of the published client send 256 ms at a time; a line that stalled sends a second at once."""
    async with FakeCall() as call:
        for _ in range(40):
            call.feed(AudioIn(bytes(32_000)))
            await asyncio.sleep(1)
        assert call.ended is None
    assert call.ended is not None and call.ended.counters.audio_in_dropped_ms == 0


@pytest.mark.parametrize(
    ("message", "count"), [(TextIn("x" * 3_990), 21), (Heard(5.0), 201), (InterruptIn(), 201)]
)
async def test_messages_faster_than_a_person_are_told_and_cut(message: ClientEvent, count: int) -> None:
    async with FakeCall(model=FakeModel("Yes.")) as call:
        for _ in range(count - 1):
            call.feed(message)
            await asyncio.sleep(0)
        await call.waits(20)
        assert call.ended is None
        for _ in range(3):
            call.feed(message)
        await call.waits(20)
    assert call.ended is not None and call.ended.reason.refusal is not None
    assert (call.ended.reason.code, call.ended.reason.refusal.code) == ("invalid_input", "rate_limited")
    assert all(len(turn.text) < 13_000 for turn in call.turns())


async def test_somebody_who_types_every_second_is_never_too_fast() -> None:
    async with FakeCall(model=FakeModel("Yes.")) as call:
        for _ in range(600):
            call.feed(TextIn("yes"))
            for _ in range(5):
                call.feed(Heard(5.0))
                await call.waits(200)
        assert call.ended is None


async def test_text_is_cut_to_a_bound() -> None:
    async with FakeCall(model=FakeModel("Yes.")) as call:
        call.feed(TextIn("x" * 100_000))
        await call.until(lambda: call.all(AudioOut))
    assert len(call.caller_turns()[0].text) == 4_000


async def test_what_goes_wrong_with_a_clients_message_ends_its_call(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(conversation: Conversation, event: object) -> None:
        raise RuntimeError("a fault of ours")

    async with FakeCall() as call:
        await call.waits(100)
        monkeypatch.setattr(Conversation, "dispatch", fail)
        call.feed(TextIn("hello"))
        monkeypatch.undo()
        await call.waits(100)
    assert call.ended is not None and call.ended.reason.code is EndCode.INTERNAL_ERROR
