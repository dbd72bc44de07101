"""API keys: made once, stored as a digest, refused as soon as they are revoked."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from accounts import selectors, services
from accounts.models import ApiKey
from tests.cast import Cast


def test_a_key_finds_its_organisation_and_is_stored_only_as_a_digest(cast: Cast) -> None:
    api_key, raw_key = services.api_key_create(organisation=cast.acme, name="Server", created_by=cast.alice)
    assert raw_key.startswith("vx_") and len(raw_key) == 46
    found = selectors.api_key_find(raw_key)
    assert found == api_key and found.organisation == cast.acme
    row = ApiKey.objects.filter(pk=api_key.pk).values().get()
    assert not any(raw_key[len(api_key.prefix) :] in str(value) for value in row.values())


def test_another_pepper_makes_the_key_unknown(cast: Cast, settings) -> None:
    _, raw_key = services.api_key_create(organisation=cast.acme, name="Server", created_by=cast.alice)
    settings.API_KEY_PEPPER = "another"
    assert selectors.api_key_find(raw_key) is None


def test_a_revoked_key_is_refused_at_once(cast: Cast) -> None:
    api_key, raw_key = services.api_key_create(organisation=cast.acme, name="Server", created_by=cast.alice)
    services.api_key_revoke(api_key=api_key)
    assert selectors.api_key_find(raw_key) is None


def test_right_wrong_and_malformed_keys_cost_one_query(cast: Cast, django_assert_num_queries) -> None:
    _, raw_key = services.api_key_create(organisation=cast.acme, name="Server", created_by=cast.alice)
    selectors.api_key_find(raw_key)  # notes its first use
    for candidate in (raw_key, "vx_" + "a" * 43, "", "nonsense", "ключ\x00\ud800", "x" * 100_000):
        with django_assert_num_queries(1):
            selectors.api_key_find(candidate)


def test_last_use_is_noted_at_most_once_a_minute(cast: Cast) -> None:
    api_key, raw_key = services.api_key_create(organisation=cast.acme, name="Server", created_by=cast.alice)
    first = timezone.now() - timedelta(seconds=30)
    ApiKey.objects.filter(pk=api_key.pk).update(last_used_at=first)
    selectors.api_key_find(raw_key)
    api_key.refresh_from_db()
    assert api_key.last_used_at == first
    ApiKey.objects.filter(pk=api_key.pk).update(last_used_at=first - timedelta(minutes=1))
    selectors.api_key_find(raw_key)
    api_key.refresh_from_db()
    assert api_key.last_used_at and api_key.last_used_at > first
