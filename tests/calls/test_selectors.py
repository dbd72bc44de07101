"""Search in what was said, the same on every database."""

from __future__ import annotations

import pytest

from accounts.ids import new_id
from agents.models import Agent
from calls.models import Call
from calls.selectors import call_find, calls_listed, calls_saying, turns_said
from tests.calls.factory import GREETING, QUESTION, admit, ended_call, journal, make_agent, turn
from tests.cast import Cast


@pytest.fixture
def said(agent: Agent) -> Call:
    ended_call(agent, turn(0, "agent", "Good morning"), turn(1, "user", "Nothing to find here"))
    return ended_call(
        agent,
        turn(0, "agent", "Grüße aus Zürich! It's 50% off, order A_1 or file c:\\temp."),
        turn(1, "user", "Can I get a refund for my order?"),
    )


@pytest.mark.parametrize(
    "words",
    [
        "refund",
        "REFUND",
        "refu",
        "refund order",
        "order  zürich",
        "ZÜRICH",
        "grüße",
        "50% off",
        "refund?",
        "",
        "  ",
    ],
)
def test_each_word_begins_a_word_of_the_call_in_any_case(said: Call, words: str) -> None:
    assert said in calls_saying(calls_listed(said.organisation), words)


@pytest.mark.parametrize("words", ["fund", "refund banana", "xyz", "refund 51"])
def test_a_word_that_was_not_said_finds_nothing(said: Call, words: str) -> None:
    assert not calls_saying(calls_listed(said.organisation), words).exists()


@pytest.mark.parametrize(
    "words", ["'; drop table", "a & !b", "x:* | y", "(((", "%", "_", "\\", "\\b[", "' or 1=1"]
)
def test_signs_of_query_languages_are_only_signs(said: Call, words: str) -> None:
    list(calls_saying(calls_listed(said.organisation), words))


def test_another_organisations_words_are_not_found(said: Call, cast: Cast) -> None:
    assert not calls_saying(calls_listed(cast.other), "refund").exists()


def test_a_foreign_unknown_or_malformed_id_is_no_call(said: Call, cast: Cast) -> None:
    assert call_find(cast.acme, said.pk) == said
    assert call_find(cast.other, said.pk) is None
    assert call_find(cast.acme, new_id()) is None
    assert call_find(cast.acme, "../" + said.pk) is None


def test_a_live_calls_turns_are_those_of_its_journal(agent: Agent) -> None:
    call = admit(agent)
    assert turns_said(call) == []
    writer = journal(call)
    writer.append("turn", 0, **GREETING)
    writer.append("turn", 1000, **QUESTION)
    writer.flush()
    assert [row.text for row in turns_said(call)] == [GREETING["text"], QUESTION["text"]]
    writer.close()
    assert call.turns.count() == 0


def test_lists_ask_the_database_a_fixed_number_of_times(
    agent: Agent, django_assert_num_queries: object
) -> None:
    for _ in range(3):
        ended_call(agent)
    ended_call(make_agent(agent.organisation, "Other"))
    with django_assert_num_queries(2):  # type: ignore[operator]
        for call in calls_listed(agent.organisation):
            assert call.agent.name and call.agent_version.number and len(call.timed_turns) == 3
