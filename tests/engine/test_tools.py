"""Tools in a conversation: called together, within limits, once, and never beyond what the agent has."""

from __future__ import annotations

import json

import pytest

from tests.fakes import Acts, FakeCall, FakeModel, FakeTools, make_spec
from voice.core.errors import EndCode, EndedBy, ProviderError, ToolError
from voice.core.events import AudioEnd, AudioOut, TurnRecord
from voice.core.spec import Message, Role
from voice.core.tools import HANG_UP, ToolAnswered, ToolAsked, ToolKind, ToolSpec, ToolStatus

ORDER = ToolSpec(
    "order_status",
    "Where an order is.",
    '{"type": "object", "properties": {"number": {"type": "integer"}}, "required": ["number"],'
    ' "additionalProperties": false}',
)
WEATHER = ToolSpec("weather", "The weather in a town.")
ASKED = ("order_status", '{"number": 7}')


def tools_spec(*tools: ToolSpec, **changes: object):
    return make_spec(tools=tools or (ORDER, WEATHER), **changes)


def calls_told(messages: tuple[Message, ...]) -> list[tuple[str, str]]:
    return [(message.call.name, message.text) for message in messages if message.call]


async def ask(call: FakeCall, text: str = "where is my order") -> None:
    await call.says(text)
    await call.until(lambda: call.all(AudioEnd))


async def test_the_answer_knows_what_the_tool_brought() -> None:
    model = FakeModel(Acts(ASKED), "It arrives on Monday.")
    tools = FakeTools({"order_status": '{"arrives": "Monday"}'}, takes_ms=300)
    async with FakeCall(tools_spec(), model=model, tools=tools) as call:
        await ask(call)
    assert tools.asked == [("order_status", {"number": 7})]
    assert [message.role for message in model.requests[-1]] == [Role.USER, Role.TOOL]
    assert calls_told(model.requests[-1]) == [("order_status", '{"arrives": "Monday"}')]
    assert [turn.role for turn in call.turns()] == [Role.USER, Role.TOOL, Role.AGENT]
    record = call.tool_turns()[0].tool
    assert record is not None and record.status is ToolStatus.OK
    assert record.duration_ms == pytest.approx(300, abs=5)
    assert call.agent_turns()[0].heard_text == "It arrives on Monday."


async def test_what_is_said_before_and_after_a_tool_are_two_turns_and_both_are_remembered() -> None:
    model = FakeModel(Acts(ASKED, text="Let me look that up."), "It arrives on Monday.", "Bye.")
    tools = FakeTools({"order_status": "Monday"}, takes_ms=3_000)
    async with FakeCall(tools_spec(), model=model, tools=tools) as call:
        await ask(call)
        await call.says("thank you very much")
        await call.until(lambda: len(call.all(AudioEnd)) == 2)
    assert [turn.heard_text for turn in call.agent_turns()][:2] == [
        "Let me look that up.", "It arrives on Monday.",
    ]  # fmt: skip
    told = model.requests[-1]
    assert [message.role for message in told] == [Role.USER, Role.AGENT, Role.TOOL, Role.AGENT, Role.USER]
    assert [message.text for message in told][1:4] == [
        "Let me look that up.", "Monday", "It arrives on Monday.",
    ]  # fmt: skip
    assert not any(message.interrupted for message in told)


async def test_calls_of_one_answer_run_together_and_are_followed_by_one_question() -> None:
    model = FakeModel(Acts(ASKED, ("weather", "{}")), "Monday, and it rains.")
    tools = FakeTools({"order_status": "Monday", "weather": "rain"}, takes_ms=400)
    async with FakeCall(tools_spec(), model=model, tools=tools) as call:
        await ask(call)
    assert tools.most_at_once == 2
    assert len(model.requests) == 2
    assert calls_told(model.requests[-1]) == [("order_status", "Monday"), ("weather", "rain")]
    joined = [message.call.is_joined for message in model.requests[-1] if message.call]
    assert joined == [False, True]
    assert len({message.call.id for message in model.requests[-1] if message.call}) == 2


async def test_after_five_rounds_the_model_has_to_answer() -> None:
    model = FakeModel(Acts(ASKED))
    model.answers = [*[Acts(ASKED)] * 7, "Enough."]
    tools = FakeTools()
    async with FakeCall(tools_spec(drafts=False), model=model, tools=tools) as call:
        await call.says("where is my order")
        await call.until(lambda: len(model.requests) >= 6)
        await call.waits(4_000)
    assert len(tools.asked) == 5
    assert model.offered[:6] == [["order_status", "weather"]] * 5 + [[]]


@pytest.mark.parametrize(
    ("call_made", "told"),
    [
        (("order_status", "{nonsense"), "no JSON"),
        (("order_status", "[7]"), "no JSON object"),
        (("order_status", '{"number": "seven"}'), "'seven' is not of type 'integer'"),
        (("order_status", "{}"), "'number' is a required property"),
        (("transfer_money", "{}"), "There is no such tool. There are: order_status, weather."),
        (("order_status", "[" * 9_000), "no JSON"),
        (("order_status", '{"number": Infinity}'), "no JSON"),
        (("order_status", '{"number": 1e999}'), "no JSON"),
        (("order_status", '{"number": 1, "x": "\\ud83d"}'), "no JSON"),
        (("order_status", '{"number": 1, "x": "' + "y" * 11_000 + '"}'), "longer than"),
    ],
)
async def test_what_does_not_fit_goes_back_to_the_model_and_nothing_is_done(
    call_made: tuple[str, str], told: str
) -> None:
    model = FakeModel(Acts(call_made), Acts(ASKED), "On Monday.")
    tools = FakeTools()
    async with FakeCall(tools_spec(drafts=False), model=model, tools=tools) as call:
        await ask(call)
    assert tools.asked == [("order_status", {"number": 7})]
    assert told in calls_told(model.requests[1])[0][1]
    assert [turn.tool.status for turn in call.tool_turns() if turn.tool] == [
        ToolStatus.INVALID, ToolStatus.OK,
    ]  # fmt: skip


async def test_after_two_mistakes_the_model_has_to_do_without_tools() -> None:
    model = FakeModel(Acts(("order_status", "{}")), Acts(("nothing", "{}")), "I cannot look it up.")
    async with FakeCall(tools_spec(drafts=False), model=model, tools=FakeTools()) as call:
        await ask(call)
    assert model.offered == [["order_status", "weather"], ["order_status", "weather"], []]
    assert call.agent_turns()[0].heard_text == "I cannot look it up."


async def test_a_schemas_pattern_cannot_hold_up_the_calls() -> None:
    evil = ToolSpec("evil", "", '{"type": "object", "properties": {"x": {"pattern": "^(a+)+$"}}}')
    model = FakeModel(Acts(("evil", '{"x": "' + "a" * 40 + '!"}')), "Done.")
    tools = FakeTools()
    async with FakeCall(tools_spec(evil), model=model, tools=tools) as call:
        await ask(call)
    assert len(tools.asked) == 1


async def test_a_number_too_large_to_be_checked_does_not_end_the_call() -> None:
    pay = ToolSpec(
        "pay", "Pays.", '{"type": "object", "properties": {"amount": {"type": "number", "multipleOf": 0.01}}}'
    )
    model, tools = FakeModel(Acts(("pay", '{"amount": 1' + "0" * 400 + "}")), "Too much."), FakeTools()
    async with FakeCall(tools_spec(pay), model=model, tools=tools) as call:
        await ask(call, "pay everything")
    assert tools.asked == []
    assert "cannot be applied" in calls_told(model.requests[-1])[0][1]


@pytest.mark.parametrize(
    "reference", ["http://127.0.0.1:9/schema.json", "#/nowhere", "#/type/0", "#/n", "#/n/a"]
)
async def test_a_schema_that_refers_to_what_is_none_fetches_nothing_and_ends_no_call(reference: str) -> None:
    odd = ToolSpec("odd", "", json.dumps({"type": "object", "n": 5, "$ref": reference}))
    model = FakeModel(Acts(("odd", "{}")), "I cannot.")
    tools = FakeTools()
    async with FakeCall(tools_spec(odd), model=model, tools=tools) as call:
        await ask(call)
    assert not tools.asked
    assert "schema cannot be applied" in calls_told(model.requests[1])[0][1]


async def test_a_tool_that_hangs_is_unavailable_after_its_limit() -> None:
    model = FakeModel(Acts(ASKED), "I cannot reach the orders now.")
    tools = FakeTools(takes_ms=3_600_000)
    async with FakeCall(tools_spec(), model=model, tools=tools) as call:
        await ask(call)
    record = call.tool_turns()[0].tool
    assert record is not None and record.status is ToolStatus.TIMED_OUT
    assert record.duration_ms == pytest.approx(5_000, abs=10)
    assert "Unavailable" in calls_told(model.requests[-1])[0][1]
    assert tools.running == 0


async def test_a_tool_may_take_longer_than_a_reply_is_waited_for() -> None:
    slow = ToolSpec("slow", "", time_limit_s=29.0)
    model = FakeModel(Acts(("slow", "{}")), "There it is.")
    async with FakeCall(
        tools_spec(slow), model=model, tools=FakeTools({"slow": "found"}, takes_ms=28_000)
    ) as call:
        await ask(call)
    assert [turn.heard_text for turn in call.agent_turns()] == ["There it is."]


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (ToolError("The shop is closed."), "The shop is closed."),
        (ValueError("a mistake of ours"), "Unavailable: something went wrong."),
    ],
)
async def test_a_tool_that_fails_is_told_to_the_model(failure: Exception, told: str) -> None:
    model = FakeModel(Acts(ASKED), "I am sorry.")
    async with FakeCall(tools_spec(), model=model, tools=FakeTools({"order_status": failure})) as call:
        await ask(call)
    assert calls_told(model.requests[-1]) == [("order_status", told)]
    assert call.ended.reason.code is EndCode.CLIENT_HANGUP


async def test_long_results_are_cut() -> None:
    model = FakeModel(Acts(ASKED), "A lot.")
    async with FakeCall(
        tools_spec(), model=model, tools=FakeTools({"order_status": "x" * 1_000_000})
    ) as call:
        await ask(call)
    told = calls_told(model.requests[-1])[0][1]
    assert len(told) == 4_000 and told.endswith("(cut)")


async def test_a_model_that_fails_after_its_tool_is_apologised_for() -> None:
    down = ProviderError("fake", "down", retryable=True)
    model = FakeModel(Acts(ASKED, text="One moment."), down, down, "Again.")
    async with FakeCall(tools_spec(), model=model, tools=FakeTools()) as call:
        await call.says("where is my order")
        await call.until(lambda: len(call.all(AudioEnd)) == 2)
    assert [turn.heard_text for turn in call.agent_turns()] == [
        "One moment.", "Sorry, something went wrong on my side. Could you say that again?",
    ]  # fmt: skip


@pytest.mark.parametrize("again", ["One moment. ", ""])
async def test_a_model_that_breaks_off_before_its_call_is_asked_to_go_on(again: str) -> None:
    """Where nobody else could: the tool is called once, and the words are not said again."""
    model = FakeModel(
        Acts(ASKED, text="One moment. ", breaks=True), Acts(ASKED, text=again), "It arrives on Monday."
    )
    async with FakeCall(tools_spec(drafts=False), model=model, tools=FakeTools()) as call:
        await ask(call)
        await call.until(lambda: len(call.agent_turns()) == 2)
        tools = call.tools
    assert [message.text for message in model.requests[1] if message.is_unfinished] == ["One moment. "]
    assert [turn.heard_text for turn in call.agent_turns()] == ["One moment.", "It arrives on Monday."]
    assert tools is not None and len(tools.asked) == 1


async def test_a_model_that_breaks_off_before_its_call_again_is_apologised_for() -> None:
    breaking = Acts(ASKED, text="One moment. ", breaks=True)
    model, tools = FakeModel(breaking, breaking, "Again."), FakeTools()
    async with FakeCall(tools_spec(drafts=False), model=model, tools=tools) as call:
        await call.says("where is my order")
        await call.until(lambda: len(call.all(AudioEnd)) == 2)
    assert [turn.heard_text for turn in call.agent_turns()] == [
        "One moment.", "Sorry, something went wrong on my side. Could you say that again?",
    ]  # fmt: skip
    assert len(model.requests) == 2 and not tools.asked


# --- drafts ---------------------------------------------------------------------------------------
async def test_a_draft_stops_at_the_tool_and_runs_it_once_it_is_wanted() -> None:
    model, tools = FakeModel(Acts(ASKED), "On Monday.", first_token_ms=20), FakeTools()
    async with FakeCall(tools_spec(silence_ms=1_500), model=model, tools=tools) as call:
        await call.says("where is my order")
        await call.until(lambda: model.requests)
        await call.waits(500)
        assert not tools.asked and not call.tool_turns()
        await call.until(lambda: call.all(AudioEnd))
    assert len(tools.asked) == 1
    assert call.ended.counters.drafts_kept == 1


async def test_a_draft_that_is_dropped_has_done_nothing() -> None:
    model = FakeModel(Acts(ASKED), "In the north.", first_token_ms=20)
    tools = FakeTools()
    async with FakeCall(tools_spec(silence_ms=900), model=model, tools=tools) as call:
        await call.says("where is my order")
        await call.until(lambda: model.requests)
        await call.waits(200)
        await call.says("book in the library")
        await call.until(lambda: call.all(AudioEnd))
    assert not tools.asked
    assert not calls_told(model.requests[-1])


# --- barge-in -------------------------------------------------------------------------------------
async def test_a_tool_that_was_done_when_the_caller_cut_in_is_remembered() -> None:
    model = FakeModel(Acts(ASKED), "It arrives on Monday, the second of March, at noon.", "Fine.")
    async with FakeCall(tools_spec(), model=model, tools=FakeTools({"order_status": "Monday"})) as call:
        await call.says("where is my order")
        await call.until(lambda: call.all(AudioOut))
        await call.waits(400)
        await call.says("stop that will do")
        await call.until(lambda: call.all(AudioEnd))
    told = model.requests[-1]
    assert [message.role for message in told] == [Role.USER, Role.TOOL, Role.AGENT, Role.USER]
    assert told[2].interrupted
    assert calls_told(told) == [("order_status", "Monday")]


async def test_a_tool_still_running_when_its_reply_is_cut_is_told_when_it_is_done() -> None:
    model = FakeModel(
        Acts(ASKED, text="Let me look that up in our big book of orders."),
        "I am still looking.", "It arrives on Monday.",
    )  # fmt: skip
    tools = FakeTools({"order_status": "Monday"}, takes_ms=4_900)
    async with FakeCall(tools_spec(drafts=False), model=model, tools=tools) as call:
        await call.says("where is my order")
        await call.until(lambda: call.all(AudioOut))
        await call.waits(400)
        await call.says("hello can you hear me")
        await call.until(lambda: len(call.all(AudioEnd)) == 2)
    assert len(tools.asked) == 1, "it ran twice"
    assert "still running" in calls_told(model.requests[1])[0][1]
    assert calls_told(model.requests[2]) == [("order_status", "Monday")]
    assert model.requests[2][-1].role is Role.TOOL, "news belong at the end"
    assert [turn.heard_text for turn in call.agent_turns()][1:] == [
        "I am still looking.",
        "It arrives on Monday.",
    ]


@pytest.mark.parametrize("apart_ms", [0, 60])
async def test_results_that_come_late_and_together_are_told_in_one_reply(apart_ms: int) -> None:
    model = FakeModel(
        Acts(ASKED, ("weather", "{}"), text="Let me look that up in our big book of orders."),
        "I am still looking.", "On Monday, and it will rain.",
    )  # fmt: skip
    tools = FakeTools({"order_status": "Monday", "weather": "rain"}, takes_ms=4_900)
    tools.takes_longer_ms["weather"] = apart_ms
    async with FakeCall(tools_spec(drafts=False), model=model, tools=tools) as call:
        await call.says("where is my order and how is the weather")
        await call.until(lambda: call.all(AudioOut))
        await call.waits(400)
        await call.says("hello can you hear me")
        await call.until(lambda: len(call.all(AudioEnd)) == 2)
        await call.waits(5_000)
    assert len(model.requests) == 3, "both are told at once, and nothing a second time"
    # Of what comes at the same instant, either may be first.
    assert sorted(calls_told(model.requests[-1])) == [("order_status", "Monday"), ("weather", "rain")]
    assert [turn.heard_text for turn in call.agent_turns()][2:] == ["On Monday, and it will rain."]


async def test_a_result_that_comes_while_the_agent_speaks_of_something_else_is_told_after_that() -> None:
    joke = "Why did the chicken cross the road? To get to the other side, and that is all there is to it."
    model, tools = FakeModel(Acts(ASKED), joke, "It arrives on Monday."), FakeTools(takes_ms=4_500)
    async with FakeCall(tools_spec(drafts=False), model=model, tools=tools) as call:
        await call.says("where is my order")
        await call.until(lambda: tools.asked)
        await call.waits(300)
        await call.says("tell me a joke meanwhile")
        await call.until(lambda: len(call.all(AudioEnd)) == 2)
    told = model.requests[-1]
    assert [message.role for message in told] == [Role.USER, Role.AGENT, Role.TOOL]
    assert told[1].text == joke and told[2].text == "done"


async def test_a_result_that_comes_while_the_caller_speaks_is_part_of_the_next_answer() -> None:
    model = FakeModel(Acts(ASKED, text="Let me look that up in our big book of orders."), "On Monday.")
    tools = FakeTools({"order_status": "Monday"}, takes_ms=2_000)
    async with FakeCall(tools_spec(), model=model, tools=tools) as call:
        await call.says("where is my order")
        await call.until(lambda: call.all(AudioOut))
        await call.waits(400)
        await call.says("i mean the one that i have sent you just before christmas last year")
        await call.until(lambda: call.all(AudioEnd))
        await call.waits(3_000)
    assert [turn.heard_text for turn in call.agent_turns()][1:] == ["On Monday."], "it was answered once"
    assert calls_told(model.requests[-1]) == [("order_status", "Monday")]
    assert model.requests[-1][-1].role is Role.USER
    assert len(tools.asked) == 1


async def test_a_caller_who_goes_on_while_the_tool_runs_is_answered_once_and_the_tool_runs_once() -> None:
    model = FakeModel(Acts(ASKED), "On Monday.", first_token_ms=50)
    tools = FakeTools({"order_status": "Monday"}, takes_ms=3_000)
    async with FakeCall(tools_spec(silence_ms=400, drafts=False), model=model, tools=tools) as call:
        await call.says("where is my order")
        await call.until(lambda: tools.asked)
        await call.says("number seven")
        await call.until(lambda: call.all(AudioEnd))
        await call.waits(4_000)
    assert [turn.text for turn in call.caller_turns()] == ["where is my order number seven"]
    assert len(tools.asked) == 1
    told = model.requests[-1]
    assert [message.role for message in told if message.role is Role.USER] == [Role.USER]


# --- hang_up --------------------------------------------------------------------------------------
BYE = ("hang_up", '{"closing": "Thank you for your call, and have a good day. Goodbye."}')


async def test_the_last_words_are_heard_to_their_end_whatever_the_caller_says() -> None:
    model = FakeModel(Acts(BYE))
    async with FakeCall(tools_spec(HANG_UP), model=model) as call:
        await call.says("that was all thank you")
        await call.until(lambda: call.all(AudioOut))
        began = call.times(AudioOut)[0]
        await call.says("and one more thing wait please wait")
        await call.until(lambda: call.ended)
    assert call.ended.reason.code is EndCode.AGENT_HANGUP
    assert call.ended.reason.by is EndedBy.AGENT
    assert call.stops == 0
    farewell = call.agent_turns()[0]
    assert farewell.heard_text == "Thank you for your call, and have a good day. Goodbye."
    assert not farewell.interrupted
    heard_ms = len(farewell.text) * call.speech.ms_per_character
    assert call.log[-1][0] - began >= heard_ms - 250
    assert call.tool_turns()[0].tool.status is ToolStatus.OK
    assert call.caller_turns()[-1].text == "and one more thing wait please wait", "their words are kept"


async def test_a_transcriber_lost_over_the_last_words_changes_nothing() -> None:
    async with FakeCall(tools_spec(HANG_UP), model=FakeModel(Acts(BYE))) as call:
        await call.says("that was all thank you")
        await call.until(lambda: call.audio_ms() > 500)
        call.transcriber.errors = [ProviderError("fake", "gone", retryable=True)]
        call.transcriber.stream.fail()
        await call.until(lambda: call.ended)
    assert [turn.heard_text for turn in call.agent_turns()] == [
        "Thank you for your call, and have a good day. Goodbye."
    ]
    assert call.ended.reason.code is EndCode.AGENT_HANGUP


@pytest.mark.parametrize(("closing", "text"), [("", ""), ("…", ""), ("\N{WAVING HAND SIGN}", ""), ("", "…")])
async def test_without_last_words_there_is_a_goodbye(closing: str, text: str) -> None:
    hangs_up = ("hang_up", json.dumps({"closing": closing} if closing else {}))
    async with FakeCall(tools_spec(HANG_UP), model=FakeModel(Acts(hangs_up, text=text))) as call:
        await call.says("goodbye")
        await call.until(lambda: call.ended)
    assert [turn.heard_text for turn in call.agent_turns()] == ["Goodbye."]
    assert call.ended.reason.code is EndCode.AGENT_HANGUP


async def test_words_written_beside_the_call_are_the_last_ones_and_not_said_twice() -> None:
    model = FakeModel(
        Acts(("hang_up", '{"closing": "Goodbye then."}'), text="You are welcome. Goodbye then.")
    )
    async with FakeCall(tools_spec(HANG_UP), model=model) as call:
        await call.says("goodbye")
        await call.until(lambda: call.ended)
    assert [turn.heard_text for turn in call.agent_turns()] == ["You are welcome. Goodbye then."]


async def test_a_caller_who_speaks_before_the_last_words_begin_keeps_the_line() -> None:
    model = FakeModel(Acts(BYE), "Of course.", first_token_ms=400)
    async with FakeCall(tools_spec(HANG_UP, silence_ms=300, drafts=False), model=model) as call:
        await call.says("that was all")
        await call.waits(700)
        await call.says("no wait one more question")
        await call.until(lambda: call.all(AudioEnd))
    assert call.ended.reason.code is EndCode.CLIENT_HANGUP
    assert [turn.heard_text for turn in call.agent_turns()] == ["Of course."]


async def test_other_tools_are_done_first() -> None:
    model = FakeModel(Acts(BYE, ASKED))
    tools = FakeTools(takes_ms=1_000)
    async with FakeCall(tools_spec(HANG_UP, ORDER), model=model, tools=tools) as call:
        await call.says("book it and goodbye")
        await call.until(lambda: call.ended)
    assert len(model.requests) == 1
    order, farewell = call.tool_turns()[1], call.agent_turns()[0]
    assert order.ended_at_ms is not None and order.ended_at_ms <= farewell.started_at_ms
    assert call.ended.reason.code is EndCode.AGENT_HANGUP


async def test_nobody_hangs_up_on_what_has_failed() -> None:
    model = FakeModel(Acts(BYE, ASKED), "I could not book it.")
    tools = FakeTools({"order_status": ToolError("No.")})
    async with FakeCall(tools_spec(HANG_UP, ORDER), model=model, tools=tools) as call:
        await ask(call)
    assert [turn.heard_text for turn in call.agent_turns()] == ["I could not book it."]
    assert call.ended.reason.code is EndCode.CLIENT_HANGUP
    statuses = {turn.tool.call.name: turn.tool.status for turn in call.tool_turns() if turn.tool}
    assert statuses == {"hang_up": ToolStatus.CANCELLED, "order_status": ToolStatus.FAILED}


async def test_without_a_voice_the_call_still_ends() -> None:
    call = FakeCall(tools_spec(HANG_UP), model=FakeModel(Acts(BYE)))
    call.speech.fails_always = True
    async with call:
        await call.says("goodbye")
        await call.until(lambda: call.ended)
    assert call.ended.reason.code is EndCode.AGENT_HANGUP
    assert call.agent_turns()[0].text.endswith("Goodbye.")


async def test_what_the_agent_does_not_have_cannot_be_called() -> None:
    model = FakeModel(Acts(BYE), "I cannot do that.")
    async with FakeCall(tools_spec(ORDER), model=model) as call:
        await ask(call, "hang up now")
    assert call.ended.reason.code is EndCode.CLIENT_HANGUP
    assert [turn.heard_text for turn in call.agent_turns()] == ["I cannot do that."]


# --- the client's tools ---------------------------------------------------------------------------
async def test_the_client_is_asked_and_its_answer_is_used() -> None:
    model = FakeModel(Acts(ASKED), "On Monday.")
    async with FakeCall(tools_spec(), model=model) as call:
        await call.says("where is my order")
        await call.until(lambda: call.all(ToolAsked))
        asked = call.all(ToolAsked)[0]
        assert (asked.name, asked.arguments, asked.time_limit_ms) == ("order_status", {"number": 7}, 5_000)
        call.feed(ToolAnswered("some other call", "no"))
        call.feed(ToolAnswered(asked.call_id, "Monday"))
        call.feed(ToolAnswered(asked.call_id, "twice"))
        await call.until(lambda: call.all(AudioEnd))
    assert calls_told(model.requests[-1]) == [("order_status", "Monday")]


async def test_a_client_that_cannot_says_why() -> None:
    model = FakeModel(Acts(ASKED), "You have to sign in.")
    async with FakeCall(tools_spec(), model=model) as call:
        await call.says("where is my order")
        await call.until(lambda: call.all(ToolAsked))
        call.feed(ToolAnswered(call.all(ToolAsked)[0].call_id, "Not signed in.", is_error=True))
        await call.until(lambda: call.all(AudioEnd))
    assert calls_told(model.requests[-1]) == [("order_status", "Not signed in.")]


async def test_a_client_that_knows_nothing_of_tools_costs_the_limit_and_no_more() -> None:
    model = FakeModel(Acts(ASKED), "I cannot look it up here.")
    async with FakeCall(tools_spec(), model=model) as call:
        await ask(call)
        call.feed(ToolAnswered(call.all(ToolAsked)[0].call_id, "far too late"))
        await call.waits(1_000)
    assert [turn.heard_text for turn in call.agent_turns()] == ["I cannot look it up here."]


async def test_a_kind_that_nobody_can_carry_out_is_unavailable() -> None:
    model = FakeModel(Acts(("dial", "{}")), "I cannot.")
    dial = ToolSpec("dial", "", kind=ToolKind.HANG_UP)
    async with FakeCall(tools_spec(dial), model=model) as call:
        await call.says("goodbye")
        await call.until(lambda: call.ended)
    assert call.ended.reason.code is EndCode.AGENT_HANGUP, "a tool goes by its kind, not by its name"


async def test_a_call_that_ends_meanwhile_ends_its_tools() -> None:
    tools = FakeTools(takes_ms=3_000)
    async with FakeCall(tools_spec(), model=FakeModel(Acts(ASKED)), tools=tools) as call:
        await call.says("where is my order")
        await call.until(lambda: tools.running)
    assert tools.running == 0
    assert [turn for turn in call.all(TurnRecord) if turn.role is Role.TOOL]
