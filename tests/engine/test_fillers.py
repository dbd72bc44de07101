"""A few words while a tool runs or the model is slow: in time, in the agent's language, never in the way."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from tests.fakes import Acts, FakeCall, FakeModel, FakeSpeech, FakeTools, make_spec
from voice.core.audio import MP3_24000, PCM_16000
from voice.core.clock import now_ms
from voice.core.errors import ProviderError
from voice.core.events import AudioEnd, AudioOut
from voice.core.spec import Role, SessionSpec
from voice.core.tools import HANG_UP, ToolSpec
from voice.engine.lines import Line, line
from voice.engine.order import Order

LOOK = ToolSpec("look", "Looks something up.", time_limit_s=30.0)
LOOKING = Acts(("look", "{}"))


def filled_spec(*, language: str = "en-US", **changes: object) -> SessionSpec:
    spec = make_spec(tools=(LOOK, HANG_UP), fillers=True, **changes)
    return replace(spec, agent=replace(spec.agent, language=language))


def fillers(call: FakeCall) -> list[str]:
    return [turn.text for turn in call.agent_turns() if turn.is_filler]


def answers(call: FakeCall) -> list[str]:
    return [turn.heard_text for turn in call.agent_turns() if not turn.is_filler]


@pytest.mark.parametrize("audio_out", [PCM_16000, MP3_24000])
async def test_a_tool_that_takes_long_is_bridged(audio_out: object) -> None:
    model, tools = FakeModel(LOOKING, "There it is."), FakeTools(takes_ms=4_000)
    speech = FakeSpeech(first_audio_ms=50)
    async with FakeCall(
        filled_spec(drafts=False, audio_out=audio_out), model=model, tools=tools, speech=speech
    ) as call:
        await call.says("where is it")
        await call.until(lambda: call.all(AudioEnd))
    assert fillers(call) == ["One moment, please."]
    assert answers(call) == ["There it is."]
    gap_ms = call.agent_turns()[0].started_at_ms - call.caller_turns()[0].ended_at_ms
    assert 1_000 <= gap_ms <= 2_000


async def test_a_quick_tool_needs_none() -> None:
    model, tools = FakeModel(LOOKING, "There it is."), FakeTools(takes_ms=300)
    async with FakeCall(filled_spec(), model=model, tools=tools) as call:
        await call.says("where is it")
        await call.until(lambda: call.all(AudioEnd))
    assert fillers(call) == []


async def test_a_slow_model_is_bridged_and_the_answer_waits_for_the_rest_of_it_only() -> None:
    model = FakeModel("It is on the shelf.", first_token_ms=2_500)
    speech = FakeSpeech(first_audio_ms=50)
    async with FakeCall(filled_spec(), model=model, speech=speech) as call:
        await call.says("where is it")
        await call.until(lambda: call.all(AudioEnd))
    filler, answer = call.agent_turns()
    assert filler.is_filler and filler.heard_text == "One moment, please."
    assert not answer.is_filler and answer.heard_text == "It is on the shelf."
    filler_ms = speech.duration_ms(filler.text)
    assert answer.started_at_ms <= filler.started_at_ms + filler_ms + 50
    assert filler.latency.voice_to_voice_ms is None, "a filler is not what the caller waits for"
    assert answer.latency.voice_to_voice_ms >= 2_500


async def test_the_model_is_not_told_of_fillers() -> None:
    model = FakeModel(LOOKING, "There it is.", "Bye.")
    async with FakeCall(filled_spec(), model=model, tools=FakeTools(takes_ms=3_000)) as call:
        await call.says("where is it")
        await call.until(lambda: call.all(AudioEnd))
        await call.says("thank you very much")
        await call.until(lambda: len(call.all(AudioEnd)) == 2)
    assert fillers(call)
    told = model.requests[-1]
    assert [message.role for message in told] == [Role.USER, Role.TOOL, Role.AGENT, Role.USER]
    assert told[2].text == "There it is."


async def test_never_the_same_twice_in_a_row() -> None:
    model = FakeModel(LOOKING, "Here.", LOOKING, "And here.", LOOKING, "Done.")
    tools = FakeTools(takes_ms=20_000)
    async with FakeCall(filled_spec(), model=model, tools=tools) as call:
        for number in (1, 2, 3):
            await call.says("where is it then")
            await call.until(lambda number=number: len(call.all(AudioEnd)) == number)
    said = fillers(call)
    assert len(said) >= 6
    assert all(before != after for before, after in pairwise(said))
    assert len(tools.asked) == 3


@pytest.mark.parametrize(
    ("language", "words"),
    [("de-DE", "Einen Moment, bitte."), ("fr-FR", "Un instant"), ("es-ES", "Un momento"), ("pt-BR", "One")],
)
async def test_they_are_said_in_the_agents_language(language: str, words: str) -> None:
    model, tools = FakeModel(LOOKING, "Ja."), FakeTools(takes_ms=3_000)
    async with FakeCall(filled_spec(language=language), model=model, tools=tools) as call:
        await call.says("wo ist es")
        await call.until(lambda: call.all(AudioEnd))
    assert fillers(call)[0].startswith(words)


async def test_switched_off_there_are_none() -> None:
    model, tools = FakeModel(LOOKING, "There it is."), FakeTools(takes_ms=4_000)
    spec = make_spec(tools=(LOOK,), fillers=False)
    async with FakeCall(spec, model=model, tools=tools) as call:
        await call.says("where is it")
        await call.until(lambda: call.all(AudioEnd))
    assert fillers(call) == []


async def test_a_caller_who_speaks_stops_it_like_anything_else() -> None:
    model = FakeModel(LOOKING, "Good.")
    async with FakeCall(filled_spec(drafts=False), model=model, tools=FakeTools(takes_ms=9_000)) as call:
        await call.says("where is it")
        await call.until(lambda: call.all(AudioOut))
        await call.waits(100)
        await call.says("never mind i have found it")
        await call.until(lambda: call.all(AudioEnd))
    assert call.stops >= 1
    filler = call.agent_turns()[0]
    assert filler.is_filler and filler.interrupted
    assert len(filler.heard_text) < len(filler.text)


async def test_nobody_is_filled_while_the_caller_speaks_and_the_wait_begins_anew() -> None:
    model = FakeModel("Here.", first_token_ms=6_000)
    async with FakeCall(filled_spec(silence_ms=300, drafts=False), model=model) as call:
        await call.says("where is it")
        await call.waits(900)
        await call.coughs(600)
        quiet_from_ms = call.log[-1][0]
        began = len(call.all(AudioOut))
        assert not began
        await call.until(lambda: call.all(AudioOut))
    assert call.times(AudioOut)[0] >= quiet_from_ms
    assert fillers(call)


async def test_words_before_the_tool_count_and_the_time_runs_from_their_end() -> None:
    model = FakeModel(Acts(("look", "{}"), text="Let me look into our book for you."), "There it is.")
    tools = FakeTools(takes_ms=6_000)
    async with FakeCall(filled_spec(), model=model, tools=tools) as call:
        await call.says("where is it")
        await call.until(lambda: call.all(AudioEnd))
    before, filler, _ = call.agent_turns()
    assert filler.is_filler
    ends_ms = before.started_at_ms + call.speech.duration_ms(before.text)
    assert filler.started_at_ms == pytest.approx(ends_ms + 1_000, abs=250)


async def test_a_filler_that_nothing_follows_is_followed_by_an_apology() -> None:
    down = ProviderError("fake", "down", retryable=True)
    model = FakeModel(down, first_token_ms=2_000)
    async with FakeCall(filled_spec(drafts=False), model=model) as call:
        await call.says("where is it")
        await call.until(lambda: len(call.all(AudioEnd)) == 2)
    assert fillers(call)
    assert answers(call)[0].startswith("Sorry, something went wrong")


async def test_a_goodbye_is_not_filled() -> None:
    bye = Acts(("hang_up", '{"closing": "Goodbye."}'))
    call = FakeCall(filled_spec(), model=FakeModel(bye), speech=FakeSpeech(first_audio_ms=3_000))
    async with call:
        await call.says("goodbye")
        await call.until(lambda: call.ended)
    assert fillers(call) == []


async def test_the_second_time_a_filler_is_there_at_once() -> None:
    model = FakeModel(*[LOOKING, "Here."] * 5)
    speech = FakeSpeech()
    async with FakeCall(filled_spec(), model=model, speech=speech, tools=FakeTools(takes_ms=2_500)) as call:
        for number in range(1, 6):
            await call.says("where is it then")
            await call.until(lambda number=number: len(call.all(AudioEnd)) == number)
    said = fillers(call)
    assert len(said) == 5 and said[0] == said[4]
    assert speech.spoken.count(said[0]) == 1


async def test_a_model_that_never_answers_is_apologised_for_after_a_filler_too() -> None:
    model = FakeModel("Never.", first_token_ms=3_600_000)
    async with FakeCall(filled_spec(), model=model) as call:
        await call.says("where is it")
        await call.until(lambda: len(call.all(AudioEnd)) == 2, limit_ms=40_000)
    assert fillers(call) == ["One moment, please."]
    assert answers(call) == [line(Line.SORRY, "en")]


async def test_a_model_that_answers_when_it_is_asked_again_is_heard_after_a_filler_too() -> None:
    gone = ProviderError("fake", "gone", retryable=True)
    model = FakeModel(gone, "It is on the shelf.", first_token_ms=7_500)
    async with FakeCall(filled_spec(drafts=False), model=model) as call:
        await call.says("where is it")
        await call.until(lambda: call.all(AudioEnd), limit_ms=40_000)
    assert answers(call) == ["It is on the shelf."]


async def test_a_filler_is_no_answer_when_the_voice_is_lost_for_the_answer() -> None:
    speech = FakeSpeech(first_audio_ms=50)
    model = FakeModel("It is on the shelf.", first_token_ms=2_500)
    async with FakeCall(filled_spec(), model=model, speech=speech) as call:
        speech.fails_on = {"It is on the shelf."}
        await call.says("where is it")
        await call.until(lambda: len(call.all(AudioEnd)) == 2, limit_ms=20_000)
    assert answers(call) == [line(Line.SORRY, "en")]


@pytest.mark.parametrize("coughs", [False, True])
async def test_a_question_is_answered_after_an_order_that_took_the_place_of_its_filler(coughs: bool) -> None:
    model = FakeModel("It is on the shelf.", first_token_ms=4_000)
    async with FakeCall(filled_spec(), model=model) as call:
        await call.says("where is it")
        await call.until(lambda: call.audio_ms() > 200)
        if coughs:
            await call.coughs()
        call.session.order(Order(now_ms() + 30_000, "Your table is ready.", at_once=True))
        await call.until(lambda: len(call.all(AudioEnd)) == 2, limit_ms=20_000)
    assert answers(call) == ["Your table is ready.", "It is on the shelf."]
    assert [turn.text for turn in call.caller_turns()] == ["where is it"]
