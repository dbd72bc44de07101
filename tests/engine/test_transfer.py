"""Putting a caller through: a line that is heard to its end, then somebody else has the call."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes import Acts, FakeCall, FakeModel, FakeTools, make_spec
from voice.core.errors import EndCode, EndedBy, ToolError
from voice.core.events import AudioEnd, Dtmf, HandedOver, SessionEnded
from voice.core.spec import Channel, SessionSpec, TransferSpec, TransferTarget
from voice.core.tools import HANG_UP, ToolSpec, ToolStatus, transfer_tool
from voice.engine.lines import Line, line

BILLING = TransferTarget("Billing", "+15550100", "I will put you through to our billing department now.")
DOOR = TransferTarget("Front door", "sip:door@example.com")
TO_BILLING = ("transfer", '{"target": "Billing"}')
TO_DOOR = ("transfer", '{"target": "Front door"}')
WEATHER = ToolSpec("weather", "The weather in a town.")


def phone_spec(*tools: ToolSpec, channel: Channel = Channel.PHONE) -> SessionSpec:
    targets = (BILLING, DOOR)
    offered = (HANG_UP, transfer_tool([target.name for target in targets]), *tools)
    spec = make_spec(tools=offered, channel=channel, drafts=False)
    return replace(spec, agent=replace(spec.agent, transfer=TransferSpec(targets, ring_s=15)))


def handovers(call: FakeCall) -> list[HandedOver]:
    found: list[HandedOver] = call.all(HandedOver)
    return found


def status(call: FakeCall) -> list[ToolStatus]:
    return [turn.tool.status for turn in call.tool_turns() if turn.tool]


async def test_the_line_is_heard_and_then_the_caller_is_handed_over() -> None:
    async with FakeCall(phone_spec(), model=FakeModel(Acts(TO_BILLING))) as call:
        await call.says("billing please")
        await call.until(lambda: call.ended is not None)
    assert [turn.heard_text for turn in call.agent_turns()] == [BILLING.line]
    assert handovers(call) == [HandedOver("Billing", "+15550100", 15)]
    names = [type(event) for _, event in call.log]
    assert names.index(AudioEnd) < names.index(HandedOver) < names.index(SessionEnded)
    assert call.ended is not None
    assert (call.ended.reason.code, call.ended.reason.by) == (EndCode.TRANSFERRED, EndedBy.AGENT)
    assert status(call) == [ToolStatus.OK]


@pytest.mark.parametrize("after_ms", [0, 700], ids=["before its first sound", "over it"])
async def test_the_callers_talking_does_not_cancel_it(after_ms: float) -> None:
    model = FakeModel(Acts(TO_BILLING), "Never said.")
    async with FakeCall(phone_spec(), model=model) as call:
        await call.says("billing please")
        await call.until(lambda: call.tool_turns())
        await call.waits(after_ms)
        call.feed(Dtmf("9"))
        await call.says("no wait stop I want something else")
        await call.until(lambda: call.ended is not None)
        assert call.stops == 0 and len(model.requests) == 1
    assert [turn.heard_text for turn in call.agent_turns()] == [BILLING.line]
    assert len(handovers(call)) == 1
    assert call.caller_turns()[-1].text.startswith("no wait") or "[pressed 9]" in call.caller_turns()[-1].text


async def test_without_a_line_of_its_own_the_models_words_do_or_one_of_the_agents_language() -> None:
    for text, heard in (
        ("Let me get somebody.", "Let me get somebody."),
        ("", line(Line.PUTTING_THROUGH, "en")),
    ):
        async with FakeCall(phone_spec(), model=FakeModel(Acts(TO_DOOR, text=text))) as call:
            await call.says("open the door")
            await call.until(lambda: call.ended is not None)
        assert [turn.heard_text for turn in call.agent_turns()] == [heard]
        assert [handover.to for handover in handovers(call)] == ["sip:door@example.com"]


async def test_nobody_is_put_through_to_whom_the_agent_does_not_know() -> None:
    model = FakeModel(Acts(("transfer", '{"target": "+15559999"}')), "Whom do you mean?")
    async with FakeCall(phone_spec(), model=model) as call:
        await call.says("my sister please")
        await call.until(lambda: call.all(AudioEnd))
    assert handovers(call) == [] and status(call) == [ToolStatus.INVALID]


async def test_a_call_ends_in_one_way_only_and_not_when_something_else_failed() -> None:
    async with FakeCall(phone_spec(), model=FakeModel(Acts(TO_DOOR, ("hang_up", "{}")))) as call:
        await call.says("open the door")
        await call.until(lambda: call.ended is not None)
    assert len(handovers(call)) == 1 and status(call) == [ToolStatus.OK, ToolStatus.INVALID]

    model = FakeModel(Acts(TO_DOOR, ("weather", "{}")), "It did not work.")
    tools = FakeTools({"weather": ToolError("gone")})
    async with FakeCall(phone_spec(WEATHER), model=model, tools=tools) as call:
        await call.says("open the door")
        await call.until(lambda: call.all(AudioEnd))
    assert handovers(call) == []
    assert [turn.heard_text for turn in call.agent_turns()] == ["It did not work."]


async def test_without_a_voice_the_caller_is_put_through_all_the_same() -> None:
    async with FakeCall(phone_spec(), model=FakeModel(Acts(TO_BILLING))) as call:
        call.speech.fails_always = True
        await call.says("billing please")
        await call.until(lambda: call.ended is not None)
    assert len(handovers(call)) == 1


async def test_who_hangs_up_meanwhile_is_not_put_through() -> None:
    async with FakeCall(phone_spec(), model=FakeModel(Acts(TO_BILLING))) as call:
        await call.says("billing please")
        await call.until(lambda: call.audio_ms() > 500)
    assert handovers(call) == [] and status(call) == [ToolStatus.CANCELLED]


async def test_it_is_offered_on_the_telephone_alone() -> None:
    model = FakeModel("Fine.")
    async with FakeCall(phone_spec(channel=Channel.BROWSER), model=model) as call:
        await call.says("billing please")
        await call.until(lambda: model.offered)
    assert model.offered == [["hang_up"]]
