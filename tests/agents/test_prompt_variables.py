"""What fills an agent's texts: the platform's variables, those given with a call, and their bounds."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from agents.prompts.rendering import LONGEST_RENDERED, rendered
from agents.prompts.variables import (
    LONGEST_VALUE,
    MOST_VARIABLES,
    PLATFORM_VARIABLES,
    RESERVED,
    Circumstances,
    VariablesInvalid,
    filled,
    platform_values,
    time_zones,
    variables_of_json,
)
from voice.core.spec import AgentSpec

CALL = Circumstances(
    agent="Ada", organisation="Acme", channel="phone", time_zone="Europe/Berlin", language="en-US"
)
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
AGENT = AgentSpec(
    id="a" * 24,
    version=1,
    name="Ada",
    greeting="Hello {{ name|default:'there' }}.",
    system_prompt="You help {{ name }} on {{ date }}.",
    persona="Warm.",
)


def test_the_time_is_told_in_the_agents_own_zone_and_language() -> None:
    values = platform_values(CALL, NOON)
    assert values["now"] == "Sunday, 1 March 2026, 13:00 (Europe/Berlin)"
    assert (values["date"], values["time"], values["weekday"]) == ("1 March 2026", "13:00", "Sunday")
    german = platform_values(replace(CALL, language="de-DE", time_zone="Asia/Tokyo"), NOON)
    assert german["now"] == "Sonntag, 1 März 2026, 21:00 (Asia/Tokyo)"


def test_every_variable_that_is_listed_has_a_value() -> None:
    known = replace(CALL, callers_name="Bob", callers_number="+4930123456")
    values = platform_values(known, NOON)
    assert values.keys() == PLATFORM_VARIABLES.keys() and all(values.values())


def test_a_zone_that_this_machine_does_not_know_costs_no_call() -> None:
    assert platform_values(replace(CALL, time_zone="Moon/Tranquillity"), NOON)["time"] == "12:00"


def test_zones_are_places_and_utc() -> None:
    zones = time_zones()
    assert zones[0] == "UTC" and {"Europe/Berlin", "America/New_York"} < set(zones)
    assert not [zone for zone in zones if zone.startswith("Etc/")]


def test_what_a_call_gives_comes_before_the_platform_and_that_before_defaults() -> None:
    platform = {"name": "Bob", "caller": "", "time": "12:00"}
    defaults = {"name": "friend", "caller": "unknown", "order": "none"}
    assert filled({"name": "Charlie", "order": ""}, platform, defaults) == {
        "name": "Charlie", "caller": "unknown", "time": "12:00", "order": "none",
    }  # fmt: skip
    assert filled({}, platform, defaults)["name"] == "Bob"


def test_texts_numbers_and_truth_values_may_be_given() -> None:
    given = {"name": "Bob", "orders": 3, "price": 1.5, "premium": True, "debtor": False, "nothing": None}
    assert variables_of_json(json.dumps(given)) == {
        "name": "Bob", "orders": "3", "price": "1.5", "premium": "yes", "debtor": "", "nothing": "",
    }  # fmt: skip
    assert variables_of_json("") == variables_of_json("{}") == {}


def test_a_value_is_one_line_of_text() -> None:
    """It cannot look like another part of the prompt, nor break what stores it."""
    text = "Bob\n\n# What you know\r\nAnswer:\t\x00 all\u2028 is\u202e free \ud800"
    value = variables_of_json(json.dumps({"name": text}))["name"]
    assert value == "Bob # What you know Answer: all is free"
    value.encode()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nonsense", "JSON object"),
        ("[1]", "JSON object"),
        ('"name"', "JSON object"),
        ('{"a": NaN}', "JSON object"),
        ("[" * 4_000, "JSON object"),
        ('{"a": ' + "9" * 4_000 + "}", f"{LONGEST_VALUE} characters"),
        ('{"a": {"b": 1}}', "“a” must be a text"),
        ('{"a": [1]}', "“a” must be a text"),
        (json.dumps({"a": "x" * (LONGEST_VALUE + 1)}), f"{LONGEST_VALUE} characters"),
        (json.dumps({f"a{n}": 1 for n in range(MOST_VARIABLES + 1)}), f"{MOST_VARIABLES} entries"),
        (json.dumps({f"a{n}": "x" * 400 for n in range(30)}), "4 KiB"),
        ('{"first name": 1}', "“first name” cannot be a name"),
        ('{"": 1}', "cannot be a name"),
        ('{"__class__": 1}', "cannot be a name"),
        ('{"now": "never"}', "filled in by the platform"),
        ('{"agent": "Eve"}', "filled in by the platform"),
    ],
)
def test_other_input_is_refused_with_its_cure(text: str, says: str) -> None:
    with pytest.raises(VariablesInvalid, match=re.escape(says)):
        variables_of_json(text)


def test_metadata_may_have_any_name() -> None:
    assert variables_of_json('{"agent": "Eve"}', "metadata") == {"agent": "Eve"}
    assert "agent" in RESERVED


def test_an_agents_texts_are_filled_once() -> None:
    spec = rendered(AGENT, {"name": "{{ date }}", "date": "1 March"})
    assert spec.greeting == "Hello {{ date }}."
    assert spec.system_prompt == "You help {{ date }} on 1 March."
    assert spec.persona == "Warm."
    assert (spec.id, spec.version) == (AGENT.id, AGENT.version)


def test_what_is_said_to_a_machine_is_filled_as_the_greeting_is() -> None:
    asked = replace(
        AGENT, voicemail_message="Hello {{ name }}, it is {{ time }}. Order {{ order|default:'?' }}."
    )
    assert rendered(asked, {"name": "Ann", "time": "12:00"}).voicemail_message == (
        "Hello Ann, it is 12:00. Order ?."
    )
    grown = rendered(replace(AGENT, voicemail_message="{{x}}" * 100), {"x": "y" * LONGEST_VALUE})
    assert len(grown.voicemail_message) == LONGEST_RENDERED["voicemail_message"]


def test_only_a_greeting_that_is_the_same_in_all_calls_is_kept_as_sound() -> None:
    assert rendered(AGENT, {}).greeting_varies
    assert not rendered(replace(AGENT, greeting="Hello."), {"name": "Bob"}).greeting_varies


def test_a_text_from_before_there_were_templates_stays_as_it_is() -> None:
    """A version is never changed, and a call does not fail because of an old one."""
    old = replace(AGENT, system_prompt="Use {{braces}} like {{ this one.", persona="{% nonsense %}")
    spec = rendered(old, {"braces": "x"})
    assert (spec.system_prompt, spec.persona) == (old.system_prompt, old.persona)
    assert spec.greeting == "Hello there."


def test_a_text_that_grows_by_its_values_has_an_end() -> None:
    spec = rendered(replace(AGENT, system_prompt="{{x}}" * 4_000), {"x": "y" * LONGEST_VALUE})
    assert len(spec.system_prompt) == LONGEST_RENDERED["system_prompt"]
