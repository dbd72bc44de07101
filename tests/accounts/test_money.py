"""Money in words, and where an organisation reads what its plan bills."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from accounts.models import Plan
from accounts.money import billing_words, dollars, dollars_about
from tests.cast import Cast


@pytest.mark.parametrize(
    ("amount", "exact", "about"),
    [
        ("0", "$0.00", "$0.00"),
        ("0.5", "$0.50", "$0.50"),
        ("12", "$12.00", "$12.00"),
        ("120", "$120.00", "$120.00"),
        ("0.0077", "$0.0077", "$0.0077"),
        ("1.23456", "$1.23456", "$1.2346"),
        ("0.00000005", "$0.00000005", "under $0.0001"),
    ],
)
def test_a_sum_is_short_and_never_nothing_where_it_is_something(amount: str, exact: str, about: str) -> None:
    assert (dollars(Decimal(amount)), dollars_about(Decimal(amount))) == (exact, about)


def test_what_a_plan_bills_is_said_in_words() -> None:
    assert billing_words(None, passes_on_cost=False) == ""
    assert billing_words(Decimal("0.070000"), passes_on_cost=False) == "$0.07 a minute"
    assert billing_words(None, passes_on_cost=True) == "what vendors charge for what was not in vain"
    assert billing_words(Decimal(0), passes_on_cost=True).startswith("$0.00 a minute, and what vendors")


def test_an_organisation_sees_its_plan_s_price_where_there_is_one(cast: Cast, client: Client) -> None:
    client.force_login(cast.vera, backend="allauth.account.auth_backends.AuthenticationBackend")
    address = reverse("accounts:organisation", args=[cast.acme.pk])
    assert ">Price<" not in client.get(address).content.decode()
    Plan.objects.filter(pk=cast.acme.plan_id).update(price_per_minute="0.07")
    page = client.get(address).content.decode()
    assert ">Price<" in page and "$0.07 a minute" in page


def test_a_plan_cannot_pay_its_customers() -> None:
    with pytest.raises(ValidationError) as refused:
        Plan(code="x", name="X", price_per_minute=Decimal("-0.01")).clean_fields(exclude={"allowed_models"})
    assert set(refused.value.message_dict) == {"price_per_minute"}
