"""Commands to a live call as rows: given once, bounded, taken once, settled once, and how each stands."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.services import api_key_create, api_key_revoke
from agents.models import Agent
from calls import selectors, services
from calls.commands import CommandState, standing_of
from calls.models import Call, CallState, Command, CommandKind, CommandOutcome
from calls.services import CommandRefused, command_give, command_settle, commands_take, limits_enforce
from tests.addresses.world import signed_in
from tests.calls.conftest import Clock
from tests.calls.factory import admit
from tests.cast import Cast

SAY = CommandKind.SAY


@pytest.fixture
def call(agent: Agent) -> Call:
    return admit(agent)


def say(call: Call, text: str = "Hello.", **arguments: Any) -> Command:
    return command_give(call=call, kind=SAY, arguments={"text": text}, **arguments)[0]


def stands(command: Command) -> tuple[str, str]:
    standing = standing_of(Command.objects.select_related("call").get(pk=command.pk))
    return standing.state, standing.outcome


# --- given --------------------------------------------------------------------------------------
def test_a_command_waits_is_acknowledged_and_settled(call: Call) -> None:
    command = say(call)
    assert stands(command) == ("waiting", "")
    assert [each.pk for each in commands_take(call_ids=[call.pk])] == [command.pk]
    assert stands(command) == ("acknowledged", "")
    command_settle(command_id=command.pk, outcome=CommandOutcome.DONE)
    assert stands(command) == ("settled", "done")


def test_with_the_same_key_it_is_given_once(call: Call) -> None:
    first, is_new = command_give(call=call, kind=SAY, arguments={"text": "A"}, idempotency_key="k")
    again, is_new_again = command_give(call=call, kind=SAY, arguments={"text": "A"}, idempotency_key="k")
    assert (is_new, is_new_again, again.pk) == (True, False, first.pk)
    assert Command.objects.count() == 1
    with pytest.raises(CommandRefused) as refused:
        command_give(call=call, kind=SAY, arguments={"text": "B"}, idempotency_key="k")
    assert refused.value.code == "idempotency_key_reused"


def test_the_same_key_still_finds_it_when_the_call_is_over(call: Call) -> None:
    first = say(call, idempotency_key="k")
    Call.objects.update(state=CallState.PROCESSING)
    assert say(call, idempotency_key="k").pk == first.pk


def test_another_call_may_use_the_same_key(agent: Agent) -> None:
    assert say(admit(agent), idempotency_key="k").pk != say(admit(agent), idempotency_key="k").pk


def test_a_call_that_is_over_takes_none(call: Call) -> None:
    Call.objects.update(state=CallState.PROCESSING)
    with pytest.raises(CommandRefused) as refused:
        say(call)
    assert refused.value.code == "call_not_live"
    assert not Command.objects.exists()


def test_open_ones_are_bounded_and_room_comes_back(call: Call, clock: Clock) -> None:
    for _ in range(services.commands.OPEN_LIMIT):
        say(call)
    with pytest.raises(CommandRefused) as refused:
        say(call)
    assert refused.value.code == "too_many_commands"
    clock.advance(31)  # nobody took them
    command = say(call)
    assert stands(command) == ("waiting", "")


# --- taken --------------------------------------------------------------------------------------
def test_each_is_handed_out_once_in_the_order_given(call: Call) -> None:
    ids = [say(call, text).pk for text in "abc"]
    assert [each.pk for each in commands_take(call_ids=[call.pk])] == ids
    assert commands_take(call_ids=[call.pk]) == []


def test_only_those_of_the_calls_asked_for_are_handed_out(agent: Agent) -> None:
    mine, others = admit(agent), admit(agent)
    say(others)
    assert commands_take(call_ids=[mine.pk]) == []
    assert selectors.calls_called_upon([mine.pk]) == []
    assert selectors.calls_called_upon([mine.pk, others.pk]) == [(others.pk, False)]


def test_what_nobody_took_in_time_is_expired_and_not_handed_out(call: Call, clock: Clock) -> None:
    command = say(call, within=timedelta(seconds=5))
    clock.advance(6)
    assert selectors.calls_called_upon([call.pk]) == []
    assert commands_take(call_ids=[call.pk]) == []
    assert stands(command) == ("settled", "expired")


def test_what_a_lost_process_left_open_is_told_from_its_call(call: Call) -> None:
    taken, waiting = say(call), say(call)
    Command.objects.filter(pk=taken.pk).update(acknowledged_at=taken.created_at)
    Call.objects.update(state=CallState.ENDED)
    assert stands(taken) == stands(waiting) == ("settled", "call_ended")


@pytest.mark.parametrize(
    "end_code, outcome", [("ended_by_operator", "done"), ("client_hangup", "call_ended")]
)
def test_what_ended_its_call_is_done_before_that_is_written(call: Call, end_code: str, outcome: str) -> None:
    ending, _ = command_give(call=call, kind=CommandKind.END)
    assert commands_take(call_ids=[call.pk])
    Call.objects.update(state=CallState.ENDED, end_code=end_code)
    assert stands(ending) == ("settled", outcome)


def test_the_first_outcome_counts(call: Call) -> None:
    command = say(call)
    command_settle(command_id=command.pk, outcome=CommandOutcome.INTERRUPTED)
    command_settle(command_id=command.pk, outcome=CommandOutcome.DONE)
    assert stands(command) == ("settled", "interrupted")


def test_a_revoked_key_calls_upon_its_calls(agent: Agent, cast: Cast) -> None:
    key, _ = api_key_create(organisation=cast.acme, name="Site", created_by=None)
    call = admit(agent)
    Call.objects.update(api_key=key)
    assert selectors.calls_called_upon([call.pk]) == []
    api_key_revoke(api_key=key)
    assert selectors.calls_called_upon([call.pk]) == [(call.pk, True)]


def test_calls_are_asked_about_in_one_query(call: Call, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        selectors.calls_called_upon([call.pk])


# --- limits -------------------------------------------------------------------------------------
def test_minutes_that_run_out_end_every_live_call_once(agent: Agent, clock: Clock, cast: Cast) -> None:
    cast.acme.plan.minutes_per_month = 2
    cast.acme.plan.save()
    call = admit(agent)
    clock.now = clock.now.replace(day=15)
    Call.objects.update(started_at=clock.now)
    limits_enforce(organisation_ids=[cast.acme.pk])
    assert not Command.objects.exists()
    clock.advance(121)
    for _ in range(2):
        limits_enforce(organisation_ids=[cast.acme.pk, cast.other.pk])
    assert [(each.call_id, each.kind) for each in Command.objects.all()] == [(call.pk, CommandKind.LIMIT)]


@pytest.fixture
def used_up(agent: Agent, clock: Clock, cast: Cast) -> Call:
    """A live call of an organisation without minutes."""
    cast.acme.plan.minutes_per_month = 2
    cast.acme.plan.save()
    call = admit(agent)
    clock.now = clock.now.replace(day=15)
    Call.objects.update(started_at=clock.now)
    clock.advance(121)
    return call


def test_no_idempotency_key_of_a_client_keeps_a_call_from_its_limit(used_up: Call, cast: Cast) -> None:
    limits_enforce(organisation_ids=[cast.acme.pk])
    own_keys = set(Command.objects.values_list("idempotency_key", flat=True))
    Command.objects.all().delete()
    for key in own_keys | {"minutes used up"}:
        say(used_up, idempotency_key=key)
    limits_enforce(organisation_ids=[cast.acme.pk])
    assert Command.objects.filter(kind=CommandKind.LIMIT).count() == 1


def test_a_limit_that_was_left_undone_is_told_again(used_up: Call, clock: Clock, cast: Cast) -> None:
    limits_enforce(organisation_ids=[cast.acme.pk])
    clock.advance(31)
    limits_enforce(organisation_ids=[cast.acme.pk])
    assert len(commands_take(call_ids=[used_up.pk])) == 1
    limits_enforce(organisation_ids=[cast.acme.pk])
    assert Command.objects.count() == 2  # the second is under way


# --- REST ---------------------------------------------------------------------------------------
@pytest.fixture
def key(cast: Cast) -> str:
    return api_key_create(organisation=cast.acme, name="Site", created_by=None)[1]


def post(call: Call, key: str, body: dict[str, Any], **headers: str) -> Any:
    return Client().post(
        f"/api/dashboard/calls/{call.pk}/commands",
        body,
        content_type="application/json",
        headers={"x-api-key": key} | headers,
    )


def test_rest_gives_a_command_and_tells_how_it_stands(call: Call, key: str) -> None:
    response = post(call, key, {"kind": "say", "text": " Hello. ", "at_once": True})
    assert response.status_code == 201
    body = response.json()
    assert (body["kind"], body["text"], body["at_once"]) == ("say", "Hello.", True)
    assert (body["state"], body["outcome"], body["call_id"]) == ("waiting", None, call.pk)
    commands_take(call_ids=[call.pk])
    command_settle(command_id=body["id"], outcome=CommandOutcome.DONE)
    path = f"/api/dashboard/calls/{call.pk}/commands"
    one = Client().get(f"{path}/{body['id']}", headers={"x-api-key": key}).json()
    assert (one["state"], one["outcome"]) == ("settled", "done")
    assert one["acknowledged_at"] and one["settled_at"]
    assert Client().get(path, headers={"x-api-key": key}).json() == {"results": [one]}


def test_rest_honours_the_idempotency_key(call: Call, key: str) -> None:
    body = {"kind": "end", "text": "Goodbye.", "reason": "closing time"}
    first = post(call, key, body, **{"Idempotency-Key": "abc"})
    again = post(call, key, body, **{"Idempotency-Key": "abc"})
    other = post(call, key, body | {"reason": "another"}, **{"Idempotency-Key": "abc"})
    assert [first.status_code, again.status_code, other.status_code] == [201, 200, 409]
    assert again.json() == first.json()
    assert other.json()["code"] == "idempotency_key_reused"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "kind"),
        ({"kind": "limit"}, "kind"),
        ({"kind": "say"}, "text"),
        ({"kind": "say", "text": "x" * 1_001}, "text"),
        ({"kind": "say", "text": "Hi.", "within_s": 0}, "within_s"),
        ({"kind": "say", "text": "Hi.", "within_s": 301}, "within_s"),
    ],
)
def test_rest_says_what_is_wrong_with_a_command(
    call: Call, key: str, body: dict[str, Any], field: str
) -> None:
    response = post(call, key, body)
    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [field]
    assert not Command.objects.exists()


def test_rest_refuses_a_key_that_is_too_long_and_a_call_that_is_over(call: Call, key: str) -> None:
    assert post(call, key, {"kind": "end"}, **{"Idempotency-Key": "x" * 256}).status_code == 400
    Call.objects.update(state=CallState.ENDED)
    response = post(call, key, {"kind": "end"})
    assert (response.status_code, response.json()["code"]) == (409, "call_not_live")


# --- its page -----------------------------------------------------------------------------------
def page(cast: Cast, call: Call, end: str = "") -> str:
    return f"/o/{cast.acme.pk}/conversations/{call.pk}/{end}"


def test_a_member_says_something_and_sees_how_it_stands(cast: Cast, call: Call) -> None:
    bob = signed_in(cast.bob)
    data = {"say-once": "1", "say-text": "Somebody will call you back.", "say-at_once": "on"}
    for _ in range(2):  # a second click
        answer = bob.post(page(cast, call, "say/"), data, headers={"HX-Request": "true"})
        assert answer.status_code == 200
    (command,) = Command.objects.all()
    assert command.created_by == cast.bob
    assert command.arguments == {"text": "Somebody will call you back.", "at_once": True}
    commands_take(call_ids=[call.pk])
    listed = bob.get(page(cast, call, "commands/"), headers={"HX-Request": "true"}).content.decode()
    assert "Somebody will call you back." in listed and "Acknowledged" in listed


def test_a_viewer_sees_the_commands_but_no_buttons(cast: Cast, call: Call) -> None:
    say(call, "One moment.")
    shown = signed_in(cast.vera).get(page(cast, call)).content.decode()
    assert "One moment." in shown and "End call" not in shown
    assert "End call" in signed_in(cast.bob).get(page(cast, call)).content.decode()


def test_nothing_to_say_is_told_beside_the_field(cast: Cast, call: Call) -> None:
    answer = signed_in(cast.bob).post(
        page(cast, call, "say/"), {"say-once": "1", "say-text": " "}, headers={"HX-Request": "true"}
    )
    assert "This field is required." in answer.content.decode()
    assert not Command.objects.exists()


def test_the_buttons_go_when_the_call_is_over(cast: Cast, call: Call) -> None:
    Call.objects.update(state=CallState.PROCESSING)
    bob = signed_in(cast.bob)
    answer = bob.get(page(cast, call, "commands/"), headers={"HX-Request": "true"})
    assert answer["HX-Retarget"] == "#commands"
    assert "End call" not in answer.content.decode()
    told = bob.post(page(cast, call, "end/"), {"end-once": "1"}, headers={"HX-Request": "true"})
    assert "End call" not in told.content.decode()


def test_without_scripts_the_page_is_shown_again(cast: Cast, call: Call) -> None:
    answer = signed_in(cast.bob).post(page(cast, call, "end/"), {"end-once": "1"})
    assert (answer.status_code, answer["Location"]) == (302, page(cast, call))
    assert Command.objects.get().kind == CommandKind.END


def test_standing_names_every_state() -> None:
    assert {state.value for state in CommandState} == {"waiting", "acknowledged", "settled"}
