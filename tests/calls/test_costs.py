"""What a call costs and what is billed for it: at the terms of its own time, and never a zero for a gap."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from accounts.models import Organisation, Plan
from accounts.services import api_key_create
from agents.models import Agent, CatalogueEntry
from calls import services
from calls.costs import call_cost, call_price, line_cost
from calls.models import Call, Usage
from tests.calls.factory import admit, journal, write_end
from tests.cast import Cast

Line = dict[str, Any]


def line(meter: str, provider: str, name: str, used: float, in_vain: float = 0.0) -> Line:
    return {"meter": meter, "provider": provider, "name": name, "used": used, "in_vain": in_vain}


SARAH = "EXAVITQu4vr4xnSDxMaL"
HEARD = line("transcriber_s", "deepgram", "nova-3", 90, 30)
READ = line("model_input_tokens", "groq", "openai/gpt-oss-20b", 8000, 2000)
WROTE = line("model_output_tokens", "groq", "openai/gpt-oss-20b", 900, 100)
SPOKE = line("voice_characters", "elevenlabs", SARAH, 400, 100)
ALL = [HEARD, READ, WROTE, SPOKE]
OWN_SERVER = line("model_input_tokens", "openai_compatible", "llama", 500)
PRICES = {
    ("transcriber", "deepgram", "nova-3"): {"per_minute": "0.006"},
    ("model", "groq", "openai/gpt-oss-20b"): {"per_million_in": "0.1", "per_million_out": "0.5"},
    ("voice", "elevenlabs", SARAH): {"per_thousand_characters": "0.05"},
}


@pytest.fixture(autouse=True)
def prices(db: None) -> None:
    """Other than those that a release brings: those may change."""
    for (kind, provider, name), fields in PRICES.items():
        found = CatalogueEntry.objects.filter(kind=kind, provider=provider, name=name)
        assert found.update(**{field: Decimal(price) for field, price in fields.items()}) == 1


def end(call: Call, *lines: Line, duration_ms: float = 90_000.0, is_lost: bool = False) -> Call:
    writer = journal(call)
    writer.append("start", 0)
    if lines:
        writer.append("usage", 5000.0, usage=list(lines))
    if not is_lost:
        write_end(writer, duration_ms=duration_ms)
    writer.close()
    return process(call)


def process(call: Call) -> Call:
    services.call_close(call_id=call.pk)
    assert services.call_process(call_id=call.pk)
    return Call.objects.get(pk=call.pk)


def costs(call: Call) -> dict[str, Decimal | None]:
    return {row.meter: line_cost(row) for row in call.usage.all()}


def cost(call: Call) -> Decimal | None:
    return call_cost(call, list(call.usage.all()))


def price(call: Call) -> Decimal | None:
    return call_price(call, list(call.usage.all()))


def bills(agent: Agent, price_per_minute: str | None, *, passes_on_cost: bool = False) -> None:
    Plan.objects.filter(organisations=agent.organisation_id).update(
        price_per_minute=price_per_minute, passes_on_cost=passes_on_cost
    )


def with_key_of(organisation: Organisation) -> Client:
    _, raw_key = api_key_create(organisation=organisation, name="test", created_by=None)
    return Client(headers={"x-api-key": raw_key})


# --- cost -----------------------------------------------------------------------------------------
def test_each_meter_costs_its_unit_price_what_was_in_vain_included(agent: Agent) -> None:
    call = end(admit(agent), *ALL)
    assert costs(call) == {
        "transcriber_s": Decimal("0.012"),
        "model_input_tokens": Decimal("0.001"),
        "model_output_tokens": Decimal("0.0005"),
        "voice_characters": Decimal("0.025"),
    }
    assert cost(call) == Decimal("0.0385")


def test_one_token_costs_more_than_nothing(agent: Agent) -> None:
    assert cost(end(admit(agent), READ | {"used": 1, "in_vain": 0})) == Decimal("0.0000001")


def test_a_later_price_changes_no_call_that_is_over(agent: Agent) -> None:
    call = end(admit(agent), *ALL)
    before = cost(call)
    CatalogueEntry.objects.update(per_minute=9, per_million_in=9, per_million_out=9)
    assert cost(call) == before
    assert cost(process(call)) == before
    assert cost(end(admit(agent), *ALL)) != before


def test_a_usage_without_a_price_has_no_cost_nor_has_its_call(agent: Agent) -> None:
    call = end(admit(agent), HEARD, OWN_SERVER)
    assert costs(call) == {"transcriber_s": Decimal("0.012"), "model_input_tokens": None}
    assert cost(call) is None


def test_a_price_that_is_entered_later_is_for_later_calls(agent: Agent) -> None:
    call = end(admit(agent), OWN_SERVER)
    CatalogueEntry.objects.create(
        kind="model", provider_id="openai_compatible", name="llama", per_million_in=2, is_enabled=False
    )
    assert cost(process(call)) is None
    assert cost(end(admit(agent), OWN_SERVER)) == Decimal("0.001")


def test_a_price_of_zero_is_a_price(agent: Agent) -> None:
    assert cost(end(admit(agent), line("voice_characters", "embedded", "rms", 500))) == 0


def test_what_is_not_offered_any_more_still_has_its_price(agent: Agent) -> None:
    CatalogueEntry.objects.update(is_enabled=False)
    assert cost(end(admit(agent), *ALL)) == Decimal("0.0385")


def test_a_vendor_that_bills_the_organisation_itself_costs_us_nothing(agent: Agent) -> None:
    call = end(admit(agent, own_vendors=["groq", "openai_compatible"]), *ALL, OWN_SERVER)
    assert cost(call) == Decimal("0.037")
    own = call.usage.filter(is_own_key=True)
    assert {(row.provider, row.unit_price, line_cost(row)) for row in own} == {
        ("groq", None, Decimal(0)),
        ("openai_compatible", None, Decimal(0)),
    }


def test_a_call_that_used_nothing_costs_nothing(agent: Agent) -> None:
    assert cost(end(admit(agent))) == 0


def test_a_call_whose_process_was_lost_uncounted_has_no_known_cost(agent: Agent) -> None:
    bills(agent, "0.1", passes_on_cost=True)
    call = end(admit(agent), is_lost=True)
    assert cost(call) is None and price(call) is None


def test_a_call_of_before_costs_were_kept_has_none(agent: Agent) -> None:
    call = admit(agent)
    Call.objects.filter(pk=call.pk).update(own_vendors=None)
    assert cost(end(call, *ALL)) is None


def test_a_figure_beyond_all_reason_is_dear_and_breaks_nothing(agent: Agent) -> None:
    CatalogueEntry.objects.update(per_minute=999_999)
    total = cost(end(admit(agent), HEARD | {"used": 9e14}))
    assert total is not None and total > 10**19


# --- price ----------------------------------------------------------------------------------------
def test_a_plan_without_a_price_bills_nothing_that_anybody_knows_of(agent: Agent) -> None:
    assert price(end(admit(agent), *ALL)) is None


def test_a_plan_s_price_a_minute_counts_to_the_millisecond(agent: Agent) -> None:
    bills(agent, "0.1")
    assert price(end(admit(agent), *ALL, duration_ms=90_600)) == Decimal("0.151")
    assert price(end(admit(agent), OWN_SERVER, duration_ms=60_000)) == Decimal("0.1")


def test_a_plan_that_passes_costs_on_bills_nothing_that_was_in_vain(agent: Agent) -> None:
    bills(agent, None, passes_on_cost=True)
    used = Decimal("0.009") + Decimal("0.0008") + Decimal("0.00045") + Decimal("0.02")
    assert price(end(admit(agent), *ALL)) == used
    bills(agent, "0.1", passes_on_cost=True)
    assert price(end(admit(agent), *ALL, duration_ms=60_000)) == Decimal("0.1") + used


def test_what_has_no_price_cannot_be_passed_on(agent: Agent) -> None:
    bills(agent, "0.1", passes_on_cost=True)
    assert price(end(admit(agent), HEARD, OWN_SERVER)) is None


def test_a_call_is_billed_by_the_plan_it_began_with(agent: Agent) -> None:
    bills(agent, "0.1")
    call = admit(agent)
    bills(agent, "0.9", passes_on_cost=True)
    assert price(end(call, *ALL, duration_ms=60_000)) == Decimal("0.1")


# --- shown ----------------------------------------------------------------------------------------
def test_the_api_tells_cost_and_price_in_lists_and_of_one_call(agent: Agent) -> None:
    bills(agent, "0.12")
    call = end(admit(agent, own_vendors=["groq"]), HEARD, READ)
    api = with_key_of(agent.organisation)
    shown = api.get(f"/api/dashboard/calls/{call.pk}").json()
    (listed,) = api.get("/api/dashboard/calls").json()["results"]
    assert {name: shown[name] for name in listed} == listed
    assert shown["cost"] == {"amount": "0.012", "currency": "USD"}
    assert shown["price"] == {"amount": "0.18", "currency": "USD"}
    read, heard = shown["usage"]
    assert heard["unit_price"] == {"amount": "0.006", "currency": "USD", "per": "minute"}
    assert (heard["own_key"], heard["cost"]) == (False, {"amount": "0.012", "currency": "USD"})
    assert (read["own_key"], read["cost"]) == (True, {"amount": "0", "currency": "USD"})
    assert read["unit_price"] is None


def test_while_a_call_lasts_its_lines_cost_something_and_its_sums_are_open(agent: Agent) -> None:
    bills(agent, "0.12")
    call = admit(agent)
    writer = journal(call)
    writer.append("usage", 5000.0, usage=[HEARD])
    writer.flush()
    shown = with_key_of(agent.organisation).get(f"/api/dashboard/calls/{call.pk}").json()
    assert shown["usage"][0]["cost"]["amount"] == "0.012"
    assert shown["cost"] is None and shown["price"] is None
    writer.close()


def test_the_published_schema_has_money_with_its_currency() -> None:
    schemas = SchemaGenerator().get_schema(public=True)["components"]["schemas"]
    assert set(schemas["Money"]["properties"]) == {"amount", "currency"}
    for shape in ("Call", "CallDetail"):
        assert {"cost", "price"} <= set(schemas[shape]["properties"])
        assert schemas[shape]["properties"]["cost"]["allOf"] == [{"$ref": "#/components/schemas/Money"}]


# --- the page -------------------------------------------------------------------------------------
def usage_on_page(call: Call, cast: Cast) -> str:
    """The words of the section, as they are read."""
    client = Client()
    client.force_login(cast.vera, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(f"/o/{call.organisation_id}/conversations/{call.pk}/").content.decode()
    found = re.search(r'<section[^>]*aria-label="Usage".*?</section>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split()) if found else ""


def test_the_page_shows_names_and_what_each_line_costs(agent: Agent, cast: Cast) -> None:
    words = usage_on_page(end(admit(agent), *ALL), cast)
    assert "Voice spoke Sarah (ElevenLabs) 400 characters + 100 in vain $0.025" in words
    assert SARAH not in words
    assert "Model wrote GPT-OSS 20B (Groq) 900 tokens + 100 in vain $0.0005" in words
    assert "Vendors charge $0.0385" in words
    assert "what was in vain included" in words and "You are billed" not in words


def test_the_page_speaks_of_one_token(agent: Agent, cast: Cast) -> None:
    words = usage_on_page(end(admit(agent), WROTE | {"used": 1, "in_vain": 0}), cast)
    assert "1 token under $0.0001" in words and "in vain" not in words


def test_the_page_says_what_is_billed_and_why(agent: Agent, cast: Cast) -> None:
    bills(agent, "0.1", passes_on_cost=True)
    words = usage_on_page(end(admit(agent), HEARD, duration_ms=60_000), cast)
    assert "You are billed $0.10 a minute, and what vendors charge for what was not in vain $0.109" in words


def test_the_page_says_that_a_vendor_bills_the_organisation_itself(agent: Agent, cast: Cast) -> None:
    words = usage_on_page(end(admit(agent, own_vendors=["groq"]), READ), cast)
    assert "your key" in words and "With your key the vendor bills you itself" in words


def test_the_page_says_whose_price_is_not_known(agent: Agent, cast: Cast) -> None:
    words = usage_on_page(end(admit(agent), HEARD, OWN_SERVER), cast)
    assert "llama (Your own server) 500 tokens –" in words
    assert "Vendors charge At least $0.012" in words
    assert "No price is known of llama (Your own server)." in words
    assert "Vendors charge Not known" in usage_on_page(end(admit(agent), OWN_SERVER), cast)


def test_the_page_of_a_live_call_has_the_cost_so_far(agent: Agent, cast: Cast) -> None:
    bills(agent, "0.1")
    call = admit(agent)
    writer = journal(call)
    writer.append("usage", 5000.0, usage=[HEARD])
    writer.flush()
    words = usage_on_page(call, cast)
    assert "Vendors charge $0.012 so far" in words and "At its end" in words
    writer.close()


def test_the_page_of_an_old_call_says_that_costs_were_not_kept(agent: Agent, cast: Cast) -> None:
    call = end(admit(agent), *ALL)
    Call.objects.filter(pk=call.pk).update(own_vendors=None)
    Usage.objects.update(unit_price=None)
    words = usage_on_page(call, cast)
    assert "Vendors charge Not known" in words and "from before costs were kept" in words
