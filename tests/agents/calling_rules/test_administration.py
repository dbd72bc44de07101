"""`/admin/`: an organisation's countries are chosen from a list there too."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import Organisation
from tests.cast import Cast


@pytest.fixture
def administrator(cast: Cast, client: Client) -> Client:
    cast.alice.is_staff = cast.alice.is_superuser = True
    cast.alice.save()
    client.force_login(cast.alice)
    return client


def address(cast: Cast) -> str:
    return f"/admin/accounts/organisation/{cast.acme.pk}/change/"


def sent(cast: Cast, **changed: Any) -> dict[str, Any]:
    members = {f"memberships-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    return {"name": cast.acme.name, "plan": cast.acme.plan_id, **members, **changed}


def rules(cast: Cast) -> tuple[list[str], int | None, int | None]:
    acme = Organisation.objects.get(pk=cast.acme.pk)
    return acme.called_countries, acme.dialled_per_second, acme.dialled_at_once


def test_countries_are_chosen_by_name(cast: Cast, administrator: Client) -> None:
    page = administrator.get(address(cast)).content.decode()
    assert '<option value="DE">Germany +49</option>' in page
    chosen = sent(cast, called_countries=["FR", "DE"], dialled_per_second="2", dialled_at_once="4")
    assert administrator.post(address(cast), chosen).status_code == 302
    assert rules(cast) == (["DE", "FR"], 2, 4)
    page = administrator.get(address(cast)).content.decode()
    assert '<option value="DE" selected>' in page
    assert administrator.post(address(cast), sent(cast)).status_code == 302
    assert rules(cast) == ([], None, None)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"called_countries": ["QQ"]}, "called_countries"),
        ({"called_countries": '["DE"]'}, "called_countries"),
        ({"dialled_per_second": "0"}, "dialled_per_second"),
        ({"dialled_at_once": "0"}, "dialled_at_once"),
    ],
)
def test_what_cannot_be_is_not_saved(
    cast: Cast, administrator: Client, changed: dict[str, Any], field: str
) -> None:
    response = administrator.post(address(cast), sent(cast, **changed))
    assert response.status_code == 200
    assert field in response.context["adminform"].form.errors
    assert rules(cast) == ([], None, None)
