"""How a call begins: a line about its recording, a message for a machine, or a caller who comes back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes import FakeCall, FakeModel, FakeSpeech, make_spec
from voice.core.clock import now_ms
from voice.core.errors import EndCode, EndedBy
from voice.core.events import TextIn
from voice.core.spec import Channel, FailedTransfer, Message, RecordingSpec, Role, SessionSpec
from voice.core.tools import ToolCall, transfer_tool
from voice.engine.lines import Line, line

CONSENT = "This call is recorded, so that we can serve you better."
GREETING = "Hello, this is the Harbour Hotel."
MESSAGE = "Hello, this is the Harbour Hotel. Your table is booked for eight. Goodbye."
BOOKED = ToolCall("t1", "transfer", '{"target": "Billing"}')


def recorded_spec(*, is_on: bool = True, consent_line: str = CONSENT, **changes: object) -> SessionSpec:
    spec = make_spec(**{"greeting": GREETING, **changes})
    return replace(spec, agent=replace(spec.agent, recording=RecordingSpec(is_on, consent_line)))


def said(call: FakeCall) -> list[str]:
    return [turn.heard_text for turn in call.agent_turns()]


async def test_the_line_about_the_recording_goes_before_the_greeting() -> None:
    async with FakeCall(recorded_spec()) as call:
        await call.until(lambda: len(call.agent_turns()) == 2 and call.agent_turns()[1].is_complete)
    assert said(call) == [CONSENT, GREETING]


async def test_nobody_can_talk_over_it_and_what_was_said_is_answered_after_the_greeting() -> None:
    model = FakeModel("From seven on.")
    async with FakeCall(recorded_spec(greeting="Hello."), model=model) as call:
        await call.until(lambda: call.audio_ms() > 300)
        await call.says("when is breakfast")
        assert call.stops == 0
        await call.until(lambda: len(said(call)) == 3 and call.agent_turns()[2].is_complete)
    assert said(call) == [CONSENT, "Hello.", "From seven on."]
    assert model.requests[-1][-1].text == "when is breakfast"


async def test_what_was_typed_over_it_is_shown_once_and_after_the_greeting() -> None:
    async with FakeCall(recorded_spec(greeting="Hello."), model=FakeModel("From seven on.")) as call:
        await call.until(lambda: call.audio_ms() > 300)
        call.feed(TextIn("when is breakfast"))
        await call.until(lambda: len(said(call)) == 3)
    assert call.caller_lines() == ["when is breakfast"]


@pytest.mark.parametrize(
    "changes",
    [{"is_on": False}, {"consent_line": " "}],
    ids=["not recorded", "no line"],
)
async def test_without_a_recording_or_a_line_nothing_is_said_of_it(changes: dict[str, object]) -> None:
    async with FakeCall(recorded_spec(**changes)) as call:
        await call.until(lambda: said(call) == [GREETING])
        await call.waits(6_000)
    assert said(call) == [GREETING]


async def test_a_conversation_that_goes_on_is_not_told_again() -> None:
    async with FakeCall(recorded_spec(resumed=True)) as call:
        await call.waits(6_000)
    assert said(call) == []


async def test_without_a_greeting_the_caller_has_the_word_after_it() -> None:
    model = FakeModel("From seven on.")
    async with FakeCall(recorded_spec(greeting=""), model=model) as call:
        await call.until(lambda: said(call) == [CONSENT])
        await call.says("when is breakfast")
        await call.until(lambda: len(said(call)) == 2)


async def test_no_call_is_recorded_of_which_that_could_not_be_said() -> None:
    async with FakeCall(recorded_spec()) as call:
        call.speech.fails_always = True
        await call.until(lambda: call.ended is not None)
        assert call.ended is not None and call.ended.reason.code is EndCode.PROVIDER_FAILED
    assert GREETING not in said(call)


async def test_a_machine_gets_the_message_and_whatever_it_says_the_call_ends_after_it() -> None:
    spec = recorded_spec(voicemail_message=MESSAGE)
    async with FakeCall(spec) as call:
        await call.says("please leave a message after the tone")
        await call.until(lambda: call.ended is not None)
        assert call.ended is not None
        assert (call.ended.reason.code, call.ended.reason.by) == (EndCode.VOICEMAIL_LEFT, EndedBy.AGENT)
    assert " ".join(said(call)) == MESSAGE
    assert call.stops == 0 and call.model.requests == []


@pytest.mark.parametrize(
    ("failed", "spoken", "told_why"),
    [
        (FailedTransfer.NOBODY_ANSWERED, Line.NOBODY_ANSWERED, "nobody answered"),
        (FailedTransfer.BUSY, Line.LINE_IS_BUSY, "the line there is busy"),
        (FailedTransfer.UNREACHABLE, Line.NOT_REACHED, "the number could not be reached"),
    ],
)
@pytest.mark.parametrize("has_voice", [True, False])
async def test_who_comes_back_from_a_transfer_is_told_why_and_the_model_knows(
    failed: FailedTransfer, spoken: Line, told_why: str, has_voice: bool
) -> None:
    model, speech = FakeModel("I can take a message."), FakeSpeech()
    speech.fails_always = not has_voice
    spec = make_spec(
        greeting=GREETING,
        tools=(transfer_tool(["Billing"]),),
        channel=Channel.PHONE,
        resumed=True,
        failed_transfer=failed,
        history=(Message(Role.USER, "billing please"), Message(Role.TOOL, "Done.", call=BOOKED)),
    )
    async with FakeCall(spec, model=model, speech=speech) as call:
        begun_ms = now_ms()
        await call.until(lambda: call.audio_ms() > 0)
        assert now_ms() - begun_ms < 1_000
        await call.until(lambda: said(call) == [line(spoken, "en-US")])
        await call.says("then take a message please")
        await call.until(lambda: len(said(call)) >= 2)
    told = model.requests[-1]
    assert told[1].call == BOOKED and told_why in told[1].text
    assert told[-1].text == "then take a message please"
