"""The agent's form: what is saved, and what it says is wrong."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest
from django.test import Client

from accounts.models import Organisation
from agents.models import Agent
from agents.snapshot import DEFAULTS, RANGES, spec_of
from tests.agents.form_data import form_data
from tests.cast import Cast
from voice.core.spec import Pronunciation

SLIDERS = {
    "temperature": "model.temperature",
    "max_tokens": "model.max_tokens",
    "history_tokens": "model.history_tokens",
    "speed": "voice.speed",
    "interruption_sensitivity": "turn_taking.interruption_sensitivity",
    "silence_ms": "turn_taking.silence_ms",
    "finished_silence_ms": "turn_taking.finished_silence_ms",
    "unfinished_silence_ms": "turn_taking.unfinished_silence_ms",
    "end_confidence": "turn_taking.end_confidence",
    "early_end_confidence": "turn_taking.early_end_confidence",
    "interruption_words": "turn_taking.interruption_words",
    "resume_ms": "turn_taking.resume_ms",
    "transcript_wait_ms": "turn_taking.transcript_wait_ms",
    "reminder_s": "limits.reminder_s",
    "reminders": "limits.reminders",
    "hang_up_s": "limits.hang_up_s",
    "max_call_s": "limits.max_call_s",
}


def address(organisation: Organisation, agent: Agent | None = None) -> str:
    return f"/o/{organisation.pk}/agents/{agent.pk if agent else 'new'}/"


def newest(agent: Agent) -> dict[str, Any]:
    agent = Agent.objects.select_related("current_version").get(pk=agent.pk)
    assert agent.current_version is not None
    settings: dict[str, Any] = agent.current_version.settings
    return settings


def test_a_new_agent_has_every_setting_that_was_filled_in(cast: Cast, alice: Client) -> None:
    data = form_data(
        name="Support",
        greeting="",
        system_prompt="Help.",
        persona="patient",
        knowledge_text="Parking is free.\n\nThe lift is broken.",
        pairs=[("Where are you?", "In Mill Lane."), ("", "")],
        voice="embedded/slt",
        speed="1.2",
        key_terms="Voicex\nMill Lane; Voicex",
        pronunciations="Nguyen = win\n\n US==U S\r\nC++ =  C plus plus",
        silence_ms="900",
        finished_silence_ms="200",
        unfinished_silence_ms="2500",
        end_confidence="0.8",
        early_end_confidence="0.3",
        drafts="",
        interruption_sensitivity="0",
        interruption_words="2",
        stop_phrases="Ada, listen\nhush",
        acknowledgements="roger",
        resume_ms="300",
        transcript_wait_ms="900",
        reminders="0",
    )
    data["pairs-TOTAL_FORMS"] = 3  # rows that were left empty
    response = alice.post(address(cast.acme), data)
    agent = Agent.objects.get(name="Support")
    assert response.headers["Location"] == address(cast.acme, agent)
    settings = newest(agent)
    assert settings["greeting"] == ""
    assert settings["knowledge"] == [
        {"question": "Where are you?", "answer": "In Mill Lane."},
        {"question": "", "answer": "Parking is free."},
        {"question": "", "answer": "The lift is broken."},
    ]
    assert settings["voice"] == {
        "provider": "embedded", "id": "slt", "speed": 1.2, "style": "", "accent": "", "fallback": "",
    }  # fmt: skip
    assert settings["transcriber"]["key_terms"] == ["Voicex", "Mill Lane"]
    assert settings["pronunciations"] == [
        {"written": "Nguyen", "spoken": "win", "case_sensitive": False},
        {"written": "US", "spoken": "U S", "case_sensitive": True},
        {"written": "C++", "spoken": "C plus plus", "case_sensitive": False},
    ]
    assert settings["turn_taking"] == {
        "interruption_sensitivity": 0.0,
        "silence_ms": 900,
        "finished_silence_ms": 200,
        "unfinished_silence_ms": 2500,
        "end_confidence": 0.8,
        "early_end_confidence": 0.3,
        "drafts": False,
        "interruption_words": 2,
        "stop_phrases": ["Ada", "listen", "hush"],
        "acknowledgements": ["roger"],
        "resume_ms": 300,
        "transcript_wait_ms": 900,
    }
    assert settings["limits"]["reminders"] == 0
    assert settings["greeting_interruptible"] is True


def test_opening_and_saving_changes_nothing(agent: Agent, cast: Cast, alice: Client) -> None:
    before = newest(agent)
    alice.post(address(cast.acme, agent), form_data(agent))
    assert newest(agent) == before
    assert agent.versions.count() == 1


def test_a_pair_that_is_marked_goes_and_a_half_one_is_an_error(
    agent: Agent, cast: Cast, alice: Client
) -> None:
    data = form_data(agent, pairs=[("When are you open?", "From nine to five."), ("Where are you?", "Here.")])
    alice.post(address(cast.acme, agent), data | {"pairs-0-DELETE": "on"})
    assert [entry["question"] for entry in newest(agent)["knowledge"]] == ["Where are you?", ""]
    agent.refresh_from_db()
    response = alice.post(address(cast.acme, agent), form_data(agent, pairs=[("Only a question?", "")]))
    assert response.status_code == 422
    assert "required" in response.content.decode()


@pytest.mark.parametrize("wrong", ["too low", "too high", "many", "nan", "inf"])
def test_a_value_out_of_its_range_is_refused_beside_its_field(
    wrong: str, agent: Agent, cast: Cast, alice: Client
) -> None:
    """All numbers at once, for a page is dear: each has an error of its own, and nothing else has one."""
    values: dict[str, Any] = {}
    for field, setting in SLIDERS.items():
        bounds = RANGES[setting]
        values[field] = {"too low": bounds.low - 1, "too high": bounds.high + 1}.get(wrong, wrong)
    response = alice.post(address(cast.acme, agent), form_data(agent, **values))
    assert response.status_code == 422
    errors = response.context["form"].errors
    assert set(errors) == set(SLIDERS)
    page = response.content.decode()
    for sentence, fields in Counter(str(said[0]) for said in errors.values()).items():
        assert page.count(sentence) >= fields, sentence
    assert agent.versions.count() == 1


def test_the_form_shows_range_and_default_of_every_number(cast: Cast, alice: Client) -> None:
    response = alice.get(address(cast.acme))
    page = response.content.decode()
    for setting, bounds in RANGES.items():
        group, name = setting.split(".")
        assert f"{bounds.low:g} to {bounds.high:g}" in page, setting
        assert f"by default {DEFAULTS[group][name]:g}" in page, setting
    for field in response.context["form"].visible_fields():
        assert field.help_text, field.name


def test_what_is_built_in_says_so(cast: Cast, alice: Client) -> None:
    form = alice.get(address(cast.acme)).context["form"]
    for name in ("model", "voice", "transcriber"):
        embedded = [label for value, label in form.fields[name].choices if value.startswith("embedded/")]
        assert embedded
        assert all("built-in, demo quality" in label for label in embedded)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "   "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"voice": "embedded/nobody"}, "voice"),
        ({"model": "groq/unknown"}, "model"),
        ({"language": "tlh"}, "language"),
        ({"reminders": "1.5"}, "reminders"),
        ({"key_terms": "\n".join(f"term {n}" for n in range(101))}, "key_terms"),
        ({"key_terms": "x" * 81}, "key_terms"),
        ({"stop_phrases": "\n".join(f"phrase {n}" for n in range(51))}, "stop_phrases"),
        ({"acknowledgements": "x" * 81}, "acknowledgements"),
        ({"greeting": "nul\0"}, "greeting"),
        ({"pronunciations": "Nguyen"}, "pronunciations"),
        ({"pronunciations": "= win"}, "pronunciations"),
        ({"pronunciations": "Nguyen = "}, "pronunciations"),
        ({"pronunciations": "Nguyen = ?!"}, "pronunciations"),
        ({"pronunciations": "a = b = c"}, "pronunciations"),
        ({"pronunciations": "x" * 81 + " = y"}, "pronunciations"),
        ({"pronunciations": "x = " + "y" * 201}, "pronunciations"),
        ({"pronunciations": "x" + " " * 9_000 + "= y"}, "pronunciations"),
        ({"pronunciations": "Nguyen = win\nNGUYEN = when"}, "pronunciations"),
        ({"pronunciations": "\n".join(f"word{n} = w" for n in range(201))}, "pronunciations"),
    ],
)
def test_what_cannot_be_is_refused_beside_the_field(
    changes: dict[str, str], field: str, agent: Agent, cast: Cast, alice: Client
) -> None:
    response = alice.post(address(cast.acme, agent), form_data(agent, **changes))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert agent.versions.count() == 1


def test_a_line_that_cannot_be_read_is_named(agent: Agent, cast: Cast, alice: Client) -> None:
    response = alice.post(address(cast.acme, agent), form_data(agent, pronunciations="a = b\n\nNguyen win"))
    errors = response.context["form"].errors["pronunciations"]
    assert errors == ["Line 3: write it as “written = spoken”."]
    assert "Nguyen win" in response.content.decode()


def test_what_is_to_be_mended_is_listed_above_the_form_and_linked_to_its_fields(
    agent: Agent, cast: Cast, alice: Client
) -> None:
    wrong = {"pronunciations": "Nguyen", "client_tools": "{"}
    removed = {"pairs-1-DELETE": "on"}
    pairs = [("When?", ""), ("", "Removed, whatever is wrong with it."), ("", "Nobody asks.")]
    response = alice.post(address(cast.acme, agent), form_data(agent, pairs=pairs, **wrong) | removed)
    assert response.status_code == 422
    page = response.content.decode()
    summary = page.partition('id="to-mend"')[2].partition("<nav")[0]
    assert '<span class="badge bg-danger text-danger-fg ms-auto" aria-label="2 to mend">2</span>' in page
    links = re.findall(r'href="#([\w-]+)">([^<]+)</a>: ([^<]+)<', summary)
    assert [(target, label) for target, label, _ in links] == [
        ("id_pairs-0-answer", "Knowledge → Answer 1"),
        ("id_pairs-2-question", "Knowledge → Question 3"),
        ("id_pronunciations", "Channels → Voice → Pronunciations"),
        ("id_client_tools", "Tools → Tools in the caller&#x27;s page"),
    ]
    for target, _, message in links:
        control = re.search(rf'<(?:textarea|input|select)[^>]* id="{target}"[^>]*>', page)
        assert control and 'aria-invalid="true"' in control[0]
        assert f"{target}_error" in re.findall(r'aria-describedby="([^"]*)"', control[0])[0].split()
        assert message in page.partition(f'id="{target}_error"')[2].partition("</div>")[0]


def test_nothing_is_to_be_mended_of_a_form_that_was_not_sent(agent: Agent, cast: Cast, alice: Client) -> None:
    assert 'id="to-mend"' not in alice.get(address(cast.acme, agent)).content.decode()


def test_pronunciations_open_as_they_were_saved_and_reach_a_call(
    agent: Agent, cast: Cast, alice: Client
) -> None:
    alice.post(address(cast.acme, agent), form_data(agent, pronunciations="Nguyen = win\nUS == U S"))
    agent.refresh_from_db()
    response = alice.get(address(cast.acme, agent))
    assert response.context["form"]["pronunciations"].value() == "Nguyen = win\nUS == U S"
    spec = spec_of(newest(agent), agent_id=agent.pk, version=2)
    assert spec.pronunciations == (Pronunciation("Nguyen", "win"), Pronunciation("US", "U S", True))


def test_a_model_above_the_plan_is_refused(agent: Agent, cast: Cast, alice: Client) -> None:
    plan = cast.acme.plan
    plan.allowed_models = ["groq/other"]
    plan.save()
    response = alice.post(address(cast.acme, agent), form_data(agent))
    assert "does not include Answerer" in str(response.context["form"].errors["model"])


def test_a_form_opened_before_somebody_else_saved_is_refused(agent: Agent, cast: Cast, alice: Client) -> None:
    old = form_data(agent, persona="mine")
    alice.post(address(cast.acme, agent), form_data(agent, persona="theirs"))
    response = alice.post(address(cast.acme, agent), old)
    assert "Somebody saved version 2" in response.content.decode()
    assert newest(agent)["persona"] == "theirs"
