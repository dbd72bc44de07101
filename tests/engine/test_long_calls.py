"""Conversations longer than a model is told: requests stay small, and what was said first is still known."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.fakes import Acts, FakeCall, FakeModel, FakeTools, make_spec
from voice.core.clock import now_ms
from voice.core.errors import ProviderError
from voice.core.events import HistorySummarised, TextIn
from voice.core.spec import Message, ModelSpec, Role, SessionSpec
from voice.core.tools import ToolCall, ToolSpec
from voice.engine.history import LONGEST_SUMMARY_CHARACTERS, MESSAGES_LEFT_ALONE, History, estimated_tokens
from voice.engine.memory import PAUSE_MS, TIME_LIMIT_S
from voice.engine.tool_round import STILL_RUNNING

HOUR_MS = 60 * 60_000
BUDGET_TOKENS = 2_000
FACT = "my order has the number 4711"
SMALL_TALK = "and then I wanted to ask whether you also have that jacket in a darker green or perhaps in blue"
ANSWER = (
    "Yes, we have it in dark green and in blue, in all sizes from thirty six to forty four, on two floors."
)
GONE = ProviderError("fake", "gone", retryable=True)


def note_the_fact(messages: Sequence[Message]) -> str:
    """A summary as a model would write it: only what matters of what it was given."""
    return "; ".join(["The caller shops."] + [m.text for m in messages if "4711" in m.text][:1])


def long_call(model: FakeModel, history: tuple[Message, ...] = ()) -> FakeCall:
    spec: SessionSpec = make_spec(history=history)
    agent = replace(spec.agent, model=ModelSpec(history_tokens=BUDGET_TOKENS))
    return FakeCall(replace(spec, agent=agent), model=model)


async def converse(call: FakeCall, turns: int) -> None:
    """The caller says what matters first, and then talks on, five times a minute."""
    for turn in range(turns):
        call.feed(TextIn(FACT if turn == 0 else f"{SMALL_TALK}, number {turn}"))
        await asyncio.sleep(12)


def tokens_of(messages: Sequence[Message]) -> int:
    return sum(estimated_tokens(message.text) for message in messages)


async def test_an_hour_later_the_model_still_knows_what_was_said_in_the_first_minute() -> None:
    model = FakeModel(ANSWER)
    model.summary = note_the_fact
    async with long_call(model) as call:
        began_ms, turns = now_ms(), 300
        await converse(call, turns)
        assert now_ms() - began_ms == pytest.approx(HOUR_MS)
        assert call.ended is None
    assert len(model.requests) == turns
    assert len(call.agent_turns()) == turns, "every question was answered"
    told_in_all = sum(estimated_tokens(turn.text) for turn in call.turns())
    assert told_in_all > 5 * BUDGET_TOKENS, "the call is longer than what is told of it"
    for request in model.requests:
        assert tokens_of(request) <= BUDGET_TOKENS
        assert any("4711" in message.text for message in request), "the order's number is known in every turn"
    last = model.requests[-1]
    assert last[0].is_summary and not any(message.is_summary for message in last[1:])
    assert last[-1].text.endswith(f"number {turns - 1}")
    # Each part was summarised once, with what was known before it.
    assert 3 < len(model.summarised) < turns / 5
    assert all(request[0].is_summary for request in model.summarised[1:])


async def test_a_summary_in_the_making_delays_no_turn_and_is_alone() -> None:
    waits_ms: dict[bool, list[float]] = {}
    for is_slow in (False, True):
        model = FakeModel(ANSWER)
        model.summary, model.summary_ms = note_the_fact, 15_000.0 if is_slow else 0.0
        async with long_call(model) as call:
            await converse(call, 100)
        asked, answered = call.caller_turns(), call.agent_turns()
        waits_ms[is_slow] = [b.started_at_ms - a.started_at_ms for a, b in zip(asked, answered, strict=True)]
        assert len(call.all(HistorySummarised)) >= len(model.summarised) - 1 > 1
        assert model.most_summaries_at_once == 1
        assert tokens_of(model.requests[-1]) <= BUDGET_TOKENS
    assert waits_ms[True] == pytest.approx(waits_ms[False], abs=1.0)


@pytest.mark.parametrize("failure", ["", "  ", GONE, ValueError("a bug in the adapter"), "never"])
async def test_without_a_summary_the_oldest_is_forgotten_and_the_call_goes_on(
    failure: str | Exception,
) -> None:
    model = FakeModel(ANSWER)
    model.summary = failure
    if failure == "never":
        model.summary_ms = HOUR_MS
    minutes = 20
    async with long_call(model) as call:
        await converse(call, 5 * minutes)
        assert call.ended is None
    assert len(call.agent_turns()) == 5 * minutes
    assert not any(message.is_summary for message in model.requests[-1])
    assert FACT not in [message.text for message in model.requests[-1]]
    assert BUDGET_TOKENS / 2 < tokens_of(model.requests[-1]) <= BUDGET_TOKENS
    assert not call.all(HistorySummarised)
    # It is tried again, but not in every turn.
    assert 2 <= len(model.summarised) <= minutes * 60_000 / PAUSE_MS + 1
    assert model.open_streams == 0


async def test_a_model_that_never_ends_its_summary_is_given_up() -> None:
    model = FakeModel(ANSWER)
    model.summary_ms = HOUR_MS
    async with long_call(model) as call:
        while not model.summarised:
            await converse(call, 1)
        await asyncio.sleep(TIME_LIMIT_S + 1)
        assert model.open_streams == 0


async def test_what_a_summary_costs_is_counted_like_what_the_replies_cost() -> None:
    used: dict[bool, float] = {}
    for has_summaries in (False, True):
        model = FakeModel(ANSWER)
        model.tokens = (100, 10)
        model.summary = note_the_fact if has_summaries else GONE
        async with long_call(model) as call:
            await converse(call, 60)
        assert call.ended is not None
        used[has_summaries] = sum(line.used for line in call.ended.usage)
        summaries = len(call.all(HistorySummarised))
    assert summaries > 0
    assert used[True] - used[False] == pytest.approx(110 * summaries)


async def test_a_resumed_conversation_begins_with_its_summary() -> None:
    notes = Message(Role.AGENT, "The order is 4711.", is_summary=True)
    before = (notes, Message(Role.USER, "Is it there?"), Message(Role.AGENT, "Not yet."))
    model = FakeModel(ANSWER)
    model.summary = note_the_fact
    async with long_call(model, history=before) as call:
        call.feed(TextIn("and today"))
        await call.until(lambda: call.agent_turns())
        assert model.requests[0][:3] == before
        await converse(call, 100)
    assert model.summarised[0][0] == notes
    assert "4711" in model.requests[-1][0].text


@pytest.mark.parametrize("is_summarised", [True, False])
async def test_what_a_tool_brings_is_told_also_when_its_call_is_no_longer_told(is_summarised: bool) -> None:
    model = FakeModel(Acts(("order_status", "{}")), ANSWER)
    model.summary = note_the_fact if is_summarised else GONE
    tools = FakeTools({"order_status": "It arrives on Monday."}, takes_ms=500_000)
    spec = make_spec(tools=(ToolSpec("order_status", "Where an order is.", time_limit_s=600),), drafts=False)
    spec = replace(spec, agent=replace(spec.agent, model=ModelSpec(history_tokens=BUDGET_TOKENS)))
    async with FakeCall(spec, model=model, tools=tools) as call:
        call.feed(TextIn("where is my order"))
        await call.until(lambda: tools.asked)
        await converse(call, 34)
        assert bool(call.all(HistorySummarised)) is is_summarised
        assert not [message for message in model.requests[-1] if message.call], "its call has gone"
        asked = len(model.requests)
        await asyncio.sleep(120)
    told = model.requests[-1]
    assert len(model.requests) == asked + 1 and len(tools.asked) == 1
    assert [message.text for message in told if message.call] == ["It arrives on Monday."]
    assert told[-1].call and tokens_of(told) <= BUDGET_TOKENS


def test_what_has_gone_and_comes_back_is_counted_once() -> None:
    history = History(budget_tokens=BUDGET_TOKENS)
    call = ToolCall("1", "order_status", "{}")
    history.agent_did([Message(Role.TOOL, STILL_RUNNING, call=call)])
    for said in range(1, 100):
        history.caller_said(f"{SMALL_TALK} {said}", (), instead=False)
    assert not any(message.call for message in history.messages)
    result = Message(Role.TOOL, "On Monday.", call=call)
    assert history.result_came(result) and history.messages[-1] == result
    assert history.gone + len(history.messages) == 100
    assert not history.result_came(replace(result, call=replace(call, id="2"))), "nobody has asked for that"


def test_a_summary_stands_for_its_part_of_which_some_was_forgotten_meanwhile() -> None:
    history = History(budget_tokens=BUDGET_TOKENS)
    while not (oldest := history.worth_summarising()):
        history.caller_said(SMALL_TALK, (), instead=False)
        history.agent_did([Message(Role.AGENT, ANSWER)])
    kept = history.messages[len(oldest) :]
    assert oldest and len(kept) >= MESSAGES_LEFT_ALONE
    for number in range(16):
        history.caller_said(f"{SMALL_TALK} {number}", (), instead=False)
    assert 0 < history.gone < len(oldest), "the conversation went on while the summary was made"
    history.summarised(oldest, " Notes. ")
    summary, *others = history.messages
    assert (summary.is_summary, summary.text) == (True, "Notes.")
    assert tuple(others[: len(kept)]) == kept and len(others) == len(kept) + 16
    assert history.gone == len(oldest)


def test_a_summary_without_an_end_is_cut() -> None:
    history = History(budget_tokens=BUDGET_TOKENS)
    history.caller_said(SMALL_TALK, (), instead=False)
    history.summarised((), "x" * 100_000)
    summary, said = history.messages
    assert len(summary.text) <= LONGEST_SUMMARY_CHARACTERS and said.text == SMALL_TALK
    assert tokens_of(history.messages) <= BUDGET_TOKENS


@pytest.mark.parametrize(
    "text", ["We open at nine in the morning.", "Wir öffnen um neun Uhr.", "我们早上九点开门。"]
)
def test_tokens_are_rather_estimated_too_many_than_too_few(text: str) -> None:
    # A tokeniser makes at least one of each word, or of each character where words are characters.
    at_least = len(text) if not text.isascii() and " " not in text else len(text.split())
    assert estimated_tokens(text) >= at_least
    assert estimated_tokens(text) <= len(text.encode()) / 2 + 10
