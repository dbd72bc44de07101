"""Guessing passwords is slow, and pretending to be somebody else does not make it faster."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from tests.cast import PASSWORD, Cast

BLOCKED = "Too many failed login attempts"


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    cache.clear()


def attempt(client: Client, password: str = "wrong", email: str = "bob@example.com", **meta: str) -> str:
    return client.post("/accounts/login/", {"login": email, "password": password}, **meta).content.decode()


def test_the_sixth_wrong_password_is_not_even_looked_at(cast: Cast, client: Client) -> None:
    assert all(BLOCKED not in attempt(client) for _ in range(5))
    assert BLOCKED in attempt(client, PASSWORD)


def test_other_people_and_other_addresses_are_not_locked_out(cast: Cast, client: Client) -> None:
    for _ in range(6):
        attempt(client)
    assert attempt(client, PASSWORD, "vera@example.com") == ""  # a redirect
    assert attempt(Client(REMOTE_ADDR="198.51.100.7"), PASSWORD) == ""


@pytest.mark.parametrize(
    "header", ["HTTP_X_FORWARDED_FOR", "HTTP_HOST", "HTTP_X_REAL_IP", "HTTP_X_FORWARDED_HOST"]
)
def test_headers_do_not_reset_the_count(cast: Cast, client: Client, header: str, settings) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    for number in range(6):
        page = attempt(client, **{header: f"192.0.2.{number}"})
    assert BLOCKED in page


def test_behind_a_trusted_proxy_each_caller_has_a_count(cast: Cast, client: Client, settings) -> None:
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    for _ in range(6):
        page = attempt(client, HTTP_X_FORWARDED_FOR="192.0.2.1")
    assert BLOCKED in page
    assert attempt(client, PASSWORD, HTTP_X_FORWARDED_FOR="192.0.2.2") == ""


def test_guessing_from_many_addresses_meets_a_limit_by_email(cast: Cast) -> None:
    for number in range(51):
        page = attempt(Client(REMOTE_ADDR=f"198.51.{number}.1"))
    assert BLOCKED in page


def test_right_passwords_do_not_count(cast: Cast) -> None:
    for _ in range(8):
        assert attempt(Client(), PASSWORD) == ""


def test_the_administration_has_no_door_of_its_own(cast: Cast, client: Client) -> None:
    response = client.get("/admin/login/?next=/admin/")
    assert response.status_code == 302 and response["Location"].startswith("/accounts/login/")
    client.force_login(cast.alice)
    assert client.get("/admin/").status_code in {302, 403}
    cast.alice.is_staff = cast.alice.is_superuser = True
    cast.alice.save()
    for model in ("user", "organisation", "membership", "plan", "apikey", "invitation"):
        assert client.get(f"/admin/accounts/{model}/").status_code == 200
    assert client.get("/admin/accounts/apikey/add/").status_code == 403
    assert client.get("/admin/accounts/user/add/").status_code == 200
    assert client.get(f"/admin/accounts/user/{cast.bob.pk}/change/").status_code == 200
