"""A conversation from its first word to its end."""

from __future__ import annotations

from tests.fakes import FakeCall, FakeModel, make_spec
from voice.core.events import AudioEnd, AudioOut, Connected, SessionEnded, TextIn
from voice.core.spec import Role


async def test_a_question_is_answered() -> None:
    async with FakeCall(model=FakeModel("We open at nine. See you then!")) as call:
        await call.waits(500)
        await call.says("when do you open")
        await call.until(lambda: call.all(AudioEnd))
    assert [turn.text for turn in call.turns()] == ["when do you open", "We open at nine. See you then!"]
    assert call.agent_turns()[0].heard_text == "We open at nine. See you then!"
    assert call.agent_turns()[0].is_complete and not call.agent_turns()[0].interrupted


async def test_connected_comes_first_and_ended_last_exactly_once() -> None:
    async with FakeCall() as call:
        await call.says("hello")
        await call.waits(2000)
    events = [event for _, event in call.log]
    assert isinstance(events[0], Connected)
    assert isinstance(events[-1], SessionEnded)
    assert len(call.all(SessionEnded)) == 1


async def test_the_greeting_opens_the_call() -> None:
    async with FakeCall(make_spec(greeting="Hello, this is Ada.")) as call:
        await call.until(lambda: call.all(AudioEnd))
    assert call.transcripts(Role.AGENT) == ["Hello, this is Ada."]


async def test_text_is_answered_without_any_audio() -> None:
    async with FakeCall(model=FakeModel("Yes.")) as call:
        call.feed(TextIn("is it open"))
        await call.until(lambda: call.all(AudioOut))
    assert call.transcripts(Role.USER) == ["is it open"]


async def test_words_that_the_call_ended_on_are_kept() -> None:
    async with FakeCall(model=FakeModel("We open at nine.")) as call:
        await call.says("when do you")
    assert [turn.text for turn in call.caller_turns()] == ["when do you"]
    assert call.caller_turns()[0].is_complete
    assert not call.agent_turns()


async def test_an_acknowledgement_that_the_call_ended_on_is_no_turn() -> None:
    async with FakeCall(make_spec(greeting="Hello, this is Ada from the practice.")) as call:
        await call.until(lambda: call.all(AudioOut))
        await call.says("mhm")
    assert not call.caller_turns()
