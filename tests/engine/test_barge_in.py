"""The caller speaks over the agent: silence at once, then a decision, and a history of what was heard."""

from __future__ import annotations

import pytest

from tests.fakes import FakeCall, FakeModel, make_spec
from voice.core.audio import MP3_24000
from voice.core.events import AudioEnd, AudioOut, AudioStop, InterruptIn, TextIn
from voice.core.spec import LimitsSpec, Role

ANSWER = "We are open from nine in the morning until five in the afternoon. Come and see us any day."
FRAME_MS = 32


def talk(**changes: object) -> FakeCall:
    return FakeCall(make_spec(**changes), model=FakeModel(ANSWER, "What would you like to know?"))


async def ask_and_hear(call: FakeCall, for_ms: float = 1500) -> None:
    await call.says("when are you open")
    await call.until(lambda: call.all(AudioOut))
    await call.waits(for_ms)


async def test_at_full_sensitivity_the_agent_falls_silent_with_the_first_voiced_frame() -> None:
    async with talk(sensitivity=1.0) as call:
        await ask_and_hear(call)
        onset_ms = call.times(AudioOut)[-1]
        await call.says("wait a moment")
        assert call.stops == 1
        assert call.times(AudioStop)[0] - onset_ms <= 2 * FRAME_MS + 40


async def test_history_holds_what_was_heard_to_the_word_and_says_that_it_was_interrupted() -> None:
    async with talk() as call:
        await ask_and_hear(call, 1500)
        await call.says("wait a moment")
        await call.until(lambda: len(call.model.requests) == 2)
    turn = call.agent_turns()[0]
    assert turn.interrupted and turn.is_complete
    assert turn.text.startswith(turn.heard_text) and 5 < len(turn.heard_text) < 60
    assert not turn.heard_text.endswith(" ") and turn.text[len(turn.heard_text)] in " .,"
    told = call.model.requests[1]
    assert [(m.role, m.text, m.interrupted) for m in told] == [
        (Role.USER, "when are you open", False),
        (Role.AGENT, turn.heard_text, True),
        (Role.USER, "wait a moment", False),
    ]
    # The fake speaks 60 ms a character; a word counts as heard up to 30 ms before its end.
    heard_until_ms = turn.words[len(turn.heard_text.split()) - 1].end_ms
    played_ms = sum(e.duration_ms for e in call.all(AudioOut) if e.turn_index == turn.index)
    assert heard_until_ms <= played_ms + 30


async def test_a_cough_costs_a_pause_and_nothing_else() -> None:
    async with talk() as call:
        await ask_and_hear(call)
        await call.coughs(200)
        assert call.stops == 1
        before_ms = call.times(AudioStop)[0]
        await call.until(lambda: call.all(AudioEnd))
    resumed_ms = next(at for at in call.times(AudioOut) if at > before_ms)
    assert resumed_ms - before_ms <= 200 + 160 + 300 + 50
    turn = call.agent_turns()[0]
    assert len(call.model.requests) == 1 and len(call.agent_turns()) == 1
    assert turn.heard_text == ANSWER and not turn.interrupted


async def test_the_reply_goes_on_where_it_was_heard() -> None:
    async with talk() as call:
        await ask_and_hear(call)
        await call.coughs(200)
        await call.until(lambda: call.all(AudioEnd))
    whole_ms = len(ANSWER) * 60
    # Frames that were sent but not heard are sent again: the lead, and no more.
    assert whole_ms <= call.audio_ms() + 1 <= whole_ms + 500


@pytest.mark.parametrize("words", ["mhm", "okay", "yeah right"])
async def test_an_acknowledgement_does_not_even_stop_the_agent_below_full_sensitivity(words: str) -> None:
    async with talk(sensitivity=0.7) as call:
        await ask_and_hear(call)
        await call.says(words, ms_per_word=200)
        await call.until(lambda: call.all(AudioEnd))
    assert call.stops == 0
    assert len(call.model.requests) == 1
    assert call.agent_turns()[0].heard_text == ANSWER


async def test_at_sensitivity_zero_the_agent_speaks_on_and_answers_afterwards() -> None:
    async with talk(sensitivity=0.0) as call:
        await ask_and_hear(call)
        await call.says("and where are you then")
        await call.until(lambda: len(call.all(AudioEnd)) == 2)
    assert call.stops == 0
    assert [turn.text for turn in call.caller_turns()] == ["when are you open", "and where are you then"]
    assert call.agent_turns()[0].heard_text == ANSWER


@pytest.mark.parametrize("interruptible", [True, False])
async def test_the_greeting_follows_its_own_setting(interruptible: bool) -> None:
    greeting = "Hello and welcome, this is Ada from the practice, how can I help you today?"
    spec = make_spec(greeting=greeting, greeting_interruptible=interruptible)
    async with FakeCall(spec, model=FakeModel("Yes.")) as call:
        await call.until(lambda: call.all(AudioOut))
        await call.waits(500)
        await call.says("are you open today")
        await call.until(lambda: len(call.all(AudioEnd)) >= (1 if interruptible else 2))
    assert call.stops == (1 if interruptible else 0)
    assert (call.agent_turns()[0].heard_text == greeting) is not interruptible
    assert call.caller_turns()[0].text == "are you open today"
    assert call.agent_turns()[1].text == "Yes."


async def test_typed_words_and_the_stop_button_interrupt_at_any_sensitivity() -> None:
    for sensitivity in (0.0, 1.0):
        async with talk(sensitivity=sensitivity) as call:
            await ask_and_hear(call)
            call.feed(TextIn("and tomorrow?"))
            await call.until(lambda: len(call.model.requests) == 2)
            assert call.stops == 1
            await call.until(lambda: len(call.agent_turns()) == 2)
            await call.waits(300)
            call.feed(InterruptIn())
            await call.waits(100)
            assert call.stops == 2
        assert [turn.interrupted for turn in call.agent_turns()] == [True, True]


async def test_speaking_on_before_the_reply_sounds_makes_one_longer_turn() -> None:
    model = FakeModel("First.", "Second.", first_token_ms=800)
    async with FakeCall(make_spec(silence_ms=300), model=model) as call:
        await call.says("I would like")
        await call.until(lambda: len(model.requests) == 1)
        await call.waits(200)
        await call.sounds(320, b"\xb8\x0b")
        call.transcriber.stream.hear("an appointment")
        await call.until(lambda: call.all(AudioEnd))
    assert [turn.text for turn in call.caller_turns()] == ["I would like an appointment"]
    assert [turn.text for turn in call.agent_turns()] == ["Second."]
    assert [m.text for m in model.requests[-1]] == ["I would like an appointment"]


async def test_with_files_a_false_alarm_starts_again_at_the_word_that_was_cut() -> None:
    async with talk(audio_out=MP3_24000) as call:
        await ask_and_hear(call, 1500)
        await call.coughs(200)
        await call.until(lambda: call.all(AudioEnd))
    files = call.all(AudioOut)
    first, again = files[0], files[1]
    assert call.stops == 1
    assert again.duration_ms < first.duration_ms
    assert call.agent_turns()[0].heard_text == ANSWER


async def test_a_cut_while_the_model_pauses_is_an_interruption_too() -> None:
    model = FakeModel("We are open from nine. And until five.", "Yes?")
    model.stalls_after = 6
    async with FakeCall(model=model) as call:
        await call.says("when are you open")
        await call.until(lambda: call.all(AudioOut))
        await call.waits(2_500)
        await call.says("wait a moment please")
        await call.until(lambda: len(call.model.requests) == 2)
    turn = call.agent_turns()[0]
    assert turn.interrupted and turn.heard_text == turn.text
    assert [m.interrupted for m in call.model.requests[1] if m.role is Role.AGENT] == [True]


async def test_only_what_the_caller_cut_counts_as_an_interruption() -> None:
    limits = LimitsSpec(reminder_s=0, reminders=0, hang_up_s=0, max_call_s=4)
    async with FakeCall(make_spec(limits=limits), model=FakeModel(ANSWER)) as call:
        await ask_and_hear(call, 500)
        await call.until(lambda: call.ended)
    assert call.ended is not None and call.ended.counters.interruptions == 0
    assert call.agent_turns()[0].interrupted


async def test_interruptions_and_false_ones_are_counted() -> None:
    async with talk() as call:
        await ask_and_hear(call)
        await call.coughs(200)
        await call.waits(1500)
        await call.says("wait a moment")
        await call.waits(500)
    assert call.ended is not None
    assert (call.ended.counters.false_interruptions, call.ended.counters.interruptions) == (1, 1)
