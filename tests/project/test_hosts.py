"""The names an installation answers under, and what a foreign name gets."""

from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client

from tests.cast import Cast
from voicex_project.hosts import is_public_url, own_hosts


@pytest.mark.parametrize(
    ("listening_on", "public_url", "name"),
    [
        ("127.0.0.1", "", "localhost"),
        ("127.0.0.1", "https://voice.example.com", "voice.example.com"),
        ("192.0.2.7", "", "192.0.2.7"),
        ("2001:db8::7", "", "[2001:db8::7]"),
    ],
)
def test_its_own_names_are_known(listening_on: str, public_url: str, name: str) -> None:
    assert name in own_hosts(listening_on, public_url)
    assert "*" not in own_hosts(listening_on, public_url)
    assert "" not in own_hosts(listening_on, public_url)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("https://voice.example.com", True),
        ("http://localhost:3001", True),
        ("voice.example.com", False),
        ("ftp://voice.example.com", False),
        ("https://voice.example.com/path", False),
        ("https://somebody@voice.example.com", False),
        ("https://[voice", False),
        ("https://voice.example.com:many", False),
    ],
)
def test_a_public_address_is_scheme_and_host(text: str, is_one: bool) -> None:
    assert is_public_url(text) is is_one


def test_no_mail_carries_a_foreign_name(cast: Cast, client: Client, settings) -> None:
    settings.ALLOWED_HOSTS = own_hosts("127.0.0.1", "")
    reset = {"email": "alice@example.com"}
    assert (
        client.post("/accounts/password/reset/", reset, headers={"host": "evil.example"}).status_code == 400
    )
    assert mail.outbox == []
    assert client.post("/accounts/password/reset/", reset, headers={"host": "localhost"}).status_code == 302
    assert "http://localhost/" in mail.outbox[0].body
