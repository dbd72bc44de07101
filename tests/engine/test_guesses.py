"""A transcriber guesses and takes back, is late, or hears noise without end: the agent keeps its head."""

from __future__ import annotations

import pytest

from tests.fakes import FakeCall, FakeModel, make_spec
from tests.fakes.call import LOUD
from voice.core.clock import now_ms
from voice.core.events import AudioEnd, AudioOut, AudioStop, InterruptIn, TranscriptOut
from voice.core.spec import Role

ANSWER = "We are open from nine in the morning until five in the afternoon. Come and see us any day."


def talk(**changes: object) -> FakeCall:
    return FakeCall(make_spec(**changes), model=FakeModel(ANSWER, "What would you like to know?"))


async def ask_and_hear(call: FakeCall) -> None:
    await call.says("when are you open")
    await call.until(lambda: call.all(AudioOut))
    await call.waits(1500)


async def coughs_and_is_guessed_at(call: FakeCall, guess: str, final: str) -> None:
    """A short sound in which the transcriber first hears one thing and then decides for another."""
    await call.sounds(160, LOUD)
    call.transcriber.stream.hear(guess)
    await call.sounds(60, LOUD)
    call.transcriber.stream.hear(final, interim=False)


@pytest.mark.parametrize("final", ["", "mhm"])
async def test_a_guess_that_is_taken_back_costs_a_pause_and_nothing_else(final: str) -> None:
    async with talk() as call:
        await ask_and_hear(call)
        await coughs_and_is_guessed_at(call, "the", final)
        ended_ms = now_ms()
        await call.until(lambda: call.all(AudioEnd))
        await call.waits(3_000)
    assert call.stops == 1
    resumed_ms = next(at for at in call.times(AudioOut) if at > call.times(AudioStop)[0])
    assert resumed_ms - ended_ms <= 160 + 50 + 60, "it goes on with the final transcript"
    assert len(call.model.requests) == 1
    (turn,) = call.agent_turns()
    assert turn.heard_text == ANSWER and not turn.interrupted
    assert call.ended is not None and call.ended.counters.interruptions == 0


async def test_what_was_shown_of_a_guess_is_taken_back_from_the_client() -> None:
    async with talk() as call:
        await ask_and_hear(call)
        await coughs_and_is_guessed_at(call, "wait", "")
        await call.until(lambda: call.all(AudioEnd))
    after = call.all(TranscriptOut)
    shown = [e.text for e in after if e.role is Role.USER and e.turn_index != call.caller_turns()[0].index]
    assert shown == ["wait", ""]


async def test_a_guess_while_the_agent_listens_is_taken_back_too() -> None:
    async with talk() as call:
        await coughs_and_is_guessed_at(call, "the", "")
        await call.waits(2_000)
        assert call.transcripts(Role.USER, is_final=False) == ["the", ""]
        await call.says("when are you open")
        await call.until(lambda: call.all(AudioEnd))
    assert [turn.text for turn in call.caller_turns()] == ["when are you open"]


async def test_a_real_interruption_is_shown_while_it_is_spoken() -> None:
    async with talk() as call:
        await ask_and_hear(call)
        await call.says("wait a moment please")
        await call.waits(20)
        assert call.transcripts(Role.USER, is_final=False)[-1] == "wait a moment please"
        await call.until(lambda: len(call.model.requests) == 2)
    assert call.agent_turns()[0].interrupted
    assert [turn.text for turn in call.caller_turns()] == ["when are you open", "wait a moment please"]


async def test_words_whose_final_text_never_comes_are_answered_all_the_same() -> None:
    async with talk() as call:
        await ask_and_hear(call)
        call.transcriber.stream.final_ms = None
        await call.says("and where are you")
        audio = len(call.all(AudioOut))
        await call.until(lambda: len(call.model.requests) == 2, limit_ms=3_000)
        assert len(call.all(AudioOut)) <= audio + 1, "the agent does not start again in between"
    assert call.agent_turns()[0].interrupted
    assert [turn.text for turn in call.caller_turns()] == ["when are you open", "and where are you"]


async def test_a_cough_before_the_first_sound_does_not_ask_the_model_again() -> None:
    model = FakeModel(ANSWER, "Again.", first_token_ms=600)
    async with FakeCall(make_spec(silence_ms=300), model=model) as call:
        await call.says("when are you open")
        await call.until(lambda: call.caller_turns())
        await coughs_and_is_guessed_at(call, "when are you open the", "")
        await call.until(lambda: call.all(AudioEnd))
    assert len(model.requests) == 1
    assert [turn.text for turn in call.caller_turns()] == ["when are you open"]
    assert call.transcripts(Role.USER)[-1] == "when are you open"
    assert call.agent_turns()[0].heard_text == ANSWER


async def test_a_final_text_ten_seconds_late_is_no_second_question() -> None:
    async with talk() as call:
        call.transcriber.stream.final_ms = 9_000
        await call.says("when are you")
        call.transcriber.stream.hear("when are you open", interim=False)
        await call.until(lambda: call.all(AudioEnd))
        await call.waits(9_000)
    assert len(call.model.requests) == 1
    assert [turn.text for turn in call.caller_turns()] == ["when are you open"]
    assert not call.agent_turns()[0].interrupted


async def test_a_caller_is_heard_through_noise_that_never_pauses() -> None:
    async with talk() as call:
        await call.sounds(12_000, LOUD)
        call.transcriber.stream.hear("when are you open")
        await call.sounds(4_000, LOUD)
        assert [turn.text for turn in call.caller_turns()] == ["when are you open"]
        assert call.transcriber.stream.begun >= 2


async def test_the_agent_speaks_on_through_noise_that_never_pauses_and_can_still_be_interrupted() -> None:
    async with talk() as call:
        await ask_and_hear(call)
        await call.sounds(3_500, LOUD)
        assert call.stops == 1
        resumed = [at for at in call.times(AudioOut) if at > call.times(AudioStop)[0]]
        assert resumed, "after some seconds without a word it is noise"
        call.transcriber.stream.hear("wait a moment")
        await call.sounds(3_000, LOUD)
        assert call.stops == 2
        assert [turn.text for turn in call.caller_turns()] == ["when are you open", "wait a moment"]


async def test_words_at_the_end_of_long_noise_are_asked_for_when_it_pauses() -> None:
    async with talk() as call:
        await call.sounds(12_000, LOUD)
        call.transcriber.stream.hear("when are you open", interim=False)
        await call.until(lambda: call.all(AudioEnd))
    assert [turn.text for turn in call.caller_turns()] == ["when are you open"]


@pytest.mark.parametrize("guess", ["but", "the a", "h m m"])
@pytest.mark.parametrize("sensitivity", [0.5, 1.0])
async def test_what_a_hum_is_taken_for_is_no_interruption(guess: str, sensitivity: float) -> None:
    async with talk(sensitivity=sensitivity) as call:
        await ask_and_hear(call)
        await call.says(guess, ms_per_word=300)
        await call.until(lambda: call.all(AudioEnd))
        await call.waits(3_000)
    assert len(call.model.requests) == 1
    (turn,) = call.agent_turns()
    assert turn.heard_text == ANSWER and not turn.interrupted
    assert [turn.text for turn in call.caller_turns()] == ["when are you open"]


@pytest.mark.parametrize("word", ["stop", "no", "wait"])
async def test_one_short_word_interrupts(word: str) -> None:
    async with talk(sensitivity=0.7) as call:
        await ask_and_hear(call)
        await call.says(word, ms_per_word=250)
        await call.until(lambda: len(call.model.requests) == 2, limit_ms=3_000)
    assert call.agent_turns()[0].interrupted


async def test_a_word_that_is_no_interruption_is_still_an_answer() -> None:
    """Only beside the agent's own voice does it say nothing."""
    async with talk() as call:
        await call.says("the")
        await call.until(lambda: call.all(AudioEnd))
    assert [turn.text for turn in call.caller_turns()] == ["the"]


async def test_what_is_said_after_stop_does_not_overwrite_the_question_before_it() -> None:
    async with talk() as call:
        call.model.first_token_ms = 5_000
        await call.says("when are you open")
        await call.until(lambda: call.caller_turns())
        call.feed(InterruptIn())
        await call.waits(1_000)
        call.model.first_token_ms = 200
        await call.says("and where are you")
        await call.until(lambda: call.all(AudioEnd))
    assert [turn.text for turn in call.caller_turns()] == ["when are you open", "and where are you"]
    assert [message.text for message in call.model.requests[-1]] == ["when are you open", "and where are you"]
    first, second = call.caller_turns()
    assert first.index < second.index


async def test_a_cough_while_a_late_final_text_is_awaited_asks_nothing_twice() -> None:
    async with talk() as call:
        call.model.first_token_ms = 1_000
        call.transcriber.stream.final_ms = None
        await call.says("when are you open on")
        await call.until(lambda: call.model.requests)
        await call.coughs()  # the turn was answered on a guess, and goes on for all one knows
        await call.until(lambda: call.all(AudioOut))
        call.transcriber.stream.deliver("when are you open on sunday")
        call.transcriber.stream.deliver("")
        await call.until(lambda: call.all(AudioEnd))
        await call.waits(3_000)
    assert [turn.text for turn in call.caller_turns()] == ["when are you open on sunday"]
    assert len(call.model.requests) == 1
    assert not call.stops


@pytest.mark.parametrize("final", ["the", "mhm", "uh the"])
async def test_a_cough_that_is_taken_for_a_little_word_does_not_have_the_question_asked_again(
    final: str,
) -> None:
    model = FakeModel(ANSWER, "Again.", first_token_ms=600)
    async with FakeCall(make_spec(silence_ms=300), model=model) as call:
        await call.says("when are you open")
        await call.until(lambda: call.caller_turns())
        await coughs_and_is_guessed_at(call, final, final)
        await call.until(lambda: call.all(AudioEnd))
    assert len(model.requests) == 1
    assert [turn.text for turn in call.caller_turns()] == ["when are you open"]
    assert call.agent_turns()[0].heard_text == ANSWER


async def test_a_letter_after_the_question_belongs_to_it() -> None:
    model = FakeModel(ANSWER, "Again.", first_token_ms=900)
    async with FakeCall(make_spec(silence_ms=300), model=model) as call:
        await call.says("my code is a seven")
        await call.until(lambda: model.requests)
        await call.says("b")
        await call.until(lambda: call.all(AudioEnd))
    assert [turn.text for turn in call.caller_turns()] == ["my code is a seven b"]


async def test_a_hum_with_a_guess_now_and_then_does_not_keep_the_agent_silent() -> None:
    async with talk() as call:
        await ask_and_hear(call)
        for guess in ("the", "and the", "the uh"):
            await call.sounds(1_800, LOUD)
            call.transcriber.stream.hear(guess)
        await call.until(lambda: call.all(AudioEnd))
    assert call.stops == 1
    resumed_ms = next(at for at in call.times(AudioOut) if at > call.times(AudioStop)[0])
    assert resumed_ms - call.times(AudioStop)[0] < 3_000, "without a word it speaks on"


async def test_a_transcriber_that_is_replaced_owes_nothing_and_its_guess_is_kept() -> None:
    async with talk() as call:
        call.transcriber.stream.final_ms = None
        await call.says("when are you open")
        await call.waits(400)
        call.transcriber.stream.fail()
        await call.until(lambda: call.all(AudioOut))
        await call.says("stop", interim=False)
        await call.until(lambda: len(call.model.requests) == 2)
        assert call.stops == 1
    assert [turn.text for turn in call.caller_turns()] == ["when are you open", "stop"]


async def test_a_short_word_right_after_a_late_final_text_is_heard_too() -> None:
    async with talk() as call:
        call.transcriber.stream.final_ms = None
        await call.says("I would like")
        await call.waits(500)
        await call.sounds(300, LOUD)
        await call.waits(180)  # it has been noticed that the caller pauses, and not yet asked what was said
        call.transcriber.stream.deliver("I would like")
        call.transcriber.stream.final_ms = 50
        call.transcriber.stream.hear("Tuesday", interim=False)
        await call.until(lambda: call.all(AudioEnd))
    assert [turn.text for turn in call.caller_turns()] == ["I would like Tuesday"]
    assert call.transcriber.stream.finalized == 2


async def test_who_speaks_for_long_without_a_guess_is_not_spoken_over() -> None:
    """A file at a time is heard by some servers, and a slow one guesses at none."""
    async with talk() as call:
        await ask_and_hear(call)
        onset_ms = now_ms()
        await call.sounds(1_500, LOUD)
        call.ear.hear("are you open", interim=False)
        await call.sounds(3_500, LOUD)
        call.ear.hear("on a sunday", interim=False)
        await call.until(lambda: len(call.model.requests) == 2)
    spoken_over = [at for at in call.times(AudioOut) if onset_ms + 500 < at < onset_ms + 5_000]
    assert not spoken_over and call.stops == 1
    assert call.model.requests[1][-1].text == "are you open on a sunday"


async def test_a_hum_that_is_taken_for_little_words_when_asked_about_does_not_keep_the_agent_silent() -> None:
    async with talk() as call:
        await ask_and_hear(call)
        onset_ms = now_ms()
        for _ in range(300):
            call.ear.hear("the", interim=False)
            await call.sounds(20, LOUD)
        await call.until(lambda: call.all(AudioEnd))
    assert call.stops == 1
    resumed_ms = next(at for at in call.times(AudioOut) if at > call.times(AudioStop)[0])
    assert resumed_ms - onset_ms < 3_000
