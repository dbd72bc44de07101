"""Whose address counts."""

from __future__ import annotations

import pytest
from django.http import HttpRequest
from django.test import Client, RequestFactory

from accounts.addresses import absolute_url, client_address
from accounts.middleware import TrustedProxyMiddleware


def address(peer: str, forwarded: str | None = None) -> str:
    """The same by request and by scope."""
    request = HttpRequest()
    request.META["REMOTE_ADDR"] = peer
    headers = []
    if forwarded is not None:
        request.META["HTTP_X_FORWARDED_FOR"] = forwarded
        headers.append((b"x-forwarded-for", forwarded.encode()))
    by_scope = client_address({"client": (peer, 1) if peer else None, "headers": headers})
    assert client_address(request) == by_scope
    return by_scope


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("192.0.2.1", None, "192.0.2.1"),
        ("192.0.2.1", "10.9.9.9", "192.0.2.1"),  # no proxy of ours
        ("10.0.0.1", "192.0.2.5", "192.0.2.5"),
        ("10.0.0.1", "203.0.113.9, 192.0.2.5", "192.0.2.5"),  # the caller wrote the left one
        ("10.0.0.1", "192.0.2.5, 10.0.0.2", "192.0.2.5"),  # two of our proxies
        ("10.0.0.1", "rubbish", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("::ffff:10.0.0.1", "2001:db8::5", "2001:db8::5"),
        ("", None, "unknown"),
        ("", "192.0.2.5", "unknown"),
    ],
)
def test_the_nearest_address_that_is_no_proxy_of_ours(
    settings, peer: str, forwarded: str | None, expected: str
) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    assert address(peer, forwarded) == expected


def test_a_unix_socket_is_trusted_when_named(settings) -> None:
    settings.TRUSTED_PROXIES = ["unix"]
    assert address("", "192.0.2.5") == "192.0.2.5"


def test_forwarded_scheme_and_host_count_from_trusted_proxies_only(settings, rf: RequestFactory) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.1"]
    settings.ALLOWED_HOSTS = ["testserver", "voice.example.com"]
    forwarded = {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_HOST": "voice.example.com"}
    seen: list[str] = []
    middleware = TrustedProxyMiddleware(lambda request: seen.append(absolute_url("/x", request)))  # type: ignore[arg-type,func-returns-value]
    middleware(rf.get("/", REMOTE_ADDR="10.0.0.1", **forwarded))
    middleware(rf.get("/", REMOTE_ADDR="192.0.2.1", **forwarded))
    assert seen == ["https://voice.example.com/x", "http://testserver/x"]


def test_the_public_address_goes_before_the_requests_own(settings, rf: RequestFactory) -> None:
    settings.PUBLIC_URL = "https://voice.example.com"
    assert absolute_url("/x", rf.get("/")) == "https://voice.example.com/x"


@pytest.mark.django_db
def test_every_answer_has_a_number_of_its_own(client: Client) -> None:
    numbers = {
        client.get(path)["X-Request-Id"] for path in ("/accounts/login/", "/", "/nowhere/", "/api/nowhere")
    }
    assert len(numbers) == 4 and all(len(number) == 24 for number in numbers)
