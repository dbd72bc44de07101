"""/api/dashboard/calling-rules and /countries."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from accounts.models import Organisation, Plan
from accounts.services import api_key_create
from tests.cast import Cast


@pytest.fixture
def keys(cast: Cast) -> dict[str, str]:
    Plan.objects.update(dialled_per_second=3, calls_at_once=10)
    return {
        name: api_key_create(organisation=organisation, name="Program", created_by=None)[1]
        for name, organisation in (("acme", cast.acme), ("other", cast.other))
    }


def ask(key: str, method: str = "get", body: Any = None, path: str = "calling-rules") -> Any:
    sent = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
    return getattr(Client(), method)(f"/api/dashboard/{path}", headers={"x-api-key": key}, **sent)


def test_rules_are_read_and_changed_one_by_one(cast: Cast, keys: dict[str, str]) -> None:
    plan = {"calls_per_second": 3, "calls_at_once": 10}
    nothing = {"countries": [], "calls_per_second": None, "calls_at_once": None, "plan": plan}
    assert ask(keys["acme"]).json() == nothing
    changed = ask(keys["acme"], "patch", {"countries": ["FR", "DE", "FR"]}).json()
    assert changed == nothing | {"countries": ["DE", "FR"]}
    changed = ask(keys["acme"], "patch", {"calls_at_once": 4}).json()
    assert changed == nothing | {"countries": ["DE", "FR"], "calls_at_once": 4} == ask(keys["acme"]).json()
    assert ask(keys["acme"], "patch", {"calls_at_once": None, "countries": []}).json() == nothing


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"countries": ["DE", "QQ"]}, "countries", "unknown_country"),
        ({"countries": ["Germany"]}, "countries", "unknown_country"),
        ({"countries": "DE"}, "countries", "not_a_list"),
        ({"calls_per_second": 4}, "calls_per_second", "max_value"),
        ({"calls_at_once": 0}, "calls_at_once", "min_value"),
    ],
)
def test_what_cannot_be_names_its_field(
    cast: Cast, keys: dict[str, str], body: dict[str, Any], field: str, code: str
) -> None:
    refused = ask(keys["acme"], "patch", body)
    assert refused.status_code == 400
    (told,) = refused.json()["errors"]
    assert (told["field"], told["code"]) == (field, code)
    cast.acme.refresh_from_db()
    assert cast.acme.called_countries == []


def test_the_key_of_another_organisation_sees_and_changes_its_own(cast: Cast, keys: dict[str, str]) -> None:
    ask(keys["acme"], "patch", {"countries": ["DE"]})
    assert ask(keys["other"]).json()["countries"] == []
    ask(keys["other"], "patch", {"countries": ["FR"]})
    assert Organisation.objects.get(pk=cast.acme.pk).called_countries == ["DE"]


def test_countries_are_told_by_name(keys: dict[str, str]) -> None:
    told = ask(keys["acme"], path="countries").json()["results"]
    assert {"code": "DE", "name": "Germany", "calling_code": "+49"} in told
    assert ask("vx_nobody", path="countries").status_code == 401
