"""An agent's call, before it is known whether a person or a machine has answered, and what comes of that."""

from __future__ import annotations

from tests.fakes import FakeCall, FakeModel, make_spec
from voice.core.clock import now_ms
from voice.core.errors import EndCode
from voice.core.spec import LimitsSpec, Role, SessionSpec
from voice.engine.endings import VOICEMAIL_LEFT
from voice.engine.order import Order, OrderOutcome

GREETING = "Hello, this is Acme."
MESSAGE = "This is Acme. Your table is booked. Please call us back."
MACHINE = "nobody is at home please leave a message after the tone"
DOUBT_MS = 20_000.0


def called(**changes: object) -> SessionSpec:
    return make_spec(**{"greeting": GREETING, "doubt_ms": DOUBT_MS, **changes})


def said(call: FakeCall) -> list[str]:
    return [turn.heard_text for turn in call.agent_turns()]


def message() -> Order:
    return Order(now_ms() + 5_000, MESSAGE, ends_call=VOICEMAIL_LEFT)


async def test_who_answers_is_greeted_at_once() -> None:
    async with FakeCall(called()) as call:
        begun_ms = now_ms()
        await call.until(lambda: call.audio_ms() > 0)
        assert now_ms() - begun_ms < 1_000
        await call.until(lambda: said(call) == [GREETING])


async def test_what_a_machine_says_is_not_answered() -> None:
    model = FakeModel("Of course.")
    async with FakeCall(called(), model=model) as call:
        await call.until(lambda: said(call) == [GREETING])
        await call.says(MACHINE)
        await call.waits(3_000)
        await call.says("thank you")
        await call.waits(3_000)
        assert model.requests == [] and len(said(call)) == 1


async def test_the_message_is_said_whole_after_the_beep_and_the_call_ends_with_it() -> None:
    model = FakeModel("Of course.")
    async with FakeCall(called(), model=model) as call:
        await call.until(lambda: said(call) == [GREETING])
        await call.says(MACHINE)
        await call.waits(500)
        before_ms = call.audio_ms()
        outcome = call.session.order(message())
        await call.says("and then the caller of the machine goes on")
        await call.until(lambda: call.ended is not None)
        assert call.ended is not None and call.ended.reason.code is EndCode.VOICEMAIL_LEFT
        assert await outcome is OrderOutcome.HEARD
        assert call.audio_ms() > before_ms
    assert " ".join(said(call)) == f"{GREETING} {MESSAGE}"
    assert model.requests == []
    assert [turn.text for turn in call.caller_turns()][0] == MACHINE
    assert call.turns()[1].role is Role.USER, "it was heard before the message"


async def test_the_message_takes_the_place_of_a_greeting_that_nothing_interrupts() -> None:
    async with FakeCall(called(greeting=GREETING * 6, greeting_interruptible=False)) as call:
        await call.until(lambda: call.audio_ms() > 600)
        call.session.order(message())
        await call.until(lambda: call.ended is not None)
        assert call.stops == 1
    first, *rest = call.agent_turns()
    assert first.interrupted and len(first.heard_text) < len(GREETING * 6)
    assert " ".join(turn.heard_text for turn in rest) == MESSAGE


async def test_a_person_is_answered_as_soon_as_they_are_known_for_one() -> None:
    model = FakeModel("At eight.")
    async with FakeCall(called(), model=model) as call:
        await call.until(lambda: said(call) == [GREETING])
        await call.says("when is my table")
        await call.waits(1_500)
        assert model.requests == []
        call.session.person_answered()
        await call.until(lambda: said(call) == [GREETING, "At eight."], limit_ms=3_000)
    assert len(model.requests) == 1
    assert model.requests[-1][-1].text == "when is my table"


async def test_a_person_who_is_known_early_is_answered_without_delay() -> None:
    model = FakeModel("At eight.")
    async with FakeCall(called(), model=model) as call:
        call.session.person_answered()
        await call.until(lambda: said(call) == [GREETING])
        await call.says("when is my table")
        await call.until(lambda: len(said(call)) == 2, limit_ms=3_000)


async def test_a_hello_at_the_first_moment_does_not_hold_back_the_greeting() -> None:
    async with FakeCall(called()) as call:
        await call.says("hello who is there")
        begun_ms = now_ms()
        await call.until(lambda: call.audio_ms() > 0)
        assert now_ms() - begun_ms < 2_000


async def test_a_carrier_that_never_tells_does_not_silence_the_agent() -> None:
    model = FakeModel("At eight.")
    async with FakeCall(called(doubt_ms=8_000.0), model=model) as call:
        begun_ms = now_ms()
        await call.until(lambda: said(call) == [GREETING])
        await call.says("when is my table")
        await call.until(lambda: len(said(call)) == 2, limit_ms=10_000)
        assert 8_000 < now_ms() - begun_ms < 11_000


LONG_GREETING = " ".join([MACHINE] * 10)


async def test_a_machine_that_speaks_for_half_a_minute_is_not_interrupted() -> None:
    model = FakeModel("Of course.")
    async with FakeCall(called(), model=model) as call:
        await call.until(lambda: said(call) == [GREETING])
        begun_ms = now_ms()
        for part in (LONG_GREETING[:250], LONG_GREETING[250:]):
            await call.says(part)
            await call.waits(2_000)
        assert now_ms() - begun_ms > 30_000
        assert model.requests == [] and len(said(call)) == 1
        call.session.order(message())
        await call.until(lambda: call.ended is not None)
    assert " ".join(said(call)) == f"{GREETING} {MESSAGE}"


async def test_a_machine_of_which_the_carrier_never_tells_is_answered_when_it_has_been_silent() -> None:
    model = FakeModel("Of course.")
    async with FakeCall(called(), model=model) as call:
        await call.says(LONG_GREETING)
        silent_ms = now_ms()
        await call.until(lambda: model.requests, limit_ms=9_000)
        assert now_ms() - silent_ms > 5_000


async def test_whoever_speaks_without_end_is_answered_after_a_minute() -> None:
    model = FakeModel("Of course.")
    async with FakeCall(called(), model=model) as call:
        begun_ms = now_ms()
        while not model.requests and now_ms() - begun_ms < 90_000:
            await call.says("nobody is at home")
            await call.waits(1_500)
        assert 60_000 < now_ms() - begun_ms < 70_000


async def test_a_machine_without_words_is_not_asked_whether_it_is_there_before_its_beep() -> None:
    limits = LimitsSpec(reminder_s=5, reminders=1, hang_up_s=12)
    async with FakeCall(called(limits=limits)) as call:
        await call.until(lambda: said(call) == [GREETING])
        await call.waits(16_000)
        assert said(call) == [GREETING] and call.ended is None
        call.session.person_answered()
        told_ms = now_ms()
        await call.until(lambda: len(said(call)) == 2, limit_ms=9_000)
        assert now_ms() - told_ms > 5_000, "a person's silence begins here"


async def test_a_message_that_no_voice_can_say_is_not_called_left() -> None:
    async with FakeCall(called()) as call:
        await call.until(lambda: said(call) == [GREETING])
        call.speech.fails_always = True
        outcome = call.session.order(message())
        await call.until(lambda: call.ended is not None)
        assert call.ended is not None and call.ended.reason.code is EndCode.PROVIDER_FAILED
        assert await outcome is OrderOutcome.NOT_SPOKEN
