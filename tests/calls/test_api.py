"""GET /api/dashboard/stats, /calls and /calls/ID: the published shapes, for a key's own organisation only."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone

from accounts.ids import is_id, new_id
from accounts.models import Organisation
from accounts.services import api_key_create, api_key_revoke
from agents.models import Agent
from calls.api.serializers import CountersSerializer
from calls.models import Call, CallState
from calls.services import call_close
from tests.calls.factory import ANSWER, GREETING, SWITCH, admit, ended_call, journal, make_agent, turn
from tests.cast import Cast
from voice.core.events import SessionCounters

CALL_FIELDS = {
    *("id", "conversation_id", "session_id", "agent", "channel", "direction", "from_number", "to_number"),
    *("state", "started_at", "ended_at", "duration_s", "end_reason", "latency", "usage", "cost", "price"),
    *("recording", "analysis", "feedback", "variables", "metadata", "counters", "switches"),
}
TURN_FIELDS = {
    *("index", "role", "text", "heard_text", "interrupted", "started_at_ms", "ended_at_ms", "words"),
    *("latency", "timeline", "is_filler", "tool"),
}


def with_key_of(organisation: Organisation, cast: Cast) -> Client:
    _, raw_key = api_key_create(organisation=organisation, name="test", created_by=cast.alice)
    return Client(headers={"x-api-key": raw_key})


@pytest.fixture
def acme(cast: Cast) -> Client:
    return with_key_of(cast.acme, cast)


def get(client: Client, path: str, status: int = 200) -> Any:
    response = client.get(path if path.startswith("/") else f"/api/dashboard/{path}")
    assert response.status_code == status, response.content
    return response.json()


def test_a_call_has_the_published_shape(agent: Agent, acme: Client) -> None:
    call = ended_call(agent)
    shown = get(acme, f"calls/{call.pk}")
    assert set(shown) == CALL_FIELDS | {"turns", "outbound"}
    assert is_id(shown["id"]) and shown["conversation_id"] == shown["session_id"] == call.session_id
    assert shown["agent"] == {"id": agent.pk, "name": "Reception", "version": 1}
    assert (shown["channel"], shown["direction"], shown["state"]) == ("browser", "inbound", "ended")
    assert shown["duration_s"] == 6.0
    assert shown["end_reason"] == {
        "code": "client_hangup",
        "by": "caller",
        "message": "The caller ended the call.",
    }
    assert datetime.fromisoformat(shown["started_at"]).utcoffset() == timedelta(0)
    assert shown["latency"]["voice_to_voice_ms"] == {"p50": 630, "p95": 630}
    assert shown["recording"] is None and shown["usage"] == []
    assert shown["cost"] == {"amount": "0", "currency": "USD"} and shown["price"] is None


def test_turns_have_the_published_shape(agent: Agent, acme: Client) -> None:
    turns = get(acme, f"calls/{ended_call(agent).pk}")["turns"]
    assert [turn["role"] for turn in turns] == ["agent", "user", "agent"]
    assert all(set(turn) == TURN_FIELDS for turn in turns)
    assert turns[1]["latency"] is None
    assert turns[2]["heard_text"] == "We are open from nine" and turns[2]["interrupted"]
    assert turns[2]["latency"] == {
        "endpointing_ms": 400.0,
        "transcript_ms": 250.0,
        "first_token_ms": 60.0,
        "first_audio_ms": 120.0,
        "own_ms": 15.0,
        "voice_to_voice_ms": 630.0,
    }
    assert turns[2]["timeline"] == ANSWER["timeline"] and turns[1]["timeline"] is None


def test_a_call_says_what_was_counted_and_who_took_over(agent: Agent, acme: Client) -> None:
    shown = get(acme, f"calls/{ended_call(agent, ANSWER, switches=[SWITCH]).pk}")
    assert shown["counters"]["interruptions"] == 1 and shown["counters"]["false_interruptions"] == 2
    assert shown["counters"]["drafts_kept"] is None  # its journal did not say
    assert set(shown["counters"]) == set(CountersSerializer().fields) == set(asdict(SessionCounters()))
    (switch,) = shown["switches"]
    assert switch == SWITCH | {"at_ms": 2240.0}


def test_a_live_call_has_no_end_yet_but_what_was_said_so_far(agent: Agent, acme: Client) -> None:
    call = admit(agent)
    writer = journal(call)
    writer.append("turn", 0, **GREETING)
    writer.flush()
    shown = get(acme, f"calls/{call.pk}")
    assert shown["state"] == "live"
    assert shown["ended_at"] is shown["duration_s"] is shown["end_reason"] is None
    assert [turn["text"] for turn in shown["turns"]] == [GREETING["text"]]


def test_the_list_is_newest_first_and_leads_on_by_cursor(agent: Agent, acme: Client) -> None:
    calls = [ended_call(agent) for _ in range(5)]
    for age, call in enumerate(calls):
        Call.objects.filter(pk=call.pk).update(started_at=timezone.now() - timedelta(minutes=age))
    page = get(acme, "calls?limit=2")
    assert set(page) == {"results", "next", "previous"}
    assert set(page["results"][0]) == CALL_FIELDS
    assert page["previous"] is None
    seen = [call["id"] for call in page["results"]]
    while page["next"]:
        page = get(acme, page["next"].removeprefix("http://testserver"))
        seen += [call["id"] for call in page["results"]]
    assert seen == [call.pk for call in calls]


def test_the_document_s_list_of_recent_calls(agent: Agent, acme: Client) -> None:
    ended_call(agent)
    assert len(get(acme, "calls?limit=10")["results"]) == 1


def test_filters(agent: Agent, acme: Client) -> None:
    other_agent = make_agent(agent.organisation, "Support")
    ended, live, waiting = ended_call(agent), admit(other_agent), admit(agent)
    call_close(call_id=waiting.pk)
    old = ended_call(agent)
    Call.objects.filter(pk=old.pk).update(started_at=datetime(2024, 5, 1, 12, tzinfo=UTC))
    for query, expected in {
        f"agent_id={other_agent.pk}": {live.pk},
        f"agent_id={new_id()}": set(),
        "agent_id=nonsense": set(),
        "state=live": {live.pk},
        "state=processing": {waiting.pk},
        "state=ended": {ended.pk, old.pk},
        "started_before=2024-05-01T12:00:01Z": {old.pk},
        "started_before=2024-05-01T12:00:00Z": set(),
        "started_after=2024-05-01T12:00:01Z": {ended.pk, live.pk, waiting.pk},
        f"started_after={quote('2024-05-01T14:00:00+02:00')}&state=ended": {ended.pk, old.pk},
    }.items():
        assert {call["id"] for call in get(acme, f"calls?{query}")["results"]} == expected, query


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("state", "nonsense"),
        ("started_after", "nonsense"),
        ("started_before", "nonsense"),
        ("started_after", "0001-01-01T00:00:00+14:00"),
        ("started_before", "9999-12-31T23:59:59-14:00"),
    ],
)
def test_a_filter_that_means_nothing_is_said_beside_its_name(acme: Client, field: str, value: str) -> None:
    problem = get(acme, f"calls?{field}={quote(value)}", status=400)
    assert problem["code"] == "invalid" and problem["request_id"]
    assert [error["field"] for error in problem["errors"]] == [field]


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "limit=-1", "cursor=nonsense", "limit=%00"])
def test_bad_pages_are_refused_clearly(acme: Client, query: str) -> None:
    response = acme.get(f"/api/dashboard/calls?{query}")
    assert response.status_code in (400, 404)
    assert response.json()["code"]


def test_another_organisations_key_finds_nothing(agent: Agent, cast: Cast) -> None:
    call = ended_call(agent)
    other = with_key_of(cast.other, cast)
    foreign, unknown = get(other, f"calls/{call.pk}", 404), get(other, f"calls/{new_id()}", 404)
    assert foreign | {"request_id": ""} == unknown | {"request_id": ""}
    assert get(other, "calls")["results"] == []
    assert get(other, f"calls?agent_id={agent.pk}")["results"] == []
    assert get(other, "stats")["calls"]["total"] == 0


@pytest.mark.parametrize("path", ["calls", "calls/" + "0" * 24, "stats"])
def test_without_a_valid_key_there_is_nothing(agent: Agent, cast: Cast, path: str) -> None:
    url = f"/api/dashboard/{path}"
    assert Client().get(url).status_code == 401
    assert Client(headers={"x-api-key": "vx_" + "a" * 43}).get(url).status_code == 401
    api_key, raw_key = api_key_create(organisation=cast.acme, name="gone", created_by=cast.alice)
    api_key_revoke(api_key=api_key)
    assert Client(headers={"x-api-key": raw_key}).get(url).status_code == 401


def test_statistics_cannot_be_written(acme: Client) -> None:
    assert acme.post("/api/dashboard/stats").status_code == 405


def test_statistics_of_an_organisation(agent: Agent, acme: Client, cast: Cast) -> None:
    other_agent = make_agent(agent.organisation, "Support")
    first, second = ended_call(agent), ended_call(agent)
    Call.objects.filter(pk=first.pk).update(duration_ms=60_000)
    Call.objects.filter(pk=second.pk).update(
        duration_ms=120_000, end_code="silence", started_at=timezone.now() - timedelta(days=40)
    )
    admit(other_agent)
    ended_call(make_agent(cast.other))
    assert get(acme, "stats") == {
        "calls": {"total": 3, "live": 1, "today": 2},
        "minutes": {"total": 3.0, "this_month": 1.0, "included_per_month": 1000},
        "average_duration_s": 90.0,
        "latency": {"voice_to_voice_ms": {"p50": 630, "p95": 630}},
        "by_agent": [
            {"agent": {"id": agent.pk, "name": "Reception"}, "calls": 2, "minutes": 3.0},
            {"agent": {"id": other_agent.pk, "name": "Support"}, "calls": 1, "minutes": 0.0},
        ],
        "by_end_code": [{"code": "client_hangup", "calls": 1}, {"code": "silence", "calls": 1}],
    }


def test_statistics_pass_over_turns_that_answered_nobody(agent: Agent, acme: Client) -> None:
    unmeasured = {"latency": {"voice_to_voice_ms": None, "first_audio_ms": 12.0}}
    ended_call(agent, turn(0, "agent", "Hello", **unmeasured), turn(1, "agent", "Still there?", **unmeasured))
    assert get(acme, "stats")["latency"] == {"voice_to_voice_ms": {"p50": None, "p95": None}}
    ended_call(agent)
    assert get(acme, "stats")["latency"] == {"voice_to_voice_ms": {"p50": 630, "p95": 630}}


def test_statistics_of_an_organisation_without_calls(acme: Client) -> None:
    figures = get(acme, "stats")
    assert figures["calls"] == {"total": 0, "live": 0, "today": 0}
    assert figures["average_duration_s"] is None
    assert figures["latency"] == {"voice_to_voice_ms": {"p50": None, "p95": None}}


def test_a_list_asks_the_database_a_fixed_number_of_times(
    agent: Agent, acme: Client, django_assert_max_num_queries: Any
) -> None:
    for _ in range(4):
        ended_call(agent)
    get(acme, "calls")  # the key's last use is noted once a minute
    with django_assert_max_num_queries(4):
        get(acme, "calls")
    assert Call.objects.filter(state=CallState.ENDED).count() == 4
