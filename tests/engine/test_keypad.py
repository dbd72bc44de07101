"""Telephone keys: one message or many, over speech, greetings and noise, and never without a bound."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes import FakeCall, FakeModel, make_spec
from tests.fakes.call import LOUD
from voice.core.clock import now_ms
from voice.core.errors import EndCode
from voice.core.events import AudioEnd, Dtmf, SessionEnded
from voice.core.spec import KeypadSpec, LimitsSpec, SessionSpec

STORY = "Once upon a time there was a king who had three daughters and a very large garden. " * 3


def keypad_spec(keypad: KeypadSpec | None = None, **changes: object) -> SessionSpec:
    spec = make_spec(**changes)
    return replace(spec, agent=replace(spec.agent, keypad=keypad or KeypadSpec()))


async def press(call: FakeCall, keys: str, every_ms: float = 300.0) -> None:
    for key in keys:
        call.feed(Dtmf(key))
        await call.waits(every_ms)


def asked(model: FakeModel) -> list[str]:
    return [messages[-1].text for messages in model.requests]


async def test_keys_up_to_the_terminator_are_one_message_and_one_turn() -> None:
    model = FakeModel("Thank you.")
    async with FakeCall(keypad_spec(), model=model) as call:
        await press(call, "123#")
        await call.until(lambda: call.all(AudioEnd))
    assert asked(model) == ["[pressed 1 2 3 #]"]
    turn = call.caller_turns()[0]
    assert turn.text == "[pressed 1 2 3 #]" and turn.is_complete
    assert turn.ended_at_ms is not None and turn.ended_at_ms - turn.started_at_ms == pytest.approx(
        900, abs=40
    )


async def test_without_a_terminator_a_pause_ends_the_message() -> None:
    model = FakeModel("Thank you.")
    async with FakeCall(keypad_spec(), model=model) as call:
        await press(call, "42")
        pressed_ms = now_ms() - 300
        await call.waits(2_000)
        assert model.requests == []
        await call.until(lambda: model.requests)
    assert now_ms() - pressed_ms >= 2_500
    assert asked(model) == ["[pressed 4 2]"]


async def test_the_most_digits_end_the_message() -> None:
    model = FakeModel("Thank you.")
    async with FakeCall(keypad_spec(KeypadSpec(most_digits=4)), model=model) as call:
        await press(call, "1234")
        await call.until(lambda: model.requests, 500)
    assert asked(model) == ["[pressed 1 2 3 4]"]


async def test_single_keys_are_messages_at_once_and_the_terminator_is_one_of_them() -> None:
    model = FakeModel("Thank you.")
    async with FakeCall(keypad_spec(KeypadSpec(collects=False)), model=model) as call:
        for key in "7#":
            await press(call, key)
            await call.until(lambda: call.all(AudioEnd))
            call.log.clear()
    assert asked(model) == ["[pressed 7]", "[pressed #]"]


async def test_a_key_silences_the_agent_at_once_also_at_the_least_sensitivity() -> None:
    model = FakeModel(STORY, "Billing it is.")
    async with FakeCall(keypad_spec(sensitivity=0.0), model=model) as call:
        await call.says("tell me a story")
        await call.until(lambda: call.audio_ms() > 1_000)
        call.feed(Dtmf("2"))
        await call.waits(20)
        assert call.stops == 1
        await call.until(lambda: len(call.agent_turns()) == 2)
    assert call.agent_turns()[0].interrupted
    assert asked(model)[-1] == "[pressed 2]"


async def test_a_key_before_the_first_sound_of_the_answer_belongs_to_the_question() -> None:
    model = FakeModel("Thank you.", first_token_ms=900)
    async with FakeCall(keypad_spec(drafts=False), model=model) as call:
        await call.says("my number is")
        await call.until(lambda: model.requests)
        await press(call, "12#")
        await call.until(lambda: call.all(AudioEnd))
    assert [turn.text for turn in call.caller_turns()] == ["my number is [pressed 1 2 #]"]
    assert len(call.agent_turns()) == 1


async def test_what_is_said_while_keys_are_pressed_waits_for_them() -> None:
    model = FakeModel("Thank you.")
    async with FakeCall(keypad_spec(drafts=False), model=model) as call:
        await press(call, "1")
        await call.says("wait please")
        await call.waits(1_000)
        assert model.requests == []
        await press(call, "2#")
        await call.until(lambda: call.all(AudioEnd))
    assert asked(model) == ["wait please [pressed 1 2 #]"]


async def test_who_speaks_on_when_no_more_keys_come_is_heard_to_the_end() -> None:
    model = FakeModel("Thank you.")
    async with FakeCall(keypad_spec(drafts=False), model=model) as call:
        await press(call, "1")
        await call.says("and now I have to look up the rest of the number")
        await call.until(lambda: call.all(AudioEnd))
    (text,) = asked(model)
    assert "[pressed 1]" in text and text.replace("[pressed 1] ", "").endswith("rest of the number")


async def test_over_a_greeting_that_nothing_stops_keys_wait_for_its_end() -> None:
    model = FakeModel("Billing.")
    greeting = "Welcome to the Harbour Hotel, this call may take a while."
    spec = keypad_spec(greeting=greeting, greeting_interruptible=False)
    async with FakeCall(spec, model=model) as call:
        await call.until(lambda: call.audio_ms() > 500)
        await press(call, "1#")
        assert call.stops == 0
        await call.until(lambda: len(call.agent_turns()) == 2)
    assert call.agent_turns()[0].heard_text == greeting
    assert asked(model) == ["[pressed 1 #]"]


async def test_a_greeting_that_may_be_interrupted_is() -> None:
    model = FakeModel("Billing.")
    async with FakeCall(keypad_spec(greeting=STORY), model=model) as call:
        await call.until(lambda: call.audio_ms() > 500)
        await press(call, "1#")
        await call.until(lambda: len(call.agent_turns()) == 2)
    assert call.agent_turns()[0].interrupted


async def test_keys_are_understood_in_noise() -> None:
    model = FakeModel("Thank you.")
    async with FakeCall(keypad_spec(), model=model) as call:
        await call.sounds(12_000, LOUD)
        call.feed(Dtmf("5"))
        await call.sounds(200, LOUD)
        call.feed(Dtmf("#"))
        await call.sounds(4_000, LOUD)
        assert asked(model) == ["[pressed 5 #]"]
        assert call.agent_turns()[0].heard_text == "Thank you."


async def test_nobody_is_reminded_while_keys_are_being_pressed() -> None:
    limits = LimitsSpec(reminder_s=3, reminders=1, hang_up_s=4)
    spec = keypad_spec(KeypadSpec(pause_ms=8_000), limits=limits)
    model = FakeModel("Thank you.")
    async with FakeCall(spec, model=model) as call:
        await press(call, "12", every_ms=6_000)
        assert call.agent_turns() == [] and call.all(SessionEnded) == []
        await press(call, "#")
        await call.until(lambda: call.all(AudioEnd))
    assert asked(model) == ["[pressed 1 2 #]"]


async def test_who_types_a_long_number_fast_loses_neither_the_call_nor_a_key() -> None:
    number = "12345678901234567890123456789012345678901234567890"
    model = FakeModel("Thank you.")
    async with FakeCall(keypad_spec(KeypadSpec(collects=False)), model=model) as call:
        await press(call, number, every_ms=120)
        assert call.ended is None
        await call.waits(6_000)
        assert call.ended is None
        await press(call, "7")
        await call.until(lambda: asked(model)[-1] == "[pressed 7]", 100)
    pressed = [turn.text for turn in call.caller_turns()]
    keys = "".join(pressed).replace("[pressed", "").replace("]", "").replace(" ", "")
    assert keys == number + "7"


KEY_BY_KEY = [(KeypadSpec(collects=False), "1"), (KeypadSpec(), "#"), (KeypadSpec(most_digits=1), "1")]


@pytest.mark.parametrize(("keypad", "key"), KEY_BY_KEY)
async def test_a_telephone_that_repeats_a_key_asks_the_model_no_oftener_than_typed_words_could(
    keypad: KeypadSpec, key: str
) -> None:
    model = FakeModel("Thank you.")
    async with FakeCall(keypad_spec(keypad), model=model) as call:
        await press(call, key * 300, every_ms=60)
        assert call.ended is None
    assert 20 <= len(model.requests) <= 20 + 2 * 18


@pytest.mark.parametrize(("keypad", "key"), KEY_BY_KEY)
async def test_more_keys_than_any_telephone_sends_end_the_call(keypad: KeypadSpec, key: str) -> None:
    model = FakeModel("Thank you.")
    async with FakeCall(keypad_spec(keypad), model=model) as call:
        for _ in range(300):
            if call.ended is None:
                await press(call, key, every_ms=20)
        assert call.ended is not None and call.ended.reason.code is EndCode.INVALID_INPUT
    assert len(model.requests) <= 30


async def test_what_is_no_key_is_none_and_a_flood_of_keys_ends_the_call() -> None:
    model = FakeModel("Thank you.")
    async with FakeCall(keypad_spec(), model=model) as call:
        for nonsense in ("", "12", "x", "\n"):
            call.feed(Dtmf(nonsense))
        await call.waits(4_000)
        assert model.requests == []
        for _ in range(240):
            call.feed(Dtmf("1"))
        await call.until(lambda: call.ended is not None)
        assert call.ended is not None and call.ended.reason.code is EndCode.INVALID_INPUT
