"""Settings → API Keys, and that a key is seen nowhere but in the answer that made it."""

from __future__ import annotations

import logging
import re

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from accounts import selectors, services
from accounts.models import ApiKey, Membership, Role
from tests.cast import Cast

KEY = re.compile(r"vx_[A-Za-z0-9_-]{43}")


def make_key(client: Client, org_id: str, name: str = "Website") -> tuple[str, str]:
    response = client.post(f"/o/{org_id}/settings/keys/", {"name": name})
    page = response.content.decode()
    assert response.status_code == 200
    found = KEY.findall(page)
    assert len(found) == 1
    assert "no-store" in response["Cache-Control"]
    return found[0], page


def test_a_key_is_shown_once(cast: Cast, client: Client) -> None:
    client.force_login(cast.alice)
    raw_key, page = make_key(client, cast.acme.pk)
    assert 'data-copy="#raw-key"' in page
    assert selectors.api_key_find(raw_key)
    again = client.get(f"/o/{cast.acme.pk}/settings/keys/").content.decode()
    assert "Website" in again and raw_key[:11] in again and "alice@example.com" in again
    assert raw_key[11:] not in again


def test_a_key_stays_out_of_sessions_cookies_and_logs(
    cast: Cast, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client.force_login(cast.alice)
    raw_key, _ = make_key(client, cast.acme.pk)
    client.get("/api/dashboard/nowhere", headers={"x-api-key": raw_key})
    client.get(f"/o/{cast.acme.pk}/settings/keys/", headers={"x-api-key": raw_key})
    assert raw_key[11:] not in caplog.text
    assert raw_key[11:] not in client.cookies.output()
    assert all(raw_key[11:] not in str(session.get_decoded()) for session in Session.objects.all())


def test_a_key_needs_a_name_and_says_so_beside_the_field(cast: Cast, client: Client) -> None:
    client.force_login(cast.alice)
    for name in ("", "   ", "x" * 81):
        response = client.post(f"/o/{cast.acme.pk}/settings/keys/", {"name": name})
        assert response.status_code == 400
        assert 'id="id_name_error"' in response.content.decode()
    assert not ApiKey.objects.exists()


def test_a_name_is_text_not_markup(cast: Cast, client: Client) -> None:
    client.force_login(cast.alice)
    _, page = make_key(client, cast.acme.pk, "<script>alert(1)</script>")
    assert "<script>alert" not in page and "&lt;script&gt;" in page


def test_revoking_takes_the_key_out_of_the_list_and_of_use(cast: Cast, client: Client) -> None:
    client.force_login(cast.alice)
    raw_key, _ = make_key(client, cast.acme.pk)
    api_key = ApiKey.objects.get()
    client.post(f"/o/{cast.acme.pk}/settings/keys/{api_key.pk}/revoke/")
    assert selectors.api_key_find(raw_key) is None
    client.get(f"/o/{cast.acme.pk}/settings/keys/")  # shows the message, which names the key
    assert raw_key[:11] not in client.get(f"/o/{cast.acme.pk}/settings/keys/").content.decode()


def test_a_foreign_key_cannot_be_revoked(cast: Cast, client: Client) -> None:
    api_key, raw_key = services.api_key_create(
        organisation=cast.other, name="Theirs", created_by=cast.charlie
    )
    client.force_login(cast.alice)
    assert client.post(f"/o/{cast.acme.pk}/settings/keys/{api_key.pk}/revoke/").status_code == 404
    assert selectors.api_key_find(raw_key)


def test_members_and_viewers_neither_make_nor_revoke_keys(cast: Cast, client: Client) -> None:
    api_key, raw_key = services.api_key_create(organisation=cast.acme, name="Ours", created_by=cast.alice)
    for role in (Role.MEMBER, Role.VIEWER):
        Membership.objects.filter(user=cast.bob).update(role=role)
        client.force_login(cast.bob)
        assert client.post(f"/o/{cast.acme.pk}/settings/keys/", {"name": "x"}).status_code == 403
        assert client.post(f"/o/{cast.acme.pk}/settings/keys/{api_key.pk}/revoke/").status_code == 403
    assert ApiKey.objects.count() == 1 and selectors.api_key_find(raw_key)
