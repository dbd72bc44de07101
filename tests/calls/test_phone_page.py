"""What a phone call's page shows beside what every call's does."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from agents.models import Agent, AgentVersion
from calls.models import Call, OutboundCall, Recording
from tests.addresses.world import signed_in
from tests.calls.factory import admit, ended_call
from tests.cast import Cast


@pytest.fixture
def vera(cast: Cast) -> Client:
    return signed_in(cast.vera)


def page_of(client: Client, call: Call) -> str:
    response = client.get(reverse("calls:detail", args=[call.organisation_id, call.pk]))
    return response.content.decode()


def test_it_says_who_called_whom(agent: Agent, vera: Client) -> None:
    call = ended_call(agent)
    assert "<dt>From</dt>" not in page_of(vera, call), "a browser has no number"
    Call.objects.filter(pk=call.pk).update(
        channel="phone", from_number="sip:<ann>@example.com", to_number="+15550100999"
    )
    page = page_of(vera, call)
    assert "<dt>From</dt><dd>sip:&lt;ann&gt;@example.com</dd>" in page
    assert "<dt>To</dt><dd>+15550100999</dd>" in page
    Call.objects.filter(pk=call.pk).update(from_number="")
    assert "<dt>From</dt><dd>Withheld</dd>" in page_of(vera, call)


def test_nothing_is_recorded_while_it_rings(agent: Agent, vera: Client) -> None:
    AgentVersion.objects.filter(agent=agent).update(settings={"recording": {"is_on": True}})
    agent.refresh_from_db()
    call = admit(agent)
    Call.objects.filter(pk=call.pk).update(direction="outbound", channel="phone")
    outbound = OutboundCall.objects.create(organisation=call.organisation, call=call, ring_s=30)
    page = page_of(vera, call)
    assert "This call is recorded once somebody answers." in page and "is being recorded" not in page
    outbound.answered_at = timezone.now()
    outbound.save()
    assert "This call is being recorded." in page_of(vera, call)


def test_a_transcript_that_is_done_does_not_wait_for_the_recording(agent: Agent, vera: Client) -> None:
    call = ended_call(agent)
    call.turns.all().delete()
    Recording.objects.create(organisation=call.organisation, call=call, due_at=timezone.now())
    page = page_of(vera, call)
    assert "Putting the recording together" in page and "Nothing was said" in page
    assert "Putting the transcript together" not in page
