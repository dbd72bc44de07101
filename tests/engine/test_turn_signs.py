"""A transcriber that follows turns itself: it, the voice detector and the words decide together."""

from __future__ import annotations

import pytest

from tests.fakes.call import FakeCall, make_spec
from tests.fakes.model import FakeModel
from tests.fakes.transcriber import FakeTranscriber
from voice.core.events import AudioEnd
from voice.core.ports import TurnSign
from voice.engine.caller import OUTVOTED_MS

ANSWER = "We open at nine."


def ear() -> FakeTranscriber:
    return FakeTranscriber(guesses_well=True, final_ms=20)


def endpointing_ms(call: FakeCall) -> float:
    took = call.agent_turns()[0].latency
    assert took is not None and took.endpointing_ms is not None
    return took.endpointing_ms


async def answered(call: FakeCall) -> None:
    await call.until(lambda: call.all(AudioEnd))


async def test_its_early_word_has_the_reply_prepared_before_the_pause_is_noticed() -> None:
    model = FakeModel(ANSWER, first_token_ms=50)
    async with FakeCall(make_spec(), model=model, transcriber=ear()) as call:
        await call.says("when do you open")
        call.transcriber.stream.sign(TurnSign.LIKELY_OVER)
        await call.waits(60)
        assert len(model.requests) == 1
        assert not call.transcriber.stream.finalized
        await answered(call)
    assert len(model.requests) == 1
    assert call.ended.counters.drafts_kept == 1


async def test_what_it_takes_back_drops_the_reply_that_was_prepared() -> None:
    model = FakeModel("To the first half.", "To all of it.", first_token_ms=20)
    async with FakeCall(make_spec(silence_ms=900), model=model, transcriber=ear()) as call:
        stream = call.transcriber.stream
        await call.says("when do you open")
        stream.sign(TurnSign.LIKELY_OVER)
        await call.waits(100)
        stream.sign(TurnSign.RESUMED)
        await call.waits(200)
        assert len(model.requests) == 1
        await call.says("on a sunday")
        stream.sign(TurnSign.OVER, "when do you open on a sunday")
        await answered(call)
    assert call.ended.counters.drafts_dropped == 1
    assert [turn.text for turn in call.caller_turns()] == ["when do you open on a sunday"]
    assert [turn.text for turn in call.agent_turns()] == ["To all of it."]


@pytest.mark.parametrize("text", ["when do you open", "When do you open?"])
async def test_a_turn_that_it_takes_for_over_ends_at_once(text: str) -> None:
    async with FakeCall(make_spec(), model=FakeModel(ANSWER), transcriber=ear()) as call:
        await call.says(text)
        await call.waits(220)
        call.transcriber.stream.sign(TurnSign.OVER)
        await answered(call)
    assert endpointing_ms(call) == pytest.approx(220, abs=25)
    assert [turn.text for turn in call.caller_turns()] == [text]


async def test_a_turn_that_is_over_before_the_pause_is_noticed_ends_with_the_pause() -> None:
    async with FakeCall(make_spec(), model=FakeModel(ANSWER), transcriber=ear()) as call:
        await call.says("when do you open")
        call.transcriber.stream.sign(TurnSign.OVER)
        await answered(call)
    assert endpointing_ms(call) <= 200
    assert call.transcriber.stream.finalized == 1


async def test_words_that_cannot_be_all_are_waited_for_though_it_takes_the_turn_for_over() -> None:
    async with FakeCall(make_spec(), model=FakeModel(ANSWER), transcriber=ear()) as call:
        await call.says("my number is")
        call.transcriber.stream.sign(TurnSign.OVER)
        await answered(call)
    assert endpointing_ms(call) == pytest.approx(600, abs=25)


@pytest.mark.parametrize("sign", [TurnSign.BEGUN, TurnSign.RESUMED])
async def test_a_finished_sentence_ends_a_turn_later_where_it_expects_more(sign: TurnSign) -> None:
    async with FakeCall(make_spec(), model=FakeModel(ANSWER), transcriber=ear()) as call:
        await call.says("When do you open?")
        call.transcriber.stream.sign(sign)
        await answered(call)
    assert endpointing_ms(call) == pytest.approx(600, abs=25)


async def test_a_finished_sentence_that_it_takes_for_likely_over_needs_no_final_text() -> None:
    mute = FakeTranscriber(guesses_well=True, final_ms=None)
    async with FakeCall(make_spec(), model=FakeModel(ANSWER), transcriber=mute) as call:
        await call.says("When do you open?")
        call.transcriber.stream.sign(TurnSign.LIKELY_OVER)
        await answered(call)
        assert endpointing_ms(call) == pytest.approx(350, abs=25)


async def test_it_is_asked_for_its_final_word_only_when_that_is_needed() -> None:
    """Asked, it takes the turn for over, whatever it would have thought of it."""
    async with FakeCall(make_spec(), model=FakeModel(ANSWER), transcriber=ear()) as call:
        await call.says("so i was thinking")
        call.transcriber.stream.sign(TurnSign.BEGUN)
        await call.waits(400)
        assert not call.transcriber.stream.finalized
        await answered(call)
    assert endpointing_ms(call) == pytest.approx(600, abs=25)


async def test_a_caller_who_goes_on_after_it_took_the_turn_for_over_is_heard_out() -> None:
    model = FakeModel("To the first half.", "To all of it.", first_token_ms=300)
    async with FakeCall(make_spec(), model=model, transcriber=ear()) as call:
        stream = call.transcriber.stream
        await call.says("when do you open")
        await call.waits(200)
        stream.sign(TurnSign.OVER)
        await call.waits(100)
        await call.says("on a sunday")
        stream.sign(TurnSign.OVER)
        await answered(call)
    assert [turn.text for turn in call.agent_turns()] == ["To all of it."]


async def test_noise_after_a_turn_that_is_over_keeps_nobody_waiting() -> None:
    async with FakeCall(make_spec(), model=FakeModel(ANSWER), transcriber=ear()) as call:
        await call.says("when do you open")
        call.transcriber.stream.sign(TurnSign.OVER)
        await call.coughs(OUTVOTED_MS + 300)
        assert [turn.text for turn in call.caller_turns()] == ["when do you open"]
