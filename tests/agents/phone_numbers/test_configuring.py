"""Configuring a number at Twilio when Twilio's answer is lost, and pressed by two at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import ApiKey
from accounts.selectors import api_key_find, api_keys_valid
from accounts.services import api_key_create, api_key_revoke
from agents.models import PhoneNumber, TwilioAccount
from agents.phone_numbers import check, services
from agents.phone_numbers.webhooks import Webhooks, key_in
from tests.agents.phone_numbers.conftest import NUMBER
from tests.cast import Cast
from tests.simulators.server import Fault
from tests.simulators.twilio.simulator import TwilioSimulator
from voice.core.errors import UnreachableError
from voice.providers.twilio.access import connect


class Line:
    """The way to the simulated Twilio. `breaks`: its answer to a configuring is lost, done or not."""

    def __init__(self, access: Any) -> None:
        self._twilio = connect(access)

    def number_find(self, number: str) -> Any:
        return self._twilio.number_find(number)

    def number_configure(self, sid: str, webhooks: Webhooks) -> None:
        self.meanwhile()
        if self.arrives:
            self._twilio.number_configure(sid, webhooks)
        if self.breaks:
            raise UnreachableError("twilio", "no connection (ReadTimeout)")

    arrives, breaks = True, False
    meanwhile: Callable[[], object] = staticmethod(lambda: None)


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch, account: TwilioAccount) -> type[Line]:
    made = type("Line", (Line,), {})
    monkeypatch.setattr(services, "connect", made)
    monkeypatch.setattr(check, "TIME_LIMIT_S", 0.2)
    return made


@pytest.fixture
def number(cast: Cast) -> PhoneNumber:
    return PhoneNumber.objects.create(organisation=cast.acme, number=NUMBER)


def press(client: Client, number: PhoneNumber, button: str = "configure") -> str:
    address = f"/o/{number.organisation_id}/settings/phones/{number.pk}/{button}/"
    return client.post(address, follow=True).content.decode().replace("&#x27;", "'")


def key_at(twilio: TwilioSimulator) -> str:
    (at_twilio,) = twilio.numbers.values()
    return key_in(at_twilio.settings["voice_url"] or "")


def good_keys() -> int:
    return ApiKey.objects.filter(revoked_at=None).count()


def time_passes() -> None:
    ApiKey.objects.update(created_at=timezone.now() - timedelta(minutes=2))


@pytest.mark.parametrize("arrives", [True, False])
@pytest.mark.parametrize("button", ["configure", "check"])
def test_after_a_lost_answer_both_keys_are_good_until_it_is_known_which_twilio_has(
    alice: Client,
    twilio: TwilioSimulator,
    number: PhoneNumber,
    line: type[Line],
    arrives: bool,
    button: str,
) -> None:
    press(alice, number)
    before = key_at(twilio)
    line.arrives, line.breaks = arrives, True
    page = press(alice, number)
    assert "Twilio's answer was lost: no connection (ReadTimeout)" in page and "Not confirmed" in page
    assert (key_at(twilio) != before) == arrives
    assert api_key_find(before) and api_key_find(key_at(twilio)) and good_keys() == 2
    line.arrives, line.breaks = True, False
    time_passes()
    page = press(alice, number, button)
    assert "Not confirmed" not in page
    assert api_key_find(key_at(twilio)) and good_keys() == 1
    number.refresh_from_db()
    assert number.api_key == api_key_find(key_at(twilio)) and number.unconfirmed_key is None


def test_who_is_on_the_line_while_the_number_is_configured_again_stays_there(
    alice: Client, twilio: TwilioSimulator, number: PhoneNumber, line: type[Line]
) -> None:
    press(alice, number)
    number.refresh_from_db()
    before = number.api_key_id
    assert before
    press(alice, number)
    assert good_keys() == 1 and api_keys_valid({before}) == {before}
    number.refresh_from_db()
    press(alice, number, "remove")
    assert number.api_key_id and api_keys_valid({number.api_key_id}) == set()


def test_the_first_lost_answer_leaves_a_key_that_calls_get_in_with(
    alice: Client, twilio: TwilioSimulator, number: PhoneNumber, line: type[Line]
) -> None:
    line.breaks = True
    press(alice, number)
    assert api_key_find(key_at(twilio))
    for _ in range(3):
        press(alice, number)
    assert api_key_find(key_at(twilio)) and good_keys() <= 2
    press(alice, number, "remove")
    assert good_keys() == 0


def test_what_was_just_asked_for_may_still_take_effect(
    alice: Client, twilio: TwilioSimulator, number: PhoneNumber, line: type[Line]
) -> None:
    press(alice, number)
    line.arrives, line.breaks = False, True
    press(alice, number)
    assert "Not confirmed" in press(alice, number, "check") and good_keys() == 2
    time_passes()
    assert "Not confirmed" not in press(alice, number, "check") and good_keys() == 1


def test_of_two_who_press_at_once_one_configures(
    alice: Client, twilio: TwilioSimulator, number: PhoneNumber, line: type[Line]
) -> None:
    pages: list[str] = []

    def second() -> None:
        line.meanwhile = staticmethod(lambda: None)
        pages.append(press(alice, number))

    line.meanwhile = staticmethod(second)
    assert "is configured" in press(alice, number)
    assert "being configured at this moment" in pages[0]
    assert ApiKey.objects.count() == 1 and api_key_find(key_at(twilio))
    assert "is configured" in press(alice, number), "the way is free again"


def test_a_process_that_died_in_it_bars_the_way_for_half_a_minute(
    alice: Client, twilio: TwilioSimulator, number: PhoneNumber, line: type[Line]
) -> None:
    rows = PhoneNumber.objects.filter(pk=number.pk)
    rows.update(configuring_until=timezone.now() + timedelta(seconds=29))
    assert "being configured" in press(alice, number) and good_keys() == 0
    rows.update(configuring_until=timezone.now() - timedelta(seconds=1))
    assert "is configured" in press(alice, number)


def test_a_number_that_is_removed_meanwhile_leaves_no_key(
    alice: Client, twilio: TwilioSimulator, number: PhoneNumber, line: type[Line]
) -> None:
    line.meanwhile = staticmethod(lambda: press(alice, number, "remove"))
    press(alice, number)
    assert not PhoneNumber.objects.exists() and good_keys() == 0


def test_the_check_tells_a_key_that_is_not_good(
    cast: Cast, alice: Client, twilio: TwilioSimulator, number: PhoneNumber, line: type[Line]
) -> None:
    press(alice, number)
    assert "asks this address." in press(alice, number, "check")
    own = api_key_find(key_at(twilio))
    assert own
    api_key_revoke(api_key=own)
    assert "with a key that is not good" in press(alice, number, "check")


def test_programs_are_told_the_same(
    cast: Cast, twilio: TwilioSimulator, number: PhoneNumber, line: type[Line]
) -> None:
    _, key = api_key_create(organisation=cast.acme, name="Program", created_by=None)
    address = f"/api/dashboard/phone-numbers/{number.pk}/configure"
    twilio.faults.extend([Fault(), Fault(status=500)])
    lost = Client().post(address, headers={"x-api-key": key})
    assert (lost.status_code, lost.json()["code"]) == (503, "twilio_unreachable")
    assert "the new key stays good" in lost.json()["detail"]
    PhoneNumber.objects.update(configuring_until=timezone.now() + timedelta(seconds=9))
    busy = Client().post(address, headers={"x-api-key": key})
    assert (busy.status_code, busy.json()["code"]) == (409, "being_configured")
