"""*Conversations* in the dashboard: who may see what, and what each state of a call shows."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from agents.models import Agent
from calls.models import Call, CallState, OutboundCall
from calls.services import call_close
from calls.views import COUNTER_LABELS
from tests.calls.factory import (
    ANSWER,
    GREETING,
    QUESTION,
    SWITCH,
    admit,
    ended_call,
    journal,
    make_agent,
    turn,
)
from tests.cast import Cast
from voice.core.events import SessionCounters


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def vera(cast: Cast) -> Client:
    return signed_in(cast.vera)


def list_address(agent: Agent, query: str = "") -> str:
    return reverse("calls:list", args=[agent.organisation_id]) + query


def address(call: Call, name: str = "detail") -> str:
    return reverse(f"calls:{name}", args=[call.organisation_id, call.pk])


def given_up(agent: Agent) -> Call:
    call = admit(agent)
    call_close(call_id=call.pk)
    Call.objects.filter(pk=call.pk).update(
        process_attempts=5, process_due_at=None, process_error="OSError: gone"
    )
    call.refresh_from_db()
    return call


def text_of(client: Client, url: str, **headers: str) -> str:
    response = client.get(url, headers=headers or None)
    assert response.status_code == 200
    return response.content.decode()


def test_a_viewer_reads_list_and_transcript(agent: Agent, vera: Client) -> None:
    call = ended_call(agent)
    listed = text_of(vera, list_address(agent))
    for shown in ("Reception", "v1", "Browser", "0:06", "Caller hung up", "630 ms", address(call)):
        assert shown in listed
    page = text_of(vera, address(call))
    assert "When are you open?" in page
    assert "The caller ended the call." in page
    assert "Answered in 630 ms" in page


def test_what_an_interrupted_caller_did_not_hear_is_struck(agent: Agent, vera: Client) -> None:
    page = text_of(vera, address(ended_call(agent)))
    assert re.search(r"We are open from nine\s+<s [^>]*>to five, Monday to Friday\.</s>", page)


def test_a_provider_that_took_over_stands_between_the_turns_and_in_the_waterfall(
    agent: Agent, vera: Client
) -> None:
    page = text_of(vera, address(ended_call(agent, QUESTION, ANSWER, switches=[SWITCH])))
    sentence = "Thinking: Groq could not be reached; your own server went on"
    assert page.count(sentence) == 2
    transcript = page[page.index('class="transcript"') :]
    positions = [transcript.index(each) for each in (QUESTION["text"], ANSWER["heard_text"], 'call-switch"')]
    assert positions[0] < positions[1] < positions[2], "it happened after the answer had begun"
    assert "at 440 ms" in page


def test_a_tool_that_was_asked_is_marked_in_the_waterfall(agent: Agent, vera: Client) -> None:
    tool = {"call": {"id": "1", "name": "find_slot", "arguments": "{}"}, "status": "ok", "result": "Monday"}
    asked = turn(2, "tool", "", tool=tool, started_at_ms=2310.0, ended_at_ms=2350.0)
    page = text_of(vera, address(ended_call(agent, QUESTION, asked, ANSWER | {"index": 3})))
    assert "Tool asked: Find slot" in page and "at 510 ms" in page
    assert "waterfall-mark-tool" in page and "waterfall-mark-switch" not in page


def test_a_live_call_shows_who_took_over_already(agent: Agent, vera: Client) -> None:
    call = admit(agent)
    writer = journal(call)
    writer.append("turn", 0, **GREETING)
    writer.append("switch", 300, **SWITCH)
    writer.flush()
    assert "Groq could not be reached" in text_of(vera, address(call))


def test_the_page_shows_what_was_counted(agent: Agent, vera: Client) -> None:
    call = ended_call(agent)
    Call.objects.filter(pk=call.pk).update(counters=asdict(SessionCounters(drafts_dropped=37)))
    page = text_of(vera, address(call))
    assert re.search(r"Replies prepared early in vain</th><td[^>]*>37<", page)
    for name in SessionCounters.__dataclass_fields__:
        assert name in dict(COUNTER_LABELS), name


def test_pages_have_no_inline_style_or_script(agent: Agent, vera: Client) -> None:
    for url in (list_address(agent), address(ended_call(agent))):
        page = text_of(vera, url)
        assert not re.search(r"<[^>]+\sstyle=", page) and "<style" not in page
        assert not re.search(r"<script(?![^>]*src=)", page)


def test_what_callers_say_is_never_markup(agent: Agent, vera: Client) -> None:
    call = ended_call(agent, turn(0, "user", "<img src=x onerror=alert(1)>"))
    page = text_of(vera, address(call))
    assert "<img src=x" not in page and "&lt;img src=x" in page


def test_keys_that_a_caller_pressed_are_shown_as_keys(agent: Agent, vera: Client) -> None:
    call = ended_call(agent, turn(0, "user", "<b> [pressed 1 2 #] thanks [pressed on]"))
    page = text_of(vera, address(call))
    assert (
        "&lt;b&gt; <span" in page
        and "<kbd>1</kbd> <kbd>2</kbd> <kbd>#</kbd></span> thanks [pressed on]" in page
    )


def test_a_person_of_another_organisation_sees_nothing(agent: Agent, cast: Cast) -> None:
    call = ended_call(agent)
    charlie = signed_in(cast.charlie)
    assert charlie.get(list_address(agent)).status_code == 404
    assert charlie.get(address(call)).status_code == 404
    assert charlie.post(address(call, "retry")).status_code == 404
    # Not through his own organisation either.
    assert charlie.get(reverse("calls:detail", args=[cast.other.pk, call.pk])).status_code == 404
    assert call.pk not in text_of(charlie, reverse("calls:list", args=[cast.other.pk]))


def test_a_stranger_is_sent_to_sign_in(agent: Agent) -> None:
    response = Client().get(address(ended_call(agent)))
    assert response.status_code == 302 and "/login/" in response["Location"]


@pytest.mark.parametrize("call_id", ["nonsense", "0" * 24, "%00", "a" * 300])
def test_an_unknown_call_is_not_found(agent: Agent, vera: Client, call_id: str) -> None:
    assert vera.get(list_address(agent) + f"{call_id}/").status_code == 404


def test_an_empty_list_says_what_to_do(agent: Agent, vera: Client) -> None:
    assert "No conversations yet" in text_of(vera, list_address(agent))
    assert "Nothing matches" in text_of(vera, list_address(agent, "?q=zebra"))


def test_pages_ask_for_themselves_again_only_while_a_call_moves(agent: Agent, vera: Client) -> None:
    finished = ended_call(agent)
    assert "every 3s" not in text_of(vera, list_address(agent))
    assert "every 2s" not in text_of(vera, address(finished))
    live = admit(agent)
    assert "every 3s" in text_of(vera, list_address(agent))
    assert "every 2s" in text_of(vera, address(live))
    call_close(call_id=live.pk)
    page = text_of(vera, address(live))
    assert "every 2s" in page and "Putting the transcript together" in page


def test_a_live_calls_page_shows_what_was_said_so_far(agent: Agent, vera: Client) -> None:
    call = admit(agent)
    writer = journal(call)
    writer.append("turn", 0, **GREETING)
    writer.flush()
    page = text_of(vera, address(call), **{"HX-Request": "true", "HX-Target": "call"})
    assert GREETING["text"] in page and "Live" in page
    assert "<html" not in page, "htmx gets the changing part alone"


def test_a_call_that_nobody_has_answered_is_said_to_ring(agent: Agent, vera: Client) -> None:
    call = admit(agent)
    Call.objects.filter(pk=call.pk).update(direction="outbound", to_number="+14155550100")
    outbound = OutboundCall.objects.create(organisation=call.organisation, call=call, ring_s=30)
    for url in (address(call), list_address(agent)):
        page = text_of(vera, url)
        assert "nobody has answered yet" in page and "The call is going on" not in page
    outbound.answered_at = timezone.now()
    outbound.save()
    for url in (address(call), list_address(agent)):
        page = text_of(vera, url)
        assert "The call is going on" in page and "nobody has answered yet" not in page


def test_the_table_alone_is_what_filters_swap(agent: Agent, vera: Client) -> None:
    ended_call(agent)
    part = text_of(vera, list_address(agent, "?q=open"), **{"HX-Request": "true", "HX-Target": "calls"})
    assert "<html" not in part and 'id="calls"' in part and "1 found" in part


def test_a_failed_call_says_so_and_an_admin_may_try_again(agent: Agent, vera: Client, cast: Cast) -> None:
    call = given_up(agent)
    page = text_of(vera, address(call))
    assert "could not be put together" in page and "OSError: gone" in page
    assert address(call, "retry") not in page and "every 2s" not in page
    for user in (cast.vera, cast.bob):
        assert signed_in(user).post(address(call, "retry")).status_code == 403
    alice = signed_in(cast.alice)
    assert address(call, "retry") in text_of(alice, address(call))
    assert alice.get(address(call, "retry")).status_code == 405
    assert alice.post(address(call, "retry")).status_code == 302
    call.refresh_from_db()
    assert call.process_due_at and call.process_attempts == 0


def test_the_calls_of_one_conversation_lead_to_each_other(agent: Agent, vera: Client) -> None:
    first = ended_call(agent)
    second = admit(agent, session_id=first.session_id)
    page = text_of(vera, address(first))
    assert "One conversation, 2 calls" in page and address(second) in page


def ids_listed(client: Client, agent: Agent, query: str) -> set[str]:
    return set(re.findall(r"conversations/([0-9a-f]{24})/", text_of(client, list_address(agent, query))))


def test_filters_narrow_the_list(agent: Agent, vera: Client) -> None:
    other_agent = make_agent(agent.organisation, "Support")
    hung_up, live, failed = ended_call(agent), admit(other_agent), given_up(agent)
    waiting = admit(agent)
    call_close(call_id=waiting.pk)
    old = ended_call(agent, turn(0, "user", "banana"))
    Call.objects.filter(pk=old.pk).update(
        started_at=timezone.now() - timedelta(days=40), end_code="server_lost", channel="phone"
    )
    everything = {hung_up.pk, live.pk, failed.pk, waiting.pk, old.pk}
    yesterday = (timezone.now() - timedelta(days=1)).date()
    for query, expected in {
        "": everything,
        f"?agent={other_agent.pk}": {live.pk},
        "?outcome=live": {live.pk},
        "?outcome=failed": {failed.pk},
        "?outcome=processing": {waiting.pk},
        "?outcome=client_hangup": {hung_up.pk},
        "?outcome=server_lost": {old.pk},
        "?channel=phone": {old.pk},
        f"?since={yesterday}": everything - {old.pk},
        f"?until={yesterday}": {old.pk},
        "?q=banana": {old.pk},
        "?q=open&outcome=client_hangup": {hung_up.pk},
        "?q=open&channel=phone": set(),
        "?q=%20": everything,
    }.items():
        assert ids_listed(vera, agent, query) == expected, query


def test_days_are_those_of_the_readers_time_zone(agent: Agent, vera: Client) -> None:
    late = ended_call(agent)
    Call.objects.filter(pk=late.pk).update(started_at=datetime(2026, 3, 10, 20, 30, tzinfo=UTC))
    asked = {"?since=2026-03-11": 0, "?until=2026-03-10": 1, "?since=2026-03-10&until=2026-03-10": 1}
    for query, found in asked.items():
        assert len(ids_listed(vera, agent, query)) == found, query
    vera.cookies["timezone"] = "Asia/Tokyo"  # where it was half past five of the next morning
    for query, found in {"?since=2026-03-11": 1, "?until=2026-03-10": 0, "?until=2026-03-11": 1}.items():
        assert len(ids_listed(vera, agent, query)) == found, query
    assert "Mar 11, 05:30 JST" in text_of(vera, list_address(agent))


@pytest.mark.parametrize("name", ["Nowhere/Atlantis", "../../etc/passwd", "Europe", "/etc/passwd", "Z" * 900])
def test_a_cookie_that_names_no_time_zone_means_utc(agent: Agent, vera: Client, name: str) -> None:
    ended_call(agent)
    vera.cookies["timezone"] = name
    assert " UTC</time>" in text_of(vera, list_address(agent))


def test_agents_of_others_cannot_be_filtered_by(agent: Agent, vera: Client, cast: Cast) -> None:
    foreign = make_agent(cast.other, "Secret agent")
    admit(foreign)
    page = text_of(vera, list_address(agent, f"?agent={foreign.pk}"))
    assert "Secret agent" not in page


@pytest.mark.parametrize(
    "query",
    [
        *("?since=yesterday", "?since=0001-01-01", "?until=9999-12-31"),
        *("?outcome=none", "?agent=1", "?q=%00", "?page=-1", "?page=x", "?page=99999999999"),
    ],
)
def test_filters_that_mean_nothing_are_said_or_ignored(agent: Agent, vera: Client, query: str) -> None:
    ended_call(agent)
    text_of(vera, list_address(agent, query))


def test_long_lists_have_pages_that_keep_the_filter(agent: Agent, vera: Client) -> None:
    for _ in range(27):
        Call.objects.create(
            organisation=agent.organisation,
            agent=agent,
            agent_version=agent.current_version,
            session_id="0" * 24,
            state=CallState.ENDED,
            end_code="silence",
            duration_ms=1000,
        )
    first = ids_listed(vera, agent, "?outcome=silence")
    page = text_of(vera, list_address(agent, "?outcome=silence"))
    assert "1–25 of 27" in page and "?outcome=silence&amp;page=2" in page
    second = ids_listed(vera, agent, "?outcome=silence&page=2")
    assert len(first) == 25 and len(second) == 2 and not first & second


def test_what_a_client_gave_with_the_call_is_shown(agent: Agent, vera: Client) -> None:
    given = admit(agent, variables={"name": "<Bob>", "order": ""}, metadata={"crm": "17"})
    page = vera.get(address(given)).content.decode()
    assert "Variables" in page and "&lt;Bob&gt;" in page and "<Bob>" not in page
    assert "Metadata" in page and "crm" in page
    assert "Variables" not in vera.get(address(admit(agent))).content.decode()
