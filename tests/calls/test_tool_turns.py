"""Tools that were called and words said while the caller waited: kept, over REST, and on the call's page."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Organisation
from accounts.services import api_key_create
from agents.models import Agent
from calls import services
from calls.models import Turn
from tests.calls.factory import QUESTION, admit, ended_call, turn, write_call
from tests.cast import Cast


def tool_turn(index: int, **changes: Any) -> dict[str, Any]:
    call = {"id": "abc123def", "name": "order_status", "arguments": '{"number": 7}', "is_joined": False}
    record = {"call": call, "status": "ok", "result": "Monday", "duration_ms": 312.4}
    record |= {name: value for name, value in changes.items() if name in record}
    call |= {name: value for name, value in changes.items() if name in call}
    return turn(index, "tool", "", tool=record)


FILLER = turn(3, "agent", "One moment, please.", is_filler=True)


def shown(call_id: str, organisation: Organisation, cast: Cast) -> list[dict[str, Any]]:
    _, raw_key = api_key_create(organisation=organisation, name="test", created_by=cast.alice)
    response = Client(headers={"x-api-key": raw_key}).get(f"/api/dashboard/calls/{call_id}")
    found: list[dict[str, Any]] = response.json()["turns"]
    return found


def test_a_tools_turn_is_told_over_rest(agent: Agent, cast: Cast) -> None:
    call = ended_call(agent, QUESTION, tool_turn(2), FILLER)
    _, tool, filler = shown(call.pk, agent.organisation, cast)
    assert tool["role"] == "tool" and tool["text"] == ""
    assert tool["tool"] == {
        "name": "order_status",
        "arguments": {"number": 7},
        "result": "Monday",
        "status": "ok",
        "duration_ms": 312.4,
    }
    assert filler["is_filler"] and filler["tool"] is None and not tool["is_filler"]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("{nonsense", "{nonsense"),
        ('{"x": NaN}', '{"x": NaN}'),
        (r'{"x\u0000": ["\ud800"]}', {"x": ["?"]}),
        ("[" * 5_000, "[" * 5_000),
        (None, ""),
    ],
)
def test_what_a_model_wrote_for_arguments_is_kept_as_far_as_a_database_can(
    agent: Agent, written: object, kept: object
) -> None:
    call = ended_call(agent, tool_turn(1, arguments=written, result="a\0b"))
    stored = Turn.objects.get(call=call).tool
    assert stored["arguments"] == kept
    assert stored["result"] == "ab"


def test_what_was_running_when_the_call_ended_was_not_done(agent: Agent) -> None:
    call = ended_call(agent, tool_turn(1, status="running", result="", duration_ms=None))
    assert Turn.objects.get(call=call).tool["status"] == "cancelled"


def test_the_page_shows_the_tool_while_it_runs_and_what_came_of_it(agent: Agent, cast: Cast) -> None:
    client = Client()
    client.force_login(cast.alice)
    live = admit(agent)
    write_call(live, QUESTION, tool_turn(2, status="running", result="", duration_ms=None), end=False)
    address = reverse("calls:detail", args=[agent.organisation.pk, live.pk])
    page = client.get(address).content.decode()
    assert ">Order status</span>" in page and "Running" in page
    assert "<dt>Tool</dt><dd><code>order_status</code></dd>" in page
    write_call(live, QUESTION, tool_turn(2, result="<b>Monday</b>"), FILLER)
    services.call_close(call_id=live.pk)
    assert services.call_process(call_id=live.pk)
    page = client.get(address).content.decode()
    assert "Done" in page and "312 ms" in page
    assert "{&quot;number&quot;: 7}" in page and "&lt;b&gt;Monday&lt;/b&gt;" in page
    assert "Said while the caller waited" in page
