"""Tools with every language model of a vendor: offered, called whole or in fragments, told, and refused."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.providers.vendors.test_language_models import PAIRS, adapter_to
from tests.simulators.groq import GroqSimulator, said_to
from tests.simulators.server import Fault
from tests.simulators.tool_calls import ToolUse, malformed
from voice.core.errors import NonsenseError
from voice.core.ports import TextDelta
from voice.core.spec import AgentSpec, Message, Role
from voice.core.tools import HANG_UP, ToolCall, ToolSpec
from voice.providers.chat.completions import ChatCompletions

ORDER = ToolSpec("order_status", "Where an order is.", '{"type": "object", "properties": {"n": {}}}')
QUESTION = (Message(Role.USER, "Where is my order?"),)
TWO_CALLS = ToolUse((("order_status", '{"n": 7, "x": "größer"}'), ("hang_up", "{}")), text="One moment.")


@pytest.fixture(params=PAIRS)
async def groq(request: pytest.FixtureRequest) -> AsyncIterator[GroqSimulator]:
    async with PAIRS[request.param][0]() as simulator:
        yield simulator


@pytest.fixture
async def model(groq: GroqSimulator) -> AsyncIterator[ChatCompletions]:
    model = adapter_to(groq)
    yield model
    await model.aclose()


@pytest.fixture
def able(agent: AgentSpec) -> AgentSpec:
    return replace(agent, tools=(ORDER, HANG_UP))


async def outputs(
    model: ChatCompletions, agent: AgentSpec, messages: tuple[Message, ...] = QUESTION
) -> tuple[str, list[ToolCall]]:
    found = [output async for output in model.reply(agent, messages)]
    text = "".join(output.text for output in found if isinstance(output, TextDelta))
    return text, [output for output in found if isinstance(output, ToolCall)]


async def test_calls_are_put_together_after_the_words(
    groq: GroqSimulator, model: ChatCompletions, able: AgentSpec
) -> None:
    groq.answer = lambda messages: TWO_CALLS
    text, calls = await outputs(model, able)
    assert text == "One moment."
    assert [(call.name, call.arguments) for call in calls] == list(TWO_CALLS.calls)
    offered = groq.requests[-1].body["tools"]
    assert [tool["function"]["name"] for tool in offered] == ["order_status", "hang_up"]
    assert offered[0]["function"]["parameters"] == {"type": "object", "properties": {"n": {}}}


async def test_without_tools_none_are_offered(
    groq: GroqSimulator, model: ChatCompletions, agent: AgentSpec
) -> None:
    await outputs(model, agent)
    assert "tools" not in groq.requests[-1].body


async def test_every_call_is_told_with_its_result(
    groq: GroqSimulator, model: ChatCompletions, able: AgentSpec
) -> None:
    """The simulator refuses a call without a result, and a result without a call."""
    first = ToolCall("a", "order_status", '{"n": 7}')
    told = (
        *QUESTION,
        Message(Role.AGENT, "One moment."),
        Message(Role.TOOL, "Monday", call=first),
        Message(Role.TOOL, "rain", call=replace(first, id="b", is_joined=True)),
        Message(Role.TOOL, "wrong", call=ToolCall("c", "order_status", "{nonsense")),
        Message(Role.TOOL, "wrong", call=ToolCall("d", "order_status", '{"n": NaN}')),
        Message(Role.AGENT, "On Monday."),
        Message(Role.USER, "Thanks."),
    )
    assert (await outputs(model, able, told))[0] == "You said: Thanks."
    sent = said_to(groq.requests[-1])[1:]
    assert [message["role"] for message in sent] == [
        "user", "assistant", "tool", "tool", "assistant", "tool", "assistant", "tool", "assistant", "user",
    ]  # fmt: skip
    assert sent[1]["content"] == "One moment."
    assert [call["id"] for call in sent[1]["tool_calls"]] == ["a", "b"]
    assert sent[4]["tool_calls"][0]["function"]["arguments"] == '{"unreadable": "{nonsense"}'
    assert json.loads(sent[6]["tool_calls"][0]["function"]["arguments"]) == {"unreadable": '{"n": NaN}'}


@pytest.mark.parametrize("arguments", ["{nonsense", "[7]", '{"n": NaN}', '{"n": 1e999}', '{"n": "\\ud83d"}'])
async def test_what_a_model_has_written_wrongly_is_sent_back_as_what_every_server_can_read(
    groq: GroqSimulator, model: ChatCompletions, able: AgentSpec, arguments: str
) -> None:
    wrong = Message(Role.TOOL, "wrong", call=ToolCall("a", "order_status", arguments))
    await outputs(model, able, (*QUESTION, wrong))
    sent = said_to(groq.requests[-1])[2]["tool_calls"][0]["function"]["arguments"]
    assert json.loads(sent) == {"unreadable": arguments}


async def test_a_call_that_the_vendor_refuses_is_asked_for_again_calmer_then_without_tools(
    groq: GroqSimulator, model: ChatCompletions, able: AgentSpec
) -> None:
    refused = Fault(status=400, body={"error": malformed("<function=order_status>")})
    groq.faults.extend([refused, refused])
    groq.answer = lambda messages: "In words, then."
    assert await outputs(model, able) == ("In words, then.", [])
    bodies = [request.body for request in groq.requests]
    assert [body["temperature"] for body in bodies] == [0.4, 0.1, 0.4]
    assert ["tools" in body for body in bodies] == [True, True, False]


async def test_a_model_that_calls_what_was_not_offered_answers_in_words_in_the_end(
    groq: GroqSimulator, model: ChatCompletions, able: AgentSpec
) -> None:
    answers = iter([ToolUse((("transfer", "{}"),)), ToolUse((("transfer", "{}"),)), "I cannot do that."])
    groq.answer = lambda messages: next(answers)
    assert await outputs(model, able) == ("I cannot do that.", [])


async def test_when_words_fail_too_it_is_an_ordinary_failure(
    groq: GroqSimulator, model: ChatCompletions, able: AgentSpec
) -> None:
    groq.faults.extend([Fault(status=400, body={"error": malformed("x")})] * 3)
    with pytest.raises(NonsenseError) as failed:
        await outputs(model, able)
    assert failed.value.retryable
    assert len(groq.requests) == 3


async def test_a_call_without_an_end_is_ended(
    groq: GroqSimulator, model: ChatCompletions, able: AgentSpec
) -> None:
    groq.answer = lambda messages: ToolUse((("order_status", "x" * 100_000),))
    with pytest.raises(NonsenseError):
        await outputs(model, able)
