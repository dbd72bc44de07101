"""Settings → Phone numbers → Twilio account: stored when Twilio takes it, used, and never seen again."""

from __future__ import annotations

import logging
from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.test import Client

from agents.models import TwilioAccount
from agents.twilio_account.selectors import TokenUnreadable, twilio_access_find, twilio_access_of
from tests.agents.phone_numbers.conftest import ACCOUNT_SID, TOKEN
from tests.cast import Cast
from tests.simulators.server import Fault
from tests.simulators.twilio.simulator import TwilioSimulator

WRONG = "f" * 32


def address(cast: Cast, rest: str = "") -> str:
    return f"/o/{cast.acme.pk}/settings/phones/twilio/{rest}"


def given(**changed: str) -> dict[str, str]:
    return {"account_sid": ACCOUNT_SID, "auth_token": TOKEN} | changed


def test_an_account_that_twilio_takes_is_stored_encrypted_and_never_shown(
    cast: Cast, alice: Client, twilio: TwilioSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    page = alice.post(address(cast), given(), follow=True).content.decode()
    assert "“Acme” is stored" in page and f"…{TOKEN[-4:]}" in page and ACCOUNT_SID in page
    row = TwilioAccount.objects.get()
    assert TOKEN not in row.sealed and row.state == "works"
    access = twilio_access_find(cast.acme)
    assert access and (access.account_sid, access.auth_token) == (ACCOUNT_SID, TOKEN)
    assert TOKEN not in repr(access)
    for shown in (page, alice.get(address(cast)).content.decode(), caplog.text):
        assert TOKEN not in shown


def test_an_account_that_twilio_refuses_is_not_stored(
    cast: Cast, alice: Client, twilio: TwilioSimulator
) -> None:
    for data in (given(auth_token=WRONG), given(auth_token=WRONG, even_unverified="on")):
        response = alice.post(address(cast), data)
        assert response.status_code == 422
        (said,) = response.context["form"].errors["auth_token"]
        assert "401" in said and "Authenticate" in said and WRONG not in response.content.decode()
    assert not TwilioAccount.objects.exists()


@pytest.mark.parametrize(
    "changed",
    [
        {"account_sid": "SK" + "1" * 32},
        {"account_sid": ""},
        {"auth_token": "short"},
        {"auth_token": "a b" * 9},
    ],
)
def test_what_is_no_account_is_not_asked_for(
    cast: Cast, alice: Client, twilio: TwilioSimulator, changed: dict[str, str]
) -> None:
    assert alice.post(address(cast), given(**changed)).status_code == 422
    assert not twilio.requests


@pytest.mark.parametrize("fault", [Fault(status=500), Fault(garbage=True)])
def test_when_twilio_cannot_be_asked_only_who_insists_stores(
    cast: Cast, alice: Client, twilio: TwilioSimulator, fault: Fault
) -> None:
    twilio.faults.extend([fault, fault])
    response = alice.post(address(cast), given())
    assert response.status_code == 422 and "even_unverified" in response.content.decode()
    assert not TwilioAccount.objects.exists()
    alice.post(address(cast), given(even_unverified="on"))
    assert TwilioAccount.objects.get().state == "unverified"


def test_the_test_button_asks_twilio_again(
    cast: Cast, alice: Client, twilio: TwilioSimulator, account: TwilioAccount
) -> None:
    assert "“Acme”" in alice.post(address(cast, "test/"), follow=True).content.decode()
    twilio.auth_token = WRONG
    page = alice.post(address(cast, "test/"), follow=True).content.decode()
    assert "Twilio refuses it" in page and TwilioAccount.objects.get().state == "refused"
    TwilioAccount.objects.update(sealed="nonsense")
    assert "cannot be read" in alice.post(address(cast, "test/"), follow=True).content.decode()


def test_a_removed_account_is_gone(cast: Cast, alice: Client, account: TwilioAccount) -> None:
    alice.post(address(cast, "remove/"))
    assert twilio_access_find(cast.acme) is None


def test_a_token_is_bound_to_its_organisation_and_sid(cast: Cast, account: TwilioAccount) -> None:
    for change in ({"organisation": cast.other}, {"account_sid": "AC" + "2" * 32}):
        TwilioAccount.objects.update(organisation=cast.acme, account_sid=ACCOUNT_SID)
        TwilioAccount.objects.update(**change)
        with pytest.raises(TokenUnreadable):
            twilio_access_of(TwilioAccount.objects.get())


def test_tokens_are_resealed_under_the_newest_key(cast: Cast, account: TwilioAccount, settings: Any) -> None:
    newest, old = Fernet.generate_key().decode(), settings.CREDENTIALS_KEYS
    settings.CREDENTIALS_KEYS = [newest, *old]
    out = StringIO()
    call_command("reseal_vendor_keys", stdout=out)
    assert "1 Twilio tokens" in out.getvalue()
    settings.CREDENTIALS_KEYS = [newest]
    access = twilio_access_find(cast.acme)
    assert access and access.auth_token == TOKEN
