"""Replies that are prepared before the caller's turn is over: in time when they were right, gone when not."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes.call import FakeCall, make_spec
from tests.fakes.model import FakeModel
from tests.fakes.speech import FakeSpeech
from tests.fakes.transcriber import FakeTranscriber
from voice.core.errors import ProviderError
from voice.core.events import AudioEnd, ErrorOut, TextIn
from voice.core.spec import Role
from voice.engine import turn_actions as act
from voice.engine import turn_events as told
from voice.engine.endpointing import Endpointing
from voice.engine.turns import TurnMachine
from voice.engine.voice_detector import SpeechFades, SpeechGoesOn, SpeechStarted

ANSWER = "We open at nine."


async def answered(call: FakeCall) -> None:
    await call.until(lambda: call.all(AudioEnd))


async def test_the_reply_is_ready_when_the_turn_ends() -> None:
    model = FakeModel(ANSWER, first_token_ms=150)
    async with FakeCall(make_spec(), model=model, speech=FakeSpeech(first_audio_ms=80)) as call:
        await call.says("when do you open")
        await answered(call)
    took = call.agent_turns()[0].latency
    assert took is not None and took.endpointing_ms is not None
    assert took.voice_to_voice_ms == pytest.approx(took.endpointing_ms, abs=5)
    assert took.first_token_ms == pytest.approx(150, abs=2)
    assert took.own_ms == pytest.approx(0, abs=5)
    assert len(model.requests) == 1
    assert call.ended.counters.drafts_kept == 1
    assert call.ended.counters.drafts_dropped == 0


async def test_without_drafts_the_model_is_asked_when_the_turn_is_over() -> None:
    model = FakeModel(ANSWER, first_token_ms=150)
    async with FakeCall(make_spec(drafts=False), model=model) as call:
        await call.says("when do you open")
        await answered(call)
    took = call.agent_turns()[0].latency
    assert took is not None and took.voice_to_voice_ms is not None and took.endpointing_ms is not None
    assert took.voice_to_voice_ms > took.endpointing_ms + 150
    assert call.ended.counters.drafts_kept == 0


async def test_a_guess_that_can_be_trusted_is_answered_before_its_final_text_comes() -> None:
    model = FakeModel(ANSWER, first_token_ms=100)
    ear = FakeTranscriber(guesses_well=True, final_ms=300)
    async with FakeCall(make_spec(silence_ms=550), model=model, transcriber=ear) as call:
        await call.says("when do you open")
        await call.until(lambda: model.requests)
        assert call.transcriber.stream.finalized == 1
        assert not call.caller_turns()
        await answered(call)
    assert len(model.requests) == 1
    assert [turn.text for turn in call.caller_turns()] == ["when do you open"]


async def test_a_guess_that_cannot_be_trusted_is_not_answered() -> None:
    model = FakeModel(ANSWER)
    async with FakeCall(make_spec(), model=model, transcriber=FakeTranscriber(final_ms=None)) as call:
        await call.says("when do you open")
        await call.waits(500)
        assert not model.requests


async def test_a_caller_who_goes_on_hears_nothing_of_what_was_prepared() -> None:
    model = FakeModel("To the first half.", "To all of it.", first_token_ms=20)
    async with FakeCall(make_spec(silence_ms=900), model=model) as call:
        await call.says("when do you open")
        await call.waits(500)
        assert len(model.requests) == 1
        await call.says("on a sunday")
        await answered(call)
    assert [turn.text for turn in call.caller_turns()] == ["when do you open on a sunday"]
    assert [turn.text for turn in call.agent_turns()] == ["To all of it."]
    assert [message.text for message in model.requests[-1]] == ["when do you open on a sunday"]
    assert "To the first half." not in call.transcripts(Role.AGENT)
    counters = call.ended.counters
    assert (counters.drafts_kept, counters.drafts_dropped) == (1, 1)
    assert counters.drafted_in_vain_characters == len("To the first half.")


async def test_a_dropped_draft_stops_the_vendors_work() -> None:
    model = FakeModel("word " * 500, ANSWER, first_token_ms=20, token_ms=50)
    async with FakeCall(make_spec(silence_ms=900), model=model) as call:
        await call.says("when do you open")
        await call.waits(400)
        assert model.open_streams == 1
        await call.says("on a sunday")
        await call.waits(40)
        assert model.open_streams == 0
        await answered(call)
    assert [turn.text for turn in call.agent_turns()] == [ANSWER]


async def test_a_cough_after_the_question_does_not_drop_what_was_prepared() -> None:
    model = FakeModel(ANSWER, "Again.", first_token_ms=50)
    async with FakeCall(make_spec(silence_ms=900), model=model) as call:
        await call.says("when do you open")
        await call.waits(400)
        await call.says("the", ms_per_word=150)
        await answered(call)
    assert len(model.requests) == 1
    assert call.ended.counters.drafts_kept == 1


async def test_an_unfinished_sentence_is_not_answered_beforehand() -> None:
    model = FakeModel(ANSWER)
    async with FakeCall(make_spec(), model=model) as call:
        await call.says("my number is")
        await call.waits(1_000)
        assert not model.requests


async def test_a_halting_caller_costs_a_few_drafts_at_most() -> None:
    model = FakeModel(ANSWER, first_token_ms=20)
    async with FakeCall(make_spec(silence_ms=1_000), model=model) as call:
        for word in ("tell", "me", "now", "when", "do", "you", "open"):
            await call.says(word)
            await call.waits(500)
        await answered(call)
    assert len(model.requests) <= 4
    assert [turn.text for turn in call.agent_turns()] == [ANSWER]


async def test_a_draft_that_fails_is_nobodys_business_and_the_turn_is_answered_all_the_same() -> None:
    down = ProviderError("fake", "down", retryable=False)
    model = FakeModel(down, ANSWER, first_token_ms=20)
    async with FakeCall(make_spec(silence_ms=900), model=model) as call:
        await call.says("when do you open")
        await answered(call)
    assert not call.all(ErrorOut)
    assert [turn.text for turn in call.agent_turns()] == [ANSWER]


async def test_a_call_that_ends_meanwhile_ends_the_draft() -> None:
    model = FakeModel("word " * 500, token_ms=50)
    async with FakeCall(make_spec(silence_ms=2_000), model=model) as call:
        await call.says("when do you open")
        await call.waits(600)
        assert model.open_streams == 1
    await asyncio.sleep(0)
    assert model.open_streams == 0
    assert not call.agent_turns()
    assert [turn.text for turn in call.caller_turns()] == ["when do you open"]


async def test_typed_words_are_answered_instead() -> None:
    model = FakeModel("To the voice.", "To both.", first_token_ms=20)
    async with FakeCall(make_spec(silence_ms=1_000), model=model) as call:
        await call.says("when do you open")
        await call.waits(400)
        call.feed(TextIn("on a sunday"))
        await answered(call)
    assert [turn.text for turn in call.agent_turns()] == ["To both."]


async def test_a_draft_that_fails_is_not_begun_again_and_again() -> None:
    down = ProviderError("fake", "down", retryable=True)
    model = FakeModel(down, ANSWER, first_token_ms=5)
    async with FakeCall(make_spec(silence_ms=1_500), model=model) as call:
        await call.says("when do you open")
        await call.waits(1_000)
        assert len(model.requests) == 1
        await answered(call)
    assert len(model.requests) == 2
    assert [turn.text for turn in call.agent_turns()] == [ANSWER]


# --- before the pause ---------------------------------------------------------------------------
def machine() -> TurnMachine:
    agent = make_spec().agent
    endpointing = Endpointing.of(agent, 200.0, trusts_guesses=True)
    begun = TurnMachine(agent, endpointing, 0.0)
    begun.handle(told.Began(has_greeting=False), 0.0)
    begun.handle(SpeechStarted(1_000.0), 1_040.0)
    return begun


def drafts(actions: list[act.TurnAction]) -> list[str]:
    return [action.text for action in actions if isinstance(action, act.StartDraft)]


@pytest.mark.parametrize("is_guessed_first", [True, False])
def test_a_whole_sentence_that_fades_is_answered_before_it_is_a_pause(is_guessed_first: bool) -> None:
    turns = machine()
    words, fade = told.Words("When do you open?", is_final=False), SpeechFades(2_000.0)
    first, second = (words, fade) if is_guessed_first else (fade, words)
    assert not drafts(turns.handle(first, 2_090.0))
    assert drafts(turns.handle(second, 2_110.0)) == ["When do you open?"]


FADES = (SpeechFades(2_000), 2_100.0)


def guess(text: str, at_ms: float) -> tuple[told.TurnEvent, float]:
    return told.Words(text, is_final=False), at_ms


@pytest.mark.parametrize(
    "events",
    [
        pytest.param([guess("My number is", 2_050), FADES], id="unfinished"),
        pytest.param([guess("And on Sundays", 2_050), FADES], id="perhaps unfinished"),
        pytest.param([guess("Are you open?", 1_950), FADES], id="an old guess"),
        pytest.param([FADES, (SpeechGoesOn(), 2_130.0), guess("Are you open?", 2_140)], id="goes on"),
    ],
)
def test_before_the_pause_nothing_else_is_answered(events: list[tuple[told.TurnEvent, float]]) -> None:
    turns = machine()
    assert not [text for event, at_ms in events for text in drafts(turns.handle(event, at_ms))]


def test_before_the_pause_a_turn_is_answered_once_only() -> None:
    turns = machine()
    begun = []
    for n in range(4):
        at_ms = 2_000.0 + 500 * n
        begun += drafts(turns.handle(SpeechFades(at_ms), at_ms + 96))
        text = " ".join(["Are you open?"] * (n + 1))
        begun += drafts(turns.handle(told.Words(text, is_final=False), at_ms + 100))
        turns.handle(SpeechGoesOn(), at_ms + 120)
    assert begun == ["Are you open?"]
