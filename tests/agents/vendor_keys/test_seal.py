"""Stored keys are encrypted, and the encryption can be renewed without losing one."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import Organisation
from agents.models import VendorCredential
from agents.vendor_keys.seal import Secret, Unreadable, seal, unseal
from agents.vendor_keys.selectors import vendors_of
from tests.agents.vendor_keys.conftest import KEY
from tests.cast import Cast

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
MANY = 10_000


def opened(sealed: str) -> str:
    return unseal(sealed, organisation_id="a", vendor="groq", base_url="").api_key


def sealed_key() -> str:
    return seal(Secret("a", "groq", "", KEY))


def test_the_database_holds_no_key(cast: Cast, store: Callable[..., VendorCredential]) -> None:
    store(cast.acme)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM agents_vendorcredential")
        (row,) = cursor.fetchall()
    assert KEY not in repr(row) and KEY[:-4] not in repr(row)


def test_the_first_key_encrypts_and_all_decrypt(settings: Any) -> None:
    settings.CREDENTIALS_KEYS = [OLD]
    before = sealed_key()
    settings.CREDENTIALS_KEYS = [NEW, OLD]
    assert opened(before) == KEY
    after = sealed_key()
    settings.CREDENTIALS_KEYS = [NEW]
    assert opened(after) == KEY
    with pytest.raises(Unreadable):
        opened(before)


def test_a_secret_says_nothing_of_its_key() -> None:
    assert KEY not in repr(Secret("a", "groq", "", KEY))


@pytest.mark.django_db
def test_ten_thousand_keys_are_sealed_anew_in_seconds_and_the_old_key_can_go(
    cast: Cast, settings: Any
) -> None:
    settings.CREDENTIALS_KEYS = [OLD]
    organisations = Organisation.objects.bulk_create(
        Organisation(name=f"Org {number}", plan=cast.acme.plan) for number in range(MANY)
    )
    VendorCredential.objects.bulk_create(
        VendorCredential(
            organisation=each, vendor="groq", sealed=seal(Secret(each.pk, "groq", "", f"key-{each.pk}"))
        )
        for each in organisations
    )
    settings.CREDENTIALS_KEYS = [NEW, OLD]
    printed = io.StringIO()
    begun = time.perf_counter()
    call_command("reseal_vendor_keys", stdout=printed)
    assert time.perf_counter() - begun < 30, "about 3 s on a quiet machine"
    assert f"{MANY} vendor keys" in printed.getvalue()
    settings.CREDENTIALS_KEYS = [NEW]
    for organisation in (organisations[0], organisations[MANY // 2], organisations[-1]):
        assert vendors_of(organisation).accesses()["groq"].api_key == f"key-{organisation.pk}"


def test_a_key_that_nobody_can_read_is_named_and_keeps_no_other_from_being_renewed(
    cast: Cast, store: Callable[..., VendorCredential], settings: Any
) -> None:
    settings.CREDENTIALS_KEYS = [OLD]
    lost = store(cast.acme)
    settings.CREDENTIALS_KEYS = [NEW]
    store(cast.other)
    with pytest.raises(CommandError, match=lost.pk):
        call_command("reseal_vendor_keys", stdout=io.StringIO())
    assert vendors_of(cast.other).accesses()["groq"].api_key == KEY
