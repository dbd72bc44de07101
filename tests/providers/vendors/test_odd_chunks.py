"""Chunks of a language model that hold what is not to be said: half a character, endless tokens, thoughts."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from tests.providers.vendors.test_language_models import PAIRS, QUESTION, adapter_to
from tests.simulators.groq import GroqSimulator
from tests.simulators.server import Fault
from voice.core.ports import TextDelta
from voice.core.spec import AgentSpec
from voice.core.tools import ToolCall
from voice.providers.chat.completions import ChatCompletions


@pytest.fixture(params=PAIRS)
async def groq(request: pytest.FixtureRequest) -> AsyncIterator[GroqSimulator]:
    async with PAIRS[request.param][0]() as simulator:
        yield simulator


@pytest.fixture
async def model(groq: GroqSimulator) -> AsyncIterator[ChatCompletions]:
    model = adapter_to(groq)
    yield model
    await model.aclose()


async def test_half_a_character_is_left_out_of_words_and_calls(
    groq: GroqSimulator, model: ChatCompletions, agent: AgentSpec
) -> None:
    """It could not be sent on: neither to a voice, nor to the model with the next question."""
    call = {"name": "a\ud83d", "arguments": '{"x": "\ude00"}'}
    deltas = [{"content": "Yes \ud83d"}, {"tool_calls": [{"index": 0, "function": call}]}]
    chunks = [{"choices": [{"delta": delta}]} for delta in deltas]
    groq.faults.append(Fault(answer="".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks)))
    found = [output async for output in model.reply(agent, QUESTION)]
    assert "".join(output.text for output in found if isinstance(output, TextDelta)) == "Yes "
    calls = [output for output in found if isinstance(output, ToolCall)]
    assert [(call.name, call.arguments) for call in calls] == [("a", '{"x": ""}')]


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens": "7", "completion_tokens": 7},
        {"prompt_tokens": True, "completion_tokens": True},
        {"prompt_tokens": 10**400, "completion_tokens": 7},
        {"prompt_tokens": 7, "completion_tokens": 10**12},
        [7, 7],
    ],
    ids=lambda usage: str(usage)[:40],
)
async def test_a_count_of_tokens_that_cannot_be_is_none(
    usage: object, groq: GroqSimulator, model: ChatCompletions, agent: AgentSpec
) -> None:
    chunk = {"choices": [{"delta": {"content": "Yes."}}], "usage": usage}
    groq.faults.append(Fault(answer=f"data: {json.dumps(chunk)}\n\n"))
    found = [output async for output in model.reply(agent, QUESTION)]
    counted = [output.tokens for output in found if isinstance(output, TextDelta) and output.tokens]
    assert len(counted) == 1, "only the estimate at the beginning"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("<think>\nThey ask for the hours. </thin\n</think>\n\nWe open at nine.", "\n\nWe open at nine."),
        ("<think></think>Yes.", "Yes."),
        ("<think>a thought without an end", ""),
        ("We say <think> aloud.", "We say <think> aloud."),
        ("<thi", "<thi"),
        ("  <b>Yes</b>", "  <b>Yes</b>"),
    ],
)
@pytest.mark.parametrize("size", [1, 1_000])
async def test_thoughts_that_a_server_leaves_in_the_answer_are_not_said(
    written: str, said: str, size: int, groq: GroqSimulator, model: ChatCompletions, agent: AgentSpec
) -> None:
    pieces = (written[at : at + size] for at in range(0, len(written), size))
    chunks = ({"choices": [{"delta": {"content": piece}}]} for piece in pieces)
    groq.faults.append(Fault(answer="".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks)))
    found = [output async for output in model.reply(agent, QUESTION)]
    assert "".join(output.text for output in found if isinstance(output, TextDelta)) == said
