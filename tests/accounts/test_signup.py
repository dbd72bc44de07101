"""Signing up, in and out, and a forgotten password."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.test import Client

from accounts.models import Membership, Organisation, Role, User
from accounts.selectors import default_plan
from tests.cast import PASSWORD, Cast

SIGN_UP = {
    "name": "Nora",
    "organisation_name": "Nora's Bakery",
    "email": "nora@example.com",
    "password1": PASSWORD,
    "password2": PASSWORD,
}


def sign_up(client: Client, **changes: str) -> str:
    return client.post("/accounts/signup/", SIGN_UP | changes).content.decode()


@pytest.mark.django_db
def test_signing_up_makes_an_organisation_with_its_owner(client: Client) -> None:
    sign_up(client)
    membership = Membership.objects.get(user__email="nora@example.com")
    assert membership.role == Role.OWNER
    assert membership.organisation.name == "Nora's Bakery"
    assert membership.organisation.plan == default_plan()
    assert membership.user.name == "Nora"
    response = client.get("/")
    assert response["Location"] == f"/o/{membership.organisation_id}/agents/"


@pytest.fixture
def no_mail_server(settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1


@pytest.mark.django_db
def test_without_a_mail_server_one_can_sign_up(client: Client, no_mail_server: None, caplog) -> None:
    response = client.post("/accounts/signup/", SIGN_UP | {"email": "lost@example.com"})
    assert response.status_code == 302
    assert Membership.objects.get(user__email="lost@example.com").role == Role.OWNER
    assert "did not go out" in caplog.text and "lost@" not in caplog.text


@pytest.mark.django_db
def test_a_lost_mail_server_does_not_tell_who_has_an_account(
    cast: Cast, client: Client, no_mail_server: None
) -> None:
    answers = [
        client.post("/accounts/password/reset/", {"email": email})
        for email in (cast.alice.email, "nobody@example.com")
    ]
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [
        (302, "/accounts/password/reset/done/")
    ] * 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("email", "no-address", "valid email"),
        ("organisation_name", " ", "required"),
        ("name", "", "required"),
        ("password1", "12345678", "common"),
        ("password2", "something else", "same password"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(client: Client, field: str, value: str, words: str) -> None:
    page = sign_up(client, **{field: value})
    error = page.split(f'id="id_{field}_error"')[1].split('class="form-hint"')[0]
    assert words in error
    assert not User.objects.exists() and not Organisation.objects.exists()


@pytest.mark.django_db
def test_no_person_without_an_organisation(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("accounts.forms.services.organisation_create", fail)
    client.raise_request_exception = False
    sign_up(client)
    assert not User.objects.exists()


def test_an_address_signs_up_once_whatever_its_case(cast: Cast, client: Client) -> None:
    page = sign_up(client, email="ALICE@Example.com")
    assert "already registered" in page
    assert User.objects.filter(email__iexact="alice@example.com").count() == 1


def test_signing_in_leads_to_the_organisation_last_used(cast: Cast, client: Client) -> None:
    response = client.post("/accounts/login/", {"login": "Bob@example.com", "password": PASSWORD})
    assert response["Location"] == "/"
    assert client.get("/")["Location"] == f"/o/{cast.acme.pk}/agents/"


def test_signing_in_leads_to_the_page_asked_for_but_to_no_foreign_one(cast: Cast, client: Client) -> None:
    data = {"login": "bob@example.com", "password": PASSWORD}
    assert client.post("/accounts/login/", data | {"next": "/profile/"})["Location"] == "/profile/"
    client.logout()
    assert client.post("/accounts/login/", data | {"next": "https://evil.example"})["Location"] == "/"


def test_signing_out_needs_a_post(cast: Cast, client: Client) -> None:
    client.force_login(cast.bob)
    client.get("/accounts/logout/")
    assert client.get("/profile/").status_code == 200
    client.post("/accounts/logout/")
    assert client.get("/profile/").status_code == 302


def test_a_forgotten_password_is_reset_by_mail(cast: Cast, client: Client, settings) -> None:
    settings.PUBLIC_URL = "https://voice.example.com"
    client.post("/accounts/password/reset/", {"email": "bob@example.com"})
    found = re.search(r"https://voice\.example\.com(/accounts/password/reset/key/\S+)", mail.outbox[0].body)
    assert found and "testserver" not in mail.outbox[0].body
    page = client.get(found[1], follow=True)
    new = "a-new-and-better-one"
    done = client.post(page.redirect_chain[-1][0], {"password1": new, "password2": new}, follow=True)
    assert "Your new password is saved" in done.content.decode()
    assert Client().login(email="bob@example.com", password=new)
    assert not Client().login(email="bob@example.com", password=PASSWORD)
    assert "This link does not work any more" in client.get(found[1], follow=True).content.decode()


def test_asking_for_an_unknown_address_says_the_same_and_mails_nobody(cast: Cast, client: Client) -> None:
    known = client.post("/accounts/password/reset/", {"email": "bob@example.com"}, follow=True)
    sent = len(mail.outbox)
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@example.com"}, follow=True)
    assert (known.status_code, known.redirect_chain) == (unknown.status_code, unknown.redirect_chain)
    assert len(mail.outbox) == sent


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/password/reset/",
        "/accounts/password/reset/done/",
        "/accounts/password/reset/key/done/",
        "/accounts/password/reset/key/1-nonsense/",
        "/accounts/confirm-email/",
        "/accounts/confirm-email/nonsense/",
        "/accounts/inactive/",
        "/accounts/email/",
        "/accounts/password/change/",
        "/accounts/reauthenticate/",
        "/accounts/logout/",
        "/profile/",
        "/organisations/new/",
    ],
)
def test_every_account_page_is_dressed(cast: Cast, client: Client, path: str) -> None:
    entrance = ("login", "signup", "reset", "confirm", "inactive")
    if not any(word in path for word in entrance):
        client.post("/accounts/login/", {"login": "bob@example.com", "password": PASSWORD})
    response = client.get(path, follow=True)
    page = response.content.decode()
    assert response.status_code == 200
    assert "vendor/tabler/tabler.min.css" in page and 'class="vx-brand' in page.replace("navbar-brand ", "")
    assert (
        " style=" not in page and "<style" not in page and "<script>" not in page and " onclick=" not in page
    )
