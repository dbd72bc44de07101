"""What a call used becomes rows: once however often, and from whatever the journal has."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.services import api_key_create
from agents.models import Agent
from calls.models import Usage
from calls.services import call_close, call_process
from tests.calls.factory import admit, journal, write_end
from tests.cast import Cast

HEARD = {"meter": "transcriber_s", "provider": "deepgram", "name": "nova-3", "used": 61.5, "in_vain": 4.8}
WROTE = {"meter": "model_output_tokens", "provider": "groq", "name": "gpt", "used": 210, "in_vain": 30}
ROWS = ("meter", "provider", "name", "used", "in_vain")


def call_with(agent: Agent, *entries: list[Any], ends: bool = True) -> Any:
    call = admit(agent)
    writer = journal(call)
    for number, usage in enumerate(entries, 1):
        writer.append("usage", number * 10_000.0, usage=usage)
    if ends:
        write_end(writer)
    writer.close()
    call_close(call_id=call.pk)
    assert call_process(call_id=call.pk)
    return call


def rows(call: Any) -> list[tuple[Any, ...]]:
    return list(Usage.objects.filter(call=call).values_list(*ROWS))


def test_the_newest_word_of_a_journal_counts(agent: Agent) -> None:
    call = call_with(agent, [HEARD | {"used": 10}], [HEARD, WROTE])
    assert rows(call) == [tuple(WROTE[name] for name in ROWS), tuple(HEARD[name] for name in ROWS)]


def test_a_call_whose_process_died_has_what_it_had_used_by_then(agent: Agent) -> None:
    assert rows(call_with(agent, [HEARD], ends=False)) == [tuple(HEARD[name] for name in ROWS)]


def test_processing_again_counts_nothing_twice(agent: Agent) -> None:
    call = call_with(agent, [HEARD, WROTE])
    before = rows(call)
    call_close(call_id=call.pk)
    assert call_process(call_id=call.pk)
    assert rows(call) == before


@pytest.mark.parametrize(
    "usage",
    [
        [HEARD | {"meter": "gold_kg"}],
        [None, 7, "x", []],
        [HEARD | {"used": "much"}, HEARD | {"used": float("inf")}, HEARD | {"used": -5}],
    ],
)
def test_nonsense_in_a_journal_costs_nobody_anything(agent: Agent, usage: list[Any]) -> None:
    assert sum(row[3] for row in rows(call_with(agent, usage))) == 0


def test_usage_is_shown_by_the_api_and_on_the_page(agent: Agent, cast: Cast, client: Client) -> None:
    call = call_with(agent, [HEARD])
    _, raw_key = api_key_create(organisation=cast.acme, name="test", created_by=cast.alice)
    api = Client(headers={"x-api-key": raw_key})
    (detailed,) = api.get(f"/api/dashboard/calls/{call.pk}").json()["usage"]
    (listed,) = api.get("/api/dashboard/calls").json()["results"][0]["usage"]
    assert {name: detailed[name] for name in HEARD} == HEARD and listed == detailed
    client.force_login(cast.bob, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(f"/o/{cast.acme.pk}/conversations/{call.pk}/")
    assert page.status_code == 200
    assert "Listened" in page.content.decode() and "Nova-3" in page.content.decode()
