"""Settings → Phone numbers → Calls to others: where and how often agents may call."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import Plan
from agents.phone_numbers.countries import COUNTRIES, country_names
from tests.addresses.world import signed_in
from tests.cast import Cast


@pytest.fixture
def alice(cast: Cast) -> Client:
    Plan.objects.update(dialled_per_second=3, calls_at_once=10)
    return signed_in(cast.alice)


def address(cast: Cast) -> str:
    return f"/o/{cast.acme.pk}/settings/phones/calling/"


def test_countries_are_chosen_by_name_and_shown_by_name(cast: Cast, alice: Client) -> None:
    page = alice.get(address(cast)).content.decode()
    assert "Germany +49" in page and "Côte d&#x27;Ivoire" in page
    chosen = {"called_countries": ["FR", "DE"], "dialled_per_second": "2", "dialled_at_once": "4"}
    listed = alice.post(address(cast), chosen, follow=True)
    assert "Saved." in listed.content.decode()
    cast.acme.refresh_from_db()
    assert cast.acme.called_countries == ["DE", "FR"]
    assert (cast.acme.dialled_per_second, cast.acme.dialled_at_once) == (2, 4)
    assert "France, Germany" in alice.get(f"/o/{cast.acme.pk}/settings/phones/").content.decode()
    # What is allowed stands first.
    first = alice.get(address(cast)).context["form"].fields["called_countries"].choices[:2]
    assert [code for code, _ in first] == ["FR", "DE"]


def test_nothing_chosen_and_nothing_entered_is_the_callers_country_and_the_plan(
    cast: Cast, alice: Client
) -> None:
    cast.acme.called_countries, cast.acme.dialled_at_once = ["DE"], 4
    cast.acme.save()
    alice.post(address(cast), {})
    page = alice.get(address(cast)).content.decode()
    cast.acme.refresh_from_db()
    assert (cast.acme.called_countries, cast.acme.dialled_at_once) == ([], None)
    assert "the plan's 10" in page.replace("&#x27;", "'")


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"called_countries": ["DE", "QQ"]}, "called_countries", "no country “QQ”"),
        ({"dialled_per_second": "4"}, "dialled_per_second", "The plan allows 3."),
        ({"dialled_at_once": "11"}, "dialled_at_once", "The plan allows 10."),
        ({"dialled_at_once": "0"}, "dialled_at_once", "greater than or equal to 1"),
        ({"dialled_at_once": "x"}, "dialled_at_once", "whole number"),
    ],
)
def test_what_cannot_be_is_told_beside_its_field(
    cast: Cast, alice: Client, changed: dict[str, Any], field: str, words: str
) -> None:
    response = alice.post(address(cast), changed)
    assert response.status_code == 422
    (said,) = response.context["form"].errors[field]
    assert words in said
    # What was chosen stays so, and stands first.
    first, _ = response.context["form"].fields["called_countries"].choices[0]
    assert first == (changed.get("called_countries") or ["AF"])[0]
    cast.acme.refresh_from_db()
    assert (cast.acme.called_countries, cast.acme.dialled_at_once) == ([], None)


def test_members_see_the_rules_and_change_nothing(cast: Cast) -> None:
    cast.acme.called_countries = ["CH"]
    cast.acme.save()
    bob = signed_in(cast.bob)
    page = bob.get(address(cast)).content.decode()
    assert "Switzerland" in page and 'type="checkbox"' not in page
    listed = bob.get(f"/o/{cast.acme.pk}/settings/phones/").content.decode()
    assert "Switzerland" in listed and address(cast) not in listed
    assert bob.post(address(cast), {"called_countries": ["DE"]}).status_code == 403
    cast.acme.refresh_from_db()
    assert cast.acme.called_countries == ["CH"]
    assert signed_in(cast.charlie).get(address(cast)).status_code == 404


def test_every_country_that_a_number_can_be_of_has_a_name() -> None:
    assert set(country_names()) == COUNTRIES
    assert len(set(country_names().values())) == len(COUNTRIES)
