"""The banner: what an organisation should mend about its vendors, seen by nobody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agents.models import VendorCredential
from agents.services import agent_create, agent_set_active
from agents.vendor_keys.services import vendor_key_refused, vendor_key_remove, vendor_switch
from agents.vendor_keys.troubles import troubles_of
from tests.addresses.world import signed_in
from tests.cast import Cast

GROQ = {"provider": "groq", "name": "openai/gpt-oss-20b"}
BANNER = 'id="vendor-troubles"'
Store = Callable[..., VendorCredential]


def agent(cast: Cast, name: str, **settings: Any) -> Any:
    return agent_create(organisation=cast.acme, settings={"name": name, **settings}, created_by=None)


def test_where_all_is_well_there_is_no_banner(cast: Cast, store: Store) -> None:
    store(cast.acme)
    agent(cast, "Ada", model=GROQ)
    agent(cast, "Built-in")
    assert troubles_of(cast.acme) == []
    assert BANNER not in signed_in(cast.bob).get(f"/o/{cast.acme.pk}/agents/").content.decode()


@pytest.mark.parametrize("page", ["agents/", "conversations/", "settings/members/", "settings/vendors/"])
def test_a_key_that_was_refused_in_a_call_is_told_on_every_page_of_that_organisation_only(
    page: str, cast: Cast, store: Store
) -> None:
    credential = store(cast.acme)
    vendor_key_refused(credential_id=credential.pk, said="it answered 401: Invalid API Key")
    for person in (cast.alice, cast.bob, cast.vera):
        shown = signed_in(person).get(f"/o/{cast.acme.pk}/{page}").content.decode()
        assert BANNER in shown and "Invalid API Key" in shown
    assert BANNER not in signed_in(cast.charlie).get(f"/o/{cast.other.pk}/{page}").content.decode()


def test_a_new_key_takes_the_banner_away(cast: Cast, store: Store) -> None:
    vendor_key_refused(credential_id=store(cast.acme).pk, said="no")
    assert troubles_of(cast.acme)
    store(cast.acme)
    assert troubles_of(cast.acme) == []


def test_agents_whose_vendor_cannot_be_used_any_more_are_named(cast: Cast, store: Store) -> None:
    credential = store(cast.acme)
    agents = [agent(cast, name, model=GROQ) for name in ("Ada", "Ben", "Cem", "Dee", "Eve")]
    vendor_key_remove(credential=credential)
    (told,) = troubles_of(cast.acme)
    assert told.startswith("Ada, Ben, Cem and 2 more take no calls. Groq cannot be used:")
    for each in agents[1:]:
        agent_set_active(agent=each, is_active=False)
    assert troubles_of(cast.acme)[0].startswith("Ada takes no calls.")


def test_a_vendor_that_is_switched_off_is_told_for_the_agents_that_use_it_alone(
    cast: Cast, store: Store
) -> None:
    vendor_key_refused(credential_id=store(cast.acme).pk, said="no")
    vendor_switch(organisation=cast.acme, vendor="groq", is_enabled=False)
    assert troubles_of(cast.acme) == []
    agent(cast, "Ada", model=GROQ)
    (told,) = troubles_of(cast.acme)
    assert "switched it off" in told
