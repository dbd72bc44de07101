"""Whoever opens the Talk page of an agent that would be refused is told why, and where that is mended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from agents.catalogue.obstacle import obstacle_of
from agents.catalogue.selectors import catalogue_of
from agents.models import Agent, CatalogueProvider, VendorCredential
from agents.selectors import agent_spec
from agents.services import agent_create
from agents.vendor_keys.services import vendor_switch
from tests.addresses.world import signed_in
from tests.cast import Cast

GROQ = {"provider": "groq", "name": "openai/gpt-oss-20b"}
Store = Callable[..., VendorCredential]


def make(cast: Cast, **settings: Any) -> Agent:
    return agent_create(organisation=cast.acme, settings={"name": "Ada", **settings}, created_by=None)


@pytest.fixture
def agent(cast: Cast) -> Agent:
    return make(cast, model=GROQ)


def page(user: User, agent: Agent) -> str:
    address = f"/o/{agent.organisation_id}/agents/{agent.pk}/talk/"
    return signed_in(user).get(address).content.decode()


def is_ready(shown: str) -> bool:
    """Start is enabled by the page's script alone."""
    return "js/talk.js" in shown and "talk-obstacle" not in shown


def test_an_agent_whose_vendors_can_be_used_is_ready(cast: Cast, agent: Agent, store: Store) -> None:
    store(cast.acme)
    assert is_ready(page(cast.bob, agent)) and is_ready(page(cast.bob, make(cast)))


def test_without_a_key_the_page_says_so_and_leads_to_where_one_is_stored(cast: Cast, agent: Agent) -> None:
    shown = page(cast.alice, agent)
    assert not is_ready(shown)
    assert "Groq cannot be used: there is no API key" in shown.partition('id="talk-obstacle"')[2]
    assert f'href="/o/{cast.acme.pk}/settings/vendors/#groq"' in shown
    assert f'href="/o/{cast.acme.pk}/agents/{agent.pk}/"' in shown
    for button in ("talk-begin", "talk-begin-text"):
        assert f'id="{button}" type="button" disabled aria-describedby="talk-obstacle"' in shown


def test_a_vendor_that_the_organisation_has_switched_off_is_told_with_who_may_change_that(
    cast: Cast, agent: Agent, store: Store
) -> None:
    store(cast.acme)
    vendor_switch(organisation=cast.acme, vendor="groq", is_enabled=False)
    for person, is_sent_to_others in ((cast.alice, False), (cast.bob, True)):
        shown = page(person, agent)
        assert not is_ready(shown) and "your organisation has switched it off" in shown
        assert ("Owners and admins can change that." in shown) == is_sent_to_others
        assert "/settings/vendors/#groq" in shown
    vendor_switch(organisation=cast.acme, vendor="groq", is_enabled=True)
    assert is_ready(page(cast.bob, agent))


def test_what_the_organisation_cannot_mend_under_vendors_leads_to_the_agent_alone(
    cast: Cast, agent: Agent, store: Store
) -> None:
    store(cast.acme)
    CatalogueProvider.objects.filter(name="groq").update(is_enabled=False)
    gone = make(cast, model=GROQ | {"name": "nobody/knows"})
    for each, told in ((agent, "it is switched off here"), (gone, "groq/nobody/knows is not offered here")):
        shown = page(cast.alice, each)
        assert not is_ready(shown) and told in shown
        assert "/settings/vendors/#" not in shown and "Open its settings" in shown


def test_a_plan_that_is_too_small_is_told_before_a_missing_key(cast: Cast, agent: Agent) -> None:
    cast.acme.plan.allowed_models = ["embedded/answerer"]
    cast.acme.plan.save()
    assert agent.current_version is not None
    obstacle = obstacle_of(catalogue_of(cast.acme), agent_spec(agent.current_version))
    assert obstacle is not None and obstacle.is_above_plan and not obstacle.vendor
    shown = page(cast.alice, agent)
    assert not is_ready(shown) and "does not include GPT-OSS 20B" in shown


def test_the_list_offers_no_talk_with_an_agent_that_would_be_refused(
    cast: Cast, agent: Agent, store: Store
) -> None:
    address = f"/o/{cast.acme.pk}/agents/"
    shown = signed_in(cast.bob).get(address).content.decode()
    assert "Takes no calls" in shown and "Groq cannot be used" in shown
    assert f'href="{address}{agent.pk}/talk/"' in shown.partition("See why")[0]
    assert f"{agent.pk}/call/" not in shown
    seen_by_a_viewer = signed_in(cast.vera).get(address).content.decode()
    assert "Takes no calls" in seen_by_a_viewer and "See why" not in seen_by_a_viewer
    store(cast.acme)
    shown = signed_in(cast.bob).get(address).content.decode()
    assert "Takes no calls" not in shown and "See why" not in shown and "Talk</a>" in shown


def test_the_list_names_language_and_voice_as_the_form_does(cast: Cast) -> None:
    make(cast, language="de-DE", voice={"provider": "embedded", "id": "slt"})
    shown = signed_in(cast.bob).get(f"/o/{cast.acme.pk}/agents/").content.decode()
    assert "<dd>German</dd>" in shown and "de-DE" not in shown


def test_the_page_says_which_parts_are_built_in(cast: Cast, agent: Agent, store: Store) -> None:
    store(cast.acme)
    assert "without any vendor: recognition, voice" in page(cast.bob, agent)
    assert "without any vendor: recognition, answers, voice" in page(cast.bob, make(cast))
