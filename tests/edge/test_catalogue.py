"""A call whose agent is above its plan, or has what nobody offers, is refused in words."""

from __future__ import annotations

import pytest

from accounts.models import Tier
from agents.models import CatalogueEntry, CatalogueProvider
from tests.edge.asgi_client import AsgiClient
from tests.edge.conftest import Acme, Providers


async def refused(acme: Acme) -> tuple[int, str, str]:
    async with AsgiClient(api_key=acme.raw_key) as client:
        error = (await client.until("error"))["payload"]
        return await client.closed(), error["code"], error["message"]


@pytest.mark.parametrize("name", ["answerer", "rms", "pocketsphinx"])
async def test_whatever_is_above_the_plan_is_refused(acme: Acme, providers: Providers, name: str) -> None:
    await CatalogueEntry.objects.filter(name=name).aupdate(tier=Tier.PREMIUM)
    acme.plan.tier = Tier.STANDARD
    await acme.plan.asave()
    code, cause, message = await refused(acme)
    assert (code, cause) == (4003, "model_not_allowed")
    assert "It needs a plan of the tier Premium. Choose another, or a larger plan." in message


@pytest.mark.parametrize("name", ["answerer", "rms", "pocketsphinx"])
async def test_what_was_switched_off_is_refused(acme: Acme, providers: Providers, name: str) -> None:
    await CatalogueEntry.objects.filter(name=name).aupdate(is_enabled=False)
    code, cause, message = await refused(acme)
    assert (code, cause) == (4004, "provider_unavailable")
    assert message == f"embedded/{name} is not offered here. Choose another in the agent's settings."


async def test_a_provider_that_was_switched_off_is_refused(acme: Acme, providers: Providers) -> None:
    await CatalogueProvider.objects.filter(name="embedded").aupdate(is_enabled=False)
    code, cause, _ = await refused(acme)
    assert (code, cause) == (4004, "provider_unavailable")


async def test_what_its_vendor_lists_no_more_is_still_tried(acme: Acme, providers: Providers) -> None:
    """The vendor's list may be wrong or late; if it is gone for good, somebody stands in."""
    row = await CatalogueEntry.objects.aget(name="answerer")
    row.vanished_at = acme.organisation.created_at
    await row.asave()
    async with AsgiClient(api_key=acme.raw_key) as client:
        await client.until("connected")
