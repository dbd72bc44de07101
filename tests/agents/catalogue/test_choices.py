"""What the agent's form and REST say of price, plan and what cannot be had."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import Tier
from accounts.services import api_key_create
from agents.models import Agent, CatalogueEntry, CatalogueProvider
from tests.addresses.world import signed_in
from tests.agents.form_data import form_data
from tests.calls.factory import make_agent
from tests.cast import Cast

LARGE = "groq/openai/gpt-oss-120b"
pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(cast: Cast) -> Agent:
    return make_agent(cast.acme)


def address(cast: Cast, agent: Agent) -> str:
    return f"/o/{cast.acme.pk}/agents/{agent.pk}/"


def test_the_form_shows_price_and_plan_before_anything_is_saved(cast: Cast, agent: Agent) -> None:
    cast.acme.plan.tier = Tier.STANDARD
    cast.acme.plan.save()
    page = signed_in(cast.bob).get(address(cast, agent)).content.decode()
    assert "GPT-OSS 20B (Groq) (no API key; $0.075 in, $0.30 out per million tokens)" in page
    assert "GPT-OSS 120B (Groq) (Premium plans only; no API key; $0.15 in, " in page
    assert "$0.0077 a minute" in page and "$0.05 per 1,000 characters" in page


def test_what_is_above_the_plan_cannot_be_saved_whatever_it_is(cast: Cast, agent: Agent) -> None:
    cast.acme.plan.tier = Tier.BASIC
    cast.acme.plan.save()
    data = form_data(agent, model=LARGE, voice="deepgram/aura-2-thalia-en", transcriber="deepgram/nova-3")
    response = signed_in(cast.bob).post(address(cast, agent), data)
    assert response.status_code == 422
    errors = response.context["form"].errors
    for field, tier in (("model", "Premium"), ("voice", "Standard"), ("transcriber", "Standard")):
        assert f"It needs a plan of the tier {tier}." in str(errors[field])


def test_what_the_agent_has_and_nobody_offers_any_more_is_shown_and_said(cast: Cast, agent: Agent) -> None:
    CatalogueEntry.objects.filter(name="answerer").update(is_enabled=False)
    bob = signed_in(cast.bob)
    assert "embedded/answerer (not offered here)" in bob.get(address(cast, agent)).content.decode()
    response = bob.post(address(cast, agent), form_data(agent))
    assert "is not offered here" in str(response.context["form"].errors["model"])


def test_a_provider_that_is_switched_off_is_offered_to_nobody(cast: Cast, agent: Agent) -> None:
    CatalogueProvider.objects.filter(name="groq").update(is_enabled=False)
    assert "(Groq)" not in signed_in(cast.bob).get(address(cast, agent)).content.decode()


def test_what_its_vendor_lists_no_more_can_be_kept_but_not_chosen(cast: Cast, agent: Agent) -> None:
    bob = signed_in(cast.bob)
    CatalogueEntry.objects.filter(name__in=["answerer", "slt"]).update(vanished_at=agent.created_at)
    assert bob.post(address(cast, agent), form_data(agent, name="Ada")).status_code == 302
    response = bob.post(address(cast, agent), form_data(agent, name="Ada", voice="embedded/slt"))
    assert "no longer listed by its vendor" in str(response.context["form"].errors["voice"])
    response = bob.post(address(cast, agent), form_data(agent, name="Ada", voice_fallback="embedded/slt"))
    assert "no longer listed by its vendor" in str(response.context["form"].errors["voice_fallback"])


def listed(cast: Cast) -> dict[str, Any]:
    _, key = api_key_create(organisation=cast.acme, name="t", created_by=None)
    response = Client().get("/api/dashboard/catalogue", headers={"x-api-key": key})
    assert response.status_code == 200
    found: dict[str, Any] = response.json()
    return found


def test_rest_tells_prices_limits_and_whether_it_can_be_used(cast: Cast) -> None:
    cast.acme.plan.tier = Tier.STANDARD
    cast.acme.plan.save()
    found = listed(cast)
    built_in, small, large = found["models"]
    assert built_in["is_usable"] and built_in["tier"] == "basic"
    assert small["price"] == {
        "currency": "USD",
        "per_minute": None,
        "per_million_in": "0.075",
        "per_million_out": "0.3",
        "per_thousand_characters": None,
        "as_of": "2026-05-20",
    }
    assert small["limits"] == {"context_tokens": 131_072, "longest_reply_tokens": 65_536}
    assert small["is_included"] and not small["is_usable"] and "no API key" in small["why_not"]
    assert not large["is_included"] and "tier Premium" in large["why_not"]
    assert {voice["provider"] for voice in found["voices"]} == {"embedded", "elevenlabs", "deepgram"}
    assert found["transcribers"][1]["languages"] == ["en-US", "en-GB", "de-DE", "fr-FR", "es-ES"]
