"""The Tools part of the agent's form: what a session gets of it, and what is refused in words."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import pytest

from accounts.models import Plan
from agents.catalogue.organisation_catalogue import OrganisationCatalogue
from agents.client_tools import NoTools, client_tools_of
from agents.forms import AgentForm, initial_of
from agents.snapshot import complete, spec_of
from agents.vendor_keys.organisation_vendors import OrganisationVendors
from tests.agents.form_data import form_data
from voice.core.tools import HANG_UP, ToolKind
from voice.providers.catalog import FIRST

SCHEMA = {"type": "object", "properties": {"number": {"type": "integer"}}, "required": ["number"]}
TOOL = {"name": "order_status", "description": "Where an order is.", "parameters": SCHEMA}


def written(*tools: Any) -> str:
    return json.dumps(list(tools))


def test_what_is_written_comes_back_and_reaches_the_session() -> None:
    tools = client_tools_of(written(TOOL | {"time_limit_s": 8}))
    settings = complete({"name": "Ada", "tools": {"hang_up": True, "client": tools}})
    shown = initial_of(settings)
    assert shown["hang_up"] and client_tools_of(shown["client_tools"]) == tools
    hang_up, order = spec_of(settings, agent_id="a" * 24, version=1).tools
    assert hang_up == HANG_UP
    assert (order.name, order.kind, order.time_limit_s) == ("order_status", ToolKind.CLIENT, 8.0)
    assert json.loads(order.parameters) == SCHEMA


def test_an_agent_of_before_has_no_tools_and_speaks_while_callers_wait() -> None:
    spec = spec_of({"name": "Ada"}, agent_id="a" * 24, version=1)
    assert spec.tools == ()
    assert spec.fillers.enabled and spec.fillers.after_ms == 1000


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{nonsense", "no JSON (line 1)"),
        ("[" * 100_000, "no JSON"),
        ("{}", "a list of tools"),
        (written("x"), "Tool 1 is no object"),
        (written({"description": "x"}), "Tool 1 needs a name"),
        (written(TOOL | {"name": "a b"}), "Tool 1 needs a name"),
        (written(TOOL | {"name": "hang_up"}), "built-in"),
        (written(TOOL, TOOL), "two tools with the name order_status"),
        (written(*[TOOL | {"name": f"t{n}"} for n in range(21)]), "20 tools at most"),
        (written(TOOL | {"description": " "}), "order_status needs a description"),
        (written(TOOL | {"url": "x"}), "“url” is none of"),
        (written(TOOL | {"time_limit_s": 60}), "between 1 and 30 s"),
        (written(TOOL | {"time_limit_s": True}), "a number of seconds"),
        (written(TOOL | {"parameters": {"type": "string"}}), '"type": "object"'),
        (written(TOOL | {"parameters": {"type": "object", "properties": 7}}), "at properties"),
        (written(TOOL | {"parameters": {"type": "object", "$ref": "https://example.com/s"}}), "own parts"),
        (written(TOOL | {"parameters": {"type": "object", "$ref": "#/$defs/a"}}), "#/$defs/a, which is no"),
        (written(TOOL | {"parameters": {"type": "object", "$ref": "#/type/a"}}), "#/type/a, which is no"),
        (written(TOOL | {"parameters": {"type": "object", "a": 7, "$ref": "#/a/b"}}), "#/a/b, which is no"),
        (written(TOOL | {"parameters": {"type": "object", "a": 7, "$ref": "#/a"}}), "#/a, which is no"),
        (written(TOOL | {"parameters": {"type": "object", "title": "x" * 9_000}}), "more than 8000"),
        (written(TOOL | {"time_limit_s": math.nan}), "a number or a character that is none"),
        (
            written(TOOL | {"parameters": {"type": "object", "default": math.inf}}),
            "a number or a character that is none",
        ),
        (written(TOOL | {"description": "half a \ud83d"}), "a number or a character that is none"),
        (written(TOOL | {"description": "a NUL \0"}), "a number or a character that is none"),
    ],
)
def test_what_is_no_tool_is_refused_with_its_fault(text: str, told: str) -> None:
    with pytest.raises(NoTools, match=re.escape(told)):
        client_tools_of(text)


def test_a_schema_may_refer_to_its_own_parts() -> None:
    item = {"type": "object", "properties": {"parts": {"type": "array", "items": {"$ref": "#/$defs/item"}}}}
    schema = {"type": "object", "$defs": {"item": item}, "properties": {"item": {"$ref": "#/$defs/item"}}}
    assert client_tools_of(written(TOOL | {"parameters": schema}))[0]["parameters"] == schema


def form_with(**changes: Any) -> AgentForm:
    data = form_data(**changes)
    catalogue = OrganisationCatalogue(FIRST, Plan(name="Free"), OrganisationVendors())
    return AgentForm(data, catalogue=catalogue)


def test_a_valid_form_writes_all_of_it_into_the_settings() -> None:
    form = form_with(
        hang_up=True, hold_music=True, fillers=False, filler_after_ms=1500, client_tools=written(TOOL)
    )
    assert form.is_valid(), form.errors
    settings = form.settings([])
    assert settings["tools"] == {
        "hang_up": True,
        "send_dtmf": False,
        "hold_music": True,
        "client": [TOOL | {"time_limit_s": 5.0}],
    }
    assert settings["fillers"] == {"enabled": False, "after_ms": 1500}


def test_a_schema_that_is_none_is_an_error_beside_its_field() -> None:
    form = form_with(client_tools=written(TOOL | {"parameters": {"type": "object", "required": "number"}}))
    assert not form.is_valid()
    assert list(form.errors) == ["client_tools"]
    assert "at required" in form.errors["client_tools"][0]
