"""The page on which a person has an agent call a number."""

from __future__ import annotations

import pytest
from django.test import Client

from agents.models import PhoneNumber
from calls.models import Call
from tests.addresses.world import signed_in
from tests.cast import Cast
from tests.outbound.conftest import Office
from tests.simulators.server import Fault
from tests.simulators.twilio.carrier import Callee
from tests.simulators.twilio.simulator import NUMBER

FORM = {"once": "1", "to": "+1 (555) 010-4444", "from_number": NUMBER, "on_machine": "go_on"}


@pytest.fixture
def bob(office: Office, cast: Cast) -> Client:
    return signed_in(cast.bob)


def address(office: Office) -> str:
    return f"/o/{office.organisation.pk}/agents/{office.agent.pk}/call/"


def test_a_number_as_people_write_it_is_called_once_however_often_the_form_is_sent(
    office: Office, bob: Client
) -> None:
    office.twilio.callees["+15550104444"] = Callee("busy")
    first, again = bob.post(address(office), FORM), bob.post(address(office), FORM)
    call = Call.objects.get()
    assert first["Location"] == again["Location"]
    assert first["Location"].endswith(f"/conversations/{call.pk}/")
    assert call.to_number == "+15550104444"
    assert office.ended(call.pk)["end_reason"]["code"] == "busy"
    assert "The number was busy (SIP 486)." in bob.get(first["Location"]).content.decode()


def test_what_is_refused_stands_at_its_field(office: Office, bob: Client) -> None:
    for to, words in (("12", "Enter the whole number"), ("+4930123456", "may not call Germany")):
        page = bob.post(address(office), FORM | {"to": to})
        assert page.status_code == 200 and words in page.content.decode()
    assert not Call.objects.exists()


def test_after_a_try_that_came_to_nothing_the_same_form_calls(office: Office, bob: Client) -> None:
    office.twilio.faults.append(Fault(status=503))
    failed = bob.post(address(office), FORM)
    assert "Twilio cannot be reached" in failed.content.decode()
    lost = bob.get(f"/o/{office.organisation.pk}/conversations/{Call.objects.get().pk}/").content.decode()
    assert "The carrier gave no answer when it was asked to call." in lost
    form = failed.context["form"]
    once, typed = form["once"].value(), form["to"].value()
    assert typed == FORM["to"]
    again = bob.post(address(office), FORM | {"once": once, "to": "+15550105555"})
    assert again.status_code == 302
    assert again["Location"].endswith(f"/conversations/{Call.objects.get(to_number='+15550105555').pk}/")


def test_without_a_phone_line_the_page_leads_to_where_it_is_set_up(office: Office, bob: Client) -> None:
    PhoneNumber.objects.all().delete()
    assert "Have Ada call me" in bob.get(f"/o/{office.organisation.pk}/agents/").content.decode()
    page = bob.get(address(office)).content.decode()
    assert (
        "Have Ada call" in page
        and "No phone line yet" in page
        and '<form method="post" novalidate>' not in page
    )


def test_the_page_belongs_to_the_agents(office: Office, bob: Client) -> None:
    page = bob.get(address(office)).content.decode()
    agents = f'href="/o/{office.organisation.pk}/agents/" aria-current="page"'
    assert agents in page and page.count('aria-current="page"') == 1
