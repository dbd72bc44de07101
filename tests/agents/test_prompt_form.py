"""Variables in the agent's form: what it refuses, what it warns of, and the preview beside it."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from agents.models import Agent
from agents.prompts.variables import PLATFORM_VARIABLES
from tests.agents.conftest import signed_in
from tests.agents.form_data import form_data
from tests.agents.test_form import address, newest
from tests.cast import Cast


def preview_address(cast: Cast) -> str:
    return f"/o/{cast.acme.pk}/agents/prompt-preview/"


@pytest.mark.parametrize("field", ["greeting", "system_prompt", "persona"])
def test_a_text_that_does_not_render_is_refused_beside_its_field(
    field: str, agent: Agent, cast: Cast, alice: Client
) -> None:
    before = newest(agent)
    wrong = {field: "Hello\n{{ first name }}", "name": "Renamed"}
    response = alice.post(address(cast.acme, agent), form_data(agent, **wrong))
    assert response.status_code == 422
    errors = response.context["form"].errors
    assert list(errors) == [field] and errors[field][0].startswith("Line 2, character 1: “first name”")
    page = response.content.decode()
    assert "Line 2, character 1" in page and "{{ first name }}" in page, "what was typed is still there"
    assert newest(agent) == before and agent.versions.count() == 1
    agent.refresh_from_db()
    assert agent.name == "Reception"


def test_variables_and_time_zone_are_saved_and_shown_again(agent: Agent, cast: Cast, alice: Client) -> None:
    written = "order_number = none\n\n name=there\nplan"
    data = form_data(agent, system_prompt="Hi {{ name }}.", variables=written, time_zone="Europe/Berlin")
    assert alice.post(address(cast.acme, agent), data).status_code == 302
    settings = newest(agent)
    assert settings["time_zone"] == "Europe/Berlin"
    assert settings["variables"] == [
        {"name": "order_number", "default": "none"},
        {"name": "name", "default": "there"},
        {"name": "plan", "default": ""},
    ]
    shown = alice.get(address(cast.acme, agent)).context["form"]
    assert shown["variables"].value() == "order_number = none\nname = there\nplan ="
    agent.refresh_from_db()
    alice.post(address(cast.acme, agent), form_data(agent))
    assert newest(agent) == settings


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("first name = Bob", "“first name” cannot be a name"),
        ("now = never", "filled in by the platform"),
        ("a = 1\na = 2", "listed twice"),
        ("a = " + "x" * 501, "500 characters"),
        ("\n".join(f"a{number}" for number in range(51)), "50 variables"),
    ],
)
def test_variables_that_cannot_be_are_refused_beside_their_field(
    written: str, says: str, agent: Agent, cast: Cast, alice: Client
) -> None:
    response = alice.post(address(cast.acme, agent), form_data(agent, variables=written))
    assert response.status_code == 422
    assert says in response.context["form"].errors["variables"][0]


def test_an_unknown_time_zone_is_refused(agent: Agent, cast: Cast, alice: Client) -> None:
    response = alice.post(address(cast.acme, agent), form_data(agent, time_zone="../../etc/passwd"))
    assert list(response.context["form"].errors) == ["time_zone"]


def test_the_form_warns_of_a_variable_that_nobody_provides(agent: Agent, cast: Cast, alice: Client) -> None:
    texts = {"greeting": "Hello {{ nmae }}.", "system_prompt": "{{ name }} {{ order }} {{ now }}"}
    saved = alice.post(address(cast.acme, agent), form_data(agent, **texts, variables="order"), follow=True)
    assert saved.status_code == 200, "it is no error"
    form = saved.context["form"]
    assert "{{ nmae }}" in form.fields["greeting"].warning
    assert form.fields["greeting"].warning in saved.content.decode()
    assert form.fields["system_prompt"].warning == ""


def test_the_warning_follows_what_is_written(cast: Cast, alice: Client) -> None:
    def told(**written: str) -> dict[str, str]:
        page = alice.post(preview_address(cast), written).content.decode()
        return dict(re.findall(r'<div id="id_(\w+)_warning" hx-swap-oob="innerHTML">([^<]*)</div>', page))

    wrong = told(greeting="Hello {{ nmae }}.", persona="{{ now }}")
    assert "{{ nmae }}" in wrong["greeting"]
    assert wrong["persona"] == wrong["system_prompt"] == "", "what was said before is taken back"
    assert told(greeting="Hello {{ nmae }}.", variables="nmae = you")["greeting"] == ""
    assert told(greeting="Hello {{ nmae }")["greeting"] == "", "an error, told in the preview"


def test_a_field_that_is_warned_of_is_described_by_its_warning(
    agent: Agent, cast: Cast, alice: Client
) -> None:
    page = alice.get(address(cast.acme, agent)).content.decode()
    for name in ("greeting", "system_prompt", "persona", "voicemail_message"):
        assert f'aria-describedby="id_{name}_helptext id_{name}_warning"' in page
        assert f'id="id_{name}_warning"' in page
    assert page.count('_warning" aria-live') == 4


def test_every_variable_of_the_platform_is_explained_beside_the_prompt(cast: Cast, alice: Client) -> None:
    page = alice.get(address(cast.acme)).content.decode()
    for name, meaning in PLATFORM_VARIABLES.items():
        assert f"<code>{{{{ {name} }}}}</code>" in page
        assert meaning.replace("'", "&#x27;") in page


def test_the_preview_shows_what_a_call_of_ones_own_would_get(cast: Cast, alice: Client) -> None:
    written = {
        "name": "Reception",
        "greeting": "Hello {{ name }}, this is {{ agent }} of {{ organisation }}.",
        "system_prompt": "{% if order %}Order {{ order }}.{% endif %} {{ time_zone }} <script>",
        "voicemail_message": "This is for {{ name }}, about {{ order }}.",
        "variables": "order = 4711\nnot a name = x",
        "time_zone": "Europe/Berlin",
    }
    page = alice.post(preview_address(cast), written).content.decode()
    assert f"Hello {cast.alice.name}, this is Reception of {cast.acme.name}." in page
    assert "Order 4711. Europe/Berlin &lt;script&gt;" in page
    assert f"This is for {cast.alice.name}, about 4711." in page
    broken = alice.post(preview_address(cast), {"persona": "{{ a b }}", "time_zone": "Moon"})
    assert broken.status_code == 200 and "Line 1, character 1" in broken.content.decode()
    assert "Nothing is written yet" in alice.post(preview_address(cast)).content.decode()


def test_the_preview_is_for_those_who_may_edit(cast: Cast, agent: Agent) -> None:
    assert signed_in(cast.bob).post(preview_address(cast)).status_code == 200
    assert signed_in(cast.vera).post(preview_address(cast)).status_code == 403
    assert signed_in(cast.charlie).post(preview_address(cast)).status_code == 404
    assert "agent-prompt-preview" not in signed_in(cast.vera).get(address(cast.acme, agent)).content.decode()
