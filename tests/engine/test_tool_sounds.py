"""Tools that are heard: keys pressed for the other end, and music while a caller waits."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fakes import Acts, FakeCall, FakeModel, FakeTools, make_spec
from voice.audio.dtmf_tones import dtmf_tones
from voice.audio.hold_music import hold_music
from voice.core.audio import MP3_24000
from voice.core.events import AudioEnd, AudioOut, TranscriptOut
from voice.core.spec import Channel, Role, SessionSpec
from voice.core.tools import HANG_UP, HOLD_MUSIC, SEND_DTMF, ToolSpec, ToolStatus

WEATHER = ToolSpec("weather", "The weather in a town.", time_limit_s=20.0)
KEYS = ("send_dtmf", '{"digits": "12#"}')
MUSIC = ("play_hold_music", '{"seconds": 10}')


def phone_spec(*, channel: Channel = Channel.PHONE, **changes: object) -> SessionSpec:
    tools = (HANG_UP, SEND_DTMF, HOLD_MUSIC, WEATHER)
    return make_spec(tools=tools, channel=channel, drafts=False, **changes)


def sound(call: FakeCall) -> bytes:
    return b"".join(event.audio for event in call.all(AudioOut))


def status(call: FakeCall) -> list[ToolStatus]:
    return [turn.tool.status for turn in call.tool_turns() if turn.tool]


async def test_keys_are_heard_as_tones_and_then_the_other_side_has_its_turn() -> None:
    model = FakeModel(Acts(KEYS), "Billing, please.")
    async with FakeCall(phone_spec(), model=model, keeps_audio=True) as call:
        await call.says("press twelve and hash to go on")
        await call.until(lambda: call.all(AudioEnd))
        await call.waits(2_000)
        assert len(model.requests) == 1
        assert dtmf_tones("12#", 16_000) in sound(call)
        await call.says("whom do you want to speak to")
        await call.until(lambda: len(call.all(AudioEnd)) == 2)
    assert status(call) == [ToolStatus.OK]
    assert [message.text for message in model.requests[-1] if message.call] == ["Sent."]
    assert [turn.text for turn in call.agent_turns()] == ["Billing, please."]
    assert not [event for event in call.all(TranscriptOut) if event.role is Role.AGENT and not event.text]


@pytest.mark.parametrize("talks_after_ms", [0, 250])
async def test_a_machine_that_talks_over_the_tones_still_gets_all_of_them(talks_after_ms: float) -> None:
    digits = "1234567890" * 3
    model = FakeModel(Acts(("send_dtmf", f'{{"digits": "{digits}"}}')), "All right.")
    async with FakeCall(phone_spec(), model=model, keeps_audio=True) as call:
        await call.says("enter your number")
        await call.until(lambda: call.tool_turns())
        await call.waits(talks_after_ms)
        await call.says("to hear this again please press nine")
        assert call.stops == 0
        await call.until(lambda: len(model.requests) == 2)
    assert dtmf_tones(digits, 16_000) in sound(call)
    assert model.requests[-1][-1].text == "to hear this again please press nine"


async def test_what_was_said_before_the_keys_is_heard_first() -> None:
    model = FakeModel(Acts(KEYS, text="Thank you."))
    async with FakeCall(phone_spec(), model=model, keeps_audio=True) as call:
        await call.says("press twelve and hash")
        await call.until(lambda: call.all(AudioEnd))
    assert [turn.heard_text for turn in call.agent_turns()] == ["Thank you."]
    heard = sound(call)
    assert heard.endswith(dtmf_tones("12#", 16_000)) and len(heard) > len(dtmf_tones("12#", 16_000))


@pytest.mark.parametrize("digits", ["12x", "", "1" * 41])
async def test_what_is_no_key_goes_back_to_the_model(digits: str) -> None:
    model = FakeModel(Acts(("send_dtmf", f'{{"digits": "{digits}"}}')), "I cannot.")
    async with FakeCall(phone_spec(), model=model) as call:
        await call.says("press it")
        await call.until(lambda: call.all(AudioEnd))
    assert status(call) == [ToolStatus.INVALID]
    assert [turn.heard_text for turn in call.agent_turns()] == ["I cannot."]


async def test_music_plays_to_its_limit_and_then_the_agent_goes_on() -> None:
    model = FakeModel(Acts(MUSIC, text="One moment."), "Thank you for waiting.")
    async with FakeCall(phone_spec(), model=model, keeps_audio=True) as call:
        await call.says("can you look it up")
        await call.until(lambda: call.all(AudioEnd))
    assert b"".join(hold_music(number, 16_000) for number in range(5)) in sound(call)
    assert [turn.heard_text for turn in call.agent_turns()] == ["One moment.", "Thank you for waiting."]
    before, after = call.agent_turns()
    assert after.started_at_ms - (before.ended_at_ms or 0) == pytest.approx(10_000, abs=600)
    assert "Played for 10 s" in next(m.text for m in model.requests[-1] if m.call)


async def test_it_stops_when_the_caller_speaks() -> None:
    model = FakeModel(Acts(("play_hold_music", '{"seconds": 60}')), "I am here.")
    async with FakeCall(phone_spec(), model=model) as call:
        await call.says("can you look it up")
        await call.until(lambda: call.audio_ms() > 5_000)
        await call.says("are you still there")
        await call.until(lambda: call.all(AudioEnd))
        assert call.audio_ms() < 12_000
    assert status(call) == [ToolStatus.CANCELLED]
    assert model.requests[-1][-1].text == "are you still there"


async def test_it_plays_while_another_tool_works_and_no_longer() -> None:
    model = FakeModel(Acts(("weather", "{}"), ("play_hold_music", '{"seconds": 60}')), "It rains.")
    tools = FakeTools({"weather": "rain"}, takes_ms=7_000)
    async with FakeCall(phone_spec(fillers=True), model=model, tools=tools) as call:
        await call.says("how is the weather")
        await call.until(lambda: call.all(AudioEnd))
        assert 7_000 < call.audio_ms() < 11_500
    assert [turn.heard_text for turn in call.agent_turns()] == ["It rains."]
    assert status(call) == [ToolStatus.OK, ToolStatus.OK]


async def test_music_is_heard_in_a_browser_too_and_keys_are_not_pressed_there() -> None:
    model = FakeModel(Acts(MUSIC), "Thank you for waiting.")
    spec = phone_spec(channel=Channel.BROWSER, audio_out=MP3_24000)
    async with FakeCall(spec, model=model) as call:
        await call.says("can you look it up")
        await call.until(lambda: call.all(AudioEnd))
        assert model.offered[0] == ["hang_up", "play_hold_music", "weather"]
        files = [event.duration_ms for event in call.all(AudioOut)][:5]
    assert files == [2_000] * 5


def test_music_of_a_minute_takes_no_more_room_than_its_phrases() -> None:
    first = hold_music(0, 8_000)
    assert hold_music(4, 8_000) is first and len(np.frombuffer(first, np.int16)) == 16_000


@pytest.mark.parametrize("first", [MUSIC, ("hang_up", "{}")])
async def test_nobody_is_kept_waiting_with_music_for_the_end_of_the_call(first: tuple[str, str]) -> None:
    last = ("hang_up", "{}") if first is MUSIC else MUSIC
    async with FakeCall(phone_spec(), model=FakeModel(Acts(first, last))) as call:
        await call.says("thank you goodbye")
        await call.until(lambda: call.ended is not None, limit_ms=5_000)
    assert status(call) == [ToolStatus.OK, ToolStatus.OK]


async def test_before_the_end_of_the_call_it_plays_while_another_tool_works() -> None:
    tools = FakeTools({"weather": "Rain."}, takes_ms=3_000)
    model = FakeModel(Acts(MUSIC, ("weather", "{}"), ("hang_up", "{}")))
    async with FakeCall(phone_spec(), model=model, tools=tools) as call:
        await call.says("how is the weather")
        await call.until(lambda: call.ended is not None, limit_ms=9_000)
        assert call.audio_ms() > 3_000
    assert status(call) == [ToolStatus.OK] * 3
