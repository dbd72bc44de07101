"""What the agent is told to say from outside: in its turn or at once, heard, cut short, too late, or last."""

from __future__ import annotations

import asyncio

from tests.fakes import FakeCall, FakeModel, FakeSpeech, make_spec
from voice.core.clock import now_ms
from voice.core.errors import EndCode, EndedBy, EndReason
from voice.core.events import TextIn
from voice.core.spec import Role
from voice.engine.lines import Line, line
from voice.engine.order import Order, OrderOutcome
from voice.engine.orders import WAITING_LIMIT

NEWS = "Your table is ready."
STORY = "Once upon a time there was a king who had three daughters and a very large garden. " * 3
ENDED = EndReason(EndCode.ENDED_BY_OPERATOR, EndedBy.OPERATOR)


def say(text: str = NEWS, *, within_s: float = 30.0, at_once: bool = False) -> Order:
    return Order(now_ms() + within_s * 1000, text, at_once=at_once)


def said(call: FakeCall) -> list[str]:
    return [turn.heard_text for turn in call.agent_turns()]


async def test_what_it_is_told_to_say_is_heard_and_kept_in_history() -> None:
    model = FakeModel("You are welcome.")
    async with FakeCall(make_spec(greeting="Hello."), model=model) as call:
        await call.until(lambda: said(call) == ["Hello."])
        outcome = call.session.order(say())
        await call.until(lambda: said(call) == ["Hello.", NEWS])
        assert outcome.result() is OrderOutcome.HEARD
        await call.says("thank you very much")
        await call.until(lambda: len(said(call)) == 3)
    assert [message.text for message in model.requests[-1]] == ["Hello.", NEWS, "thank you very much"]


async def test_it_waits_until_the_agent_and_the_caller_have_finished() -> None:
    async with FakeCall(model=FakeModel("At nine.")) as call:
        await call.says("when do you")
        outcome = call.session.order(say())
        await call.says("open tomorrow")
        await call.until(outcome.done)
    assert said(call) == ["At nine.", NEWS]
    assert call.agent_turns()[0].interrupted is False
    assert [turn.text for turn in call.caller_turns()][0].endswith("open tomorrow")


async def test_at_once_over_the_caller_their_words_are_shown_once() -> None:
    async with FakeCall(model=FakeModel("At nine.")) as call:
        await call.says("when do you open")
        call.session.order(say(at_once=True))
        await call.until(lambda: said(call) == [NEWS, "At nine."])
    assert call.caller_lines() == ["when do you open"]


async def test_at_once_it_takes_the_place_of_what_is_being_said_and_nothing_stops_it() -> None:
    async with FakeCall(model=FakeModel(STORY)) as call:
        await call.says("tell me a story")
        await call.until(lambda: call.audio_ms() > 1_000)
        outcome = call.session.order(say(at_once=True))
        told_ms = now_ms()
        await call.until(lambda: any(NEWS in text for text in call.transcripts(Role.AGENT, is_final=False)))
        assert now_ms() - told_ms < 1_000
        await call.says("wait what")
        await call.until(outcome.done)
    assert outcome.result() is OrderOutcome.HEARD
    first, second = call.agent_turns()[:2]
    assert first.interrupted and second.heard_text == NEWS and not second.interrupted


async def test_a_question_that_was_about_to_be_answered_is_answered_after_it() -> None:
    model = FakeModel("At nine.", first_token_ms=2_000)
    async with FakeCall(make_spec(drafts=False), model=model) as call:
        await call.says("when do you open")
        await call.until(lambda: call.caller_turns())
        outcome = call.session.order(say(at_once=True))
        await call.until(outcome.done)
        await call.until(lambda: said(call) == [NEWS, "At nine."])
    assert [turn.text for turn in call.caller_turns()] == ["when do you open"]  # once
    assert [message.text for message in model.requests[-1]] == [NEWS, "when do you open"]


async def test_the_caller_may_speak_over_what_was_not_urgent() -> None:
    async with FakeCall(model=FakeModel("Sure.")) as call:
        outcome = call.session.order(say(STORY))
        await call.until(lambda: call.audio_ms() > 1_000)
        await call.says("please stop that now")
        await call.until(outcome.done)
    assert outcome.result() is OrderOutcome.INTERRUPTED
    assert call.agent_turns()[0].interrupted


async def test_before_its_first_sound_the_caller_only_delays_it() -> None:
    async with FakeCall(model=FakeModel("At nine."), speech=FakeSpeech(first_audio_ms=800)) as call:
        outcome = call.session.order(say())
        await call.waits(200)
        call.feed(TextIn("When do you open?"))
        await call.until(outcome.done)
    assert outcome.result() is OrderOutcome.HEARD
    assert said(call) == ["At nine.", NEWS]


async def test_what_cannot_be_said_in_time_is_not_said() -> None:
    async with FakeCall(model=FakeModel(STORY)) as call:
        await call.says("tell me a story")
        await call.until(lambda: call.audio_ms() > 1_000)
        outcome = call.session.order(say(within_s=2))
        await call.until(outcome.done)
        assert outcome.result() is OrderOutcome.TOO_LATE
        await call.waits(30_000)
    assert NEWS not in said(call)


async def test_orders_are_said_in_the_order_they_were_given_and_bounded() -> None:
    async with FakeCall(model=FakeModel(STORY)) as call:
        await call.says("tell me a story")
        await call.until(lambda: call.audio_ms() > 1_000)
        outcomes = [call.session.order(say(f"Number {n}.", within_s=300)) for n in range(WAITING_LIMIT + 1)]
        assert outcomes[-1].result() is OrderOutcome.TOO_LATE
        await call.until(lambda: all(each.done() for each in outcomes), 120_000)
    assert said(call)[1:] == [f"Number {n}." for n in range(WAITING_LIMIT)]


async def test_a_last_word_is_heard_to_its_end_and_then_the_call_ends() -> None:
    async with FakeCall(model=FakeModel(STORY)) as call:
        await call.says("tell me a story")
        await call.until(lambda: call.audio_ms() > 1_000)
        order = Order(now_ms() + 10_000, "We have to stop here. Goodbye.", ends_call=ENDED)
        outcome = call.session.order(order)
        await call.says("no please do not")
        await call.until(lambda: call.ended)
        assert outcome.result() is OrderOutcome.HEARD
    assert call.ended is not None and call.ended.reason == ENDED
    last = call.agent_turns()[-1]
    assert last.text == last.heard_text == "We have to stop here. Goodbye."


async def test_a_limit_is_told_in_the_agents_language() -> None:
    async with FakeCall() as call:
        call.session.order(Order(now_ms() + 10_000, line=Line.MINUTES_USED_UP, ends_call=ENDED))
        await call.until(lambda: call.ended)
    assert said(call) == [line(Line.MINUTES_USED_UP, "en-US")]


async def test_a_limit_is_heard_also_when_no_voice_can_be_had() -> None:
    speech = FakeSpeech()
    speech.fails_always = True
    async with FakeCall(speech=speech) as call:
        outcome = call.session.order(Order(now_ms() + 10_000, line=Line.MINUTES_USED_UP, ends_call=ENDED))
        await call.until(lambda: call.ended)
    assert outcome.result() is OrderOutcome.HEARD
    assert said(call) == [line(Line.MINUTES_USED_UP, "en-US")]
    assert call.audio_ms() > 4_000


async def test_without_a_voice_a_last_word_still_ends_the_call() -> None:
    speech = FakeSpeech()
    speech.fails_always = True
    async with FakeCall(speech=speech) as call:
        outcome = call.session.order(Order(now_ms() + 10_000, "Goodbye.", ends_call=ENDED))
        await call.until(lambda: call.ended)
    assert outcome.result() is OrderOutcome.NOT_SPOKEN
    assert call.ended is not None and call.ended.reason.code is EndCode.ENDED_BY_OPERATOR


async def test_orders_that_are_open_when_the_call_ends_are_told_so() -> None:
    async with FakeCall(model=FakeModel(STORY)) as call:
        await call.says("tell me a story")
        await call.until(lambda: call.audio_ms() > 1_000)
        outcome = call.session.order(say())
    assert await asyncio.wait_for(outcome, 1) is OrderOutcome.CALL_ENDED
    assert await asyncio.wait_for(call.session.order(say()), 1) is OrderOutcome.CALL_ENDED
