"""Every address, as a stranger, as each role, and as a person of another organisation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import Role
from accounts.roles import RANKS
from accounts.services import api_key_create, api_key_revoke
from agents.phone_numbers import services as phone_services
from agents.phone_numbers import views as phone_views
from agents.twilio_account import services as twilio_services
from tests.addresses.table import (
    ADMIN_PREFIX,
    ADMIN_SIGN_IN,
    API,
    API_CHANGES,
    API_DIALS,
    API_FOR_ALL,
    API_LOOKS,
    API_WRITES,
    DOORS,
    ORGANISATION_PAGES,
    SIGN_IN,
    Page,
)
from tests.addresses.walk import filled, routes
from tests.addresses.world import World, everything, make_world, signed_in
from tests.cast import Cast
from voice.providers import registry
from voice.providers.access import VendorAccess
from voice.providers.twilio.phone_number import NumberAtTwilio, Webhooks

BELOW = "o/<str:org_id>/"
WRITING = ("post", "put", "patch", "delete")


class TakesEverything:
    """Twilio."""

    def account_name(self) -> str:
        return "Acme"

    def number_find(self, number: str) -> NumberAtTwilio:
        return NumberAtTwilio("PN1", number, "")

    def number_configure(self, sid: str, webhooks: Webhooks) -> None:
        pass


@pytest.fixture
def world(cast: Cast, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    async def takes_every_key(access: VendorAccess) -> str:
        return "12 models"

    settings.JOURNAL_DIR, settings.REDIS_URL = tmp_path, ""
    monkeypatch.setattr(registry, "check_key", takes_every_key)
    for room in (twilio_services, phone_services):
        monkeypatch.setattr(room, "connect", lambda access: TakesEverything())
    monkeypatch.setattr(phone_views, "webhook_findings", lambda number, address: [])
    return make_world(cast)


each_page = pytest.mark.parametrize("page", ORGANISATION_PAGES)
each_api = pytest.mark.parametrize("route", sorted(API))


def path_of(page: str, world: World, **ids: str) -> str:
    own = world.live_ids if ORGANISATION_PAGES[page].of_live_call else world.ids
    return filled(BELOW + page, **(own | ids))


def api_path(route: str, world: World) -> str:
    return filled(route, **(world.live_ids if "/commands" in route else world.ids))


def needs(page: Page) -> list[tuple[str, Role | None]]:
    return [("get", page.get), ("post", page.post)]


def ask(client: Client, method: str, path: str, data: dict[str, Any] | None = None) -> HttpResponse:
    return getattr(client, method)(path, data or {})


def test_no_address_is_forgotten() -> None:
    known = {BELOW + page for page in ORGANISATION_PAGES} | API | set(API_FOR_ALL) | set(DOORS)
    found = {route for route in routes() if not route.startswith(ADMIN_PREFIX)}
    assert found == known


@each_page
def test_a_stranger_is_sent_to_sign_in_and_changes_nothing(world: World, page: str) -> None:
    rules, before = ORGANISATION_PAGES[page], everything()
    for method, lowest in needs(rules):
        response = ask(Client(), method, path_of(page, world), rules.data(world))
        if lowest is None:
            assert response.status_code == 405
        else:
            assert response.status_code == 302 and response["Location"].startswith(SIGN_IN)
    assert everything() == before


@each_page
def test_to_a_person_of_another_organisation_it_does_not_exist(world: World, page: str) -> None:
    rules, charlie = ORGANISATION_PAGES[page], signed_in(world.cast.charlie)
    before = everything()
    for method, lowest in needs(rules):
        response = ask(charlie, method, path_of(page, world), rules.data(world))
        assert response.status_code == (405 if lowest is None else 404)
    assert everything() == before


@pytest.mark.parametrize(
    "page", [page for page, rules in ORGANISATION_PAGES.items() if "<" in page and not rules.is_for_all]
)
def test_what_belongs_to_others_is_not_reached_through_ones_own_organisation(world: World, page: str) -> None:
    rules, charlie = ORGANISATION_PAGES[page], signed_in(world.cast.charlie)
    charlie.get(f"/o/{world.cast.other.pk}/")  # a first visit leaves its time
    before = everything()
    for method, lowest in needs(rules):
        path = path_of(page, world, org_id=world.cast.other.pk)
        response = ask(charlie, method, path, rules.data(world))
        assert response.status_code == (405 if lowest is None else 404)
    assert everything() == before


@each_page
def test_a_role_that_is_too_low_is_told_so_and_changes_nothing(world: World, page: str) -> None:
    rules = ORGANISATION_PAGES[page]
    for role, person in world.people.items():
        client = signed_in(person)
        client.get(path_of("", world))
        before = everything()
        for method, lowest in needs(rules):
            if lowest is None:
                assert ask(client, method, path_of(page, world)).status_code == 405
            elif RANKS[role] < RANKS[lowest]:
                response = ask(client, method, path_of(page, world), rules.data(world))
                assert response.status_code == 403, (role, method)
        assert everything() == before


@each_page
def test_the_lowest_role_that_may_can(world: World, page: str) -> None:
    rules = ORGANISATION_PAGES[page]
    for method, lowest in needs(rules):
        if lowest is None:
            continue
        client = signed_in(world.people[lowest])
        client.get(path_of("", world))
        before = everything()
        response = ask(client, method, path_of(page, world), rules.data(world))
        assert response.status_code in {200, 302}, response.content[:500]
        assert not response.headers.get("Location", "").startswith(SIGN_IN)
        assert (everything() != before) == (method == "post" and rules.changes)


@pytest.mark.parametrize("route", sorted(API | set(API_FOR_ALL)))
def test_the_api_wants_a_key_that_is_known_and_not_revoked(world: World, route: str) -> None:
    path = api_path(route, world)
    key, revoked = api_key_create(organisation=world.cast.acme, name="Old", created_by=None)
    api_key_revoke(api_key=key)
    for client, headers in (
        (Client(), {}),
        (signed_in(world.cast.alice), {}),  # being signed in is no key
        (Client(), {"x-api-key": "vx_" + "a" * 43}),
        (Client(), {"x-api-key": revoked}),
        (Client(), {"x-api-key": ""}),
        (Client(), {"authorization": f"Bearer {world.key}"}),
    ):
        response = client.get(path, headers=headers)
        assert response.status_code == 401 and response["Content-Type"] == "application/problem+json"


@each_api
def test_the_api_shows_an_organisation_its_own_and_nothing_of_others(world: World, route: str) -> None:
    _, foreign = api_key_create(organisation=world.cast.other, name="Theirs", created_by=None)
    path = api_path(route, world)
    own = Client().get(path, headers={"x-api-key": world.key})
    other = Client().get(path, headers={"x-api-key": foreign})
    assert own.status_code == 200
    assert other.status_code == (404 if "<" in route else 200)
    ids = set(world.ids.values()) - {"1"}
    assert any(each in own.content.decode() for each in ids) or route.endswith("stats")
    assert not any(each in other.content.decode() for each in ids)
    if route.endswith("stats"):
        assert own.json() != other.json()


@each_api
def test_the_api_only_reads_but_for_what_the_table_says(world: World, route: str) -> None:
    Client().get(api_path(route, world), headers={"x-api-key": world.key})  # a first use leaves its time
    before = everything()
    for method in WRITING:
        if (method == "post" and route in {*API_WRITES, *API_DIALS}) or method in API_CHANGES.get(route, {}):
            continue
        response = getattr(Client(), method)(api_path(route, world), headers={"x-api-key": world.key})
        assert response.status_code == 405
    assert everything() == before


@pytest.mark.parametrize("route", API_WRITES)
def test_what_the_api_writes_it_writes_for_its_own_organisation_alone(world: World, route: str) -> None:
    _, foreign = api_key_create(organisation=world.cast.other, name="Theirs", created_by=None)
    path = api_path(route, world)

    def write(key: str) -> int:
        body = json.dumps(API_WRITES[route])
        return Client().post(path, body, "application/json", headers={"x-api-key": key}).status_code

    write(foreign)  # a first use leaves its time
    before = everything()
    assert (write(foreign), write("vx_" + "a" * 43)) == (404, 401)
    assert everything() == before
    assert write(world.key) == 201
    assert everything() != before


@pytest.mark.parametrize(
    ("route", "method"), [(route, method) for route, methods in API_CHANGES.items() for method in methods]
)
def test_what_the_api_changes_it_changes_for_its_own_organisation_alone(
    world: World, route: str, method: str
) -> None:
    _, foreign = api_key_create(organisation=world.cast.other, name="Theirs", created_by=None)
    path, body = api_path(route, world), json.dumps(API_CHANGES[route][method])

    def ask(key: str) -> int:
        headers = {"x-api-key": key}
        return getattr(Client(), method)(path, body, "application/json", headers=headers).status_code

    Client().get("/api/dashboard/agents", headers={"x-api-key": foreign})  # a first use leaves its time
    before = everything()
    assert ask("vx_" + "a" * 43) == 401
    if "<" in route:
        assert ask(foreign) == 404
    assert everything() == before
    assert ask(world.key) in {200, 201, 204}
    assert everything() != before


@pytest.mark.parametrize("route", API_FOR_ALL)
def test_what_is_there_for_all_is_asked_and_changed_as_the_table_says(world: World, route: str) -> None:
    key = {"x-api-key": world.key}
    path = filled(route, **world.ids)
    Client().get(path, headers=key)  # a first use leaves its time
    for method in ("get", *WRITING):
        before, body = everything(), API_FOR_ALL[route].get(method)
        if body is None:
            assert getattr(Client(), method)(path, headers=key).status_code == 405
            assert everything() == before
            continue
        sent = {} if method == "get" else {"data": json.dumps(body), "content_type": "application/json"}
        for wrong in ({}, {"x-api-key": "vx_" + "a" * 43}):
            assert getattr(Client(), method)(path, headers=wrong, **sent).status_code == 401
        assert everything() == before
        response = getattr(Client(), method)(path, headers=key, **sent)
        assert response.status_code in {200, 204}, response.content
        assert (everything() != before) == (method != "get" and route not in API_LOOKS)


@pytest.mark.parametrize("route", DOORS)
def test_the_doors_answer_everybody_as_the_table_says(world: World, route: str) -> None:
    door = DOORS[route]
    visitors = [(Client(), door.stranger)]
    visitors += [(signed_in(person), door.person) for person in (*world.people.values(), world.cast.charlie)]
    before = everything()
    for client, expected in visitors:
        response = client.get(filled(route, default="0-0"))
        if isinstance(expected, int):
            assert response.status_code == expected
        else:
            assert response.status_code == 302 and response["Location"].startswith(expected)
    assert everything() == before


@pytest.mark.parametrize("route", [route for route in routes() if route.startswith(ADMIN_PREFIX)])
def test_the_administration_is_for_staff(world: World, route: str) -> None:
    clients = [Client(), *(signed_in(person) for person in world.people.values())]
    before = everything()
    for client in clients:
        for method in ("get", "post"):
            response = ask(client, method, filled(route, default="1"))
            assert response.status_code in {302, 403, 404}
            if response.status_code == 302 and route != "admin/logout/":
                assert response["Location"].startswith((ADMIN_SIGN_IN, SIGN_IN))
    assert everything() == before
