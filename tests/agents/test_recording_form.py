"""The Recording part of the agent's form: what a session gets of it."""

from __future__ import annotations

import pytest

from accounts.models import Plan
from agents.catalogue.organisation_catalogue import OrganisationCatalogue
from agents.forms import AgentForm, initial_of
from agents.recording_notice import NOTICES
from agents.snapshot import complete, spec_of
from agents.vendor_keys.organisation_vendors import OrganisationVendors
from tests.agents.form_data import form_data
from voice.core.spec import RecordingSpec
from voice.engine.lines import LANGUAGES
from voice.providers.catalog import FIRST


def form_with(**changes: object) -> AgentForm:
    catalogue = OrganisationCatalogue(FIRST, Plan(name="Free"), OrganisationVendors())
    return AgentForm(form_data(**changes), catalogue=catalogue)


def test_an_agent_records_nothing_unless_it_is_told_to() -> None:
    assert not spec_of({"name": "Ada"}, agent_id="a" * 24, version=1).recording.is_on


def test_what_is_chosen_reaches_the_session_and_is_shown_again() -> None:
    form = form_with(is_recorded=True, consent_line="  Wir zeichnen auf. ")
    assert form.is_valid(), form.errors
    settings = complete(form.settings([]))
    spec = spec_of(settings, agent_id="a" * 24, version=1)
    assert spec.recording == RecordingSpec(is_on=True, consent_line="Wir zeichnen auf.")
    shown = initial_of(settings)
    assert (shown["is_recorded"], shown["consent_line"]) == (True, "Wir zeichnen auf.")


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en-GB", "This call is recorded."),
        ("de-DE", "Dieses Gespräch wird aufgezeichnet."),
        ("fr-FR", "Cet appel est enregistré."),
        ("es-MX", "Esta llamada se graba."),
        ("nl-NL", "This call is recorded."),
    ],
)
def test_an_empty_line_is_that_of_the_agents_language(language: str, says: str) -> None:
    spec = spec_of({"name": "Ada", "language": language}, agent_id="a" * 24, version=1)
    assert spec.recording.consent_line == says


def test_there_is_a_line_wherever_an_agent_has_lines_of_its_own() -> None:
    assert NOTICES.keys() == set(LANGUAGES)


def test_an_agent_that_tells_callers_nothing_says_nothing() -> None:
    form = form_with(is_recorded=True, recording_is_told=False)
    assert form.is_valid(), form.errors
    settings = complete(form.settings([]))
    assert spec_of(settings, agent_id="a" * 24, version=1).recording == RecordingSpec(is_on=True)
    assert not initial_of(settings)["recording_is_told"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("This call is recorded.", "Dieses Gespräch wird aufgezeichnet."),
        ("Wir zeichnen auf.", "Wir zeichnen auf."),
        ("", ""),
    ],
)
def test_a_version_of_before_keeps_what_was_written_and_its_silence(line: str, says: str) -> None:
    old = {"name": "Ada", "language": "de-DE", "recording": {"is_on": True, "consent_line": line}}
    assert spec_of(old, agent_id="a" * 24, version=1).recording == RecordingSpec(True, says)
    assert complete(complete(old)) == complete(old)


def test_the_field_shows_the_line_of_the_language_that_is_chosen() -> None:
    field = form_with(language="fr-FR").fields["consent_line"]
    assert field.widget.attrs["placeholder"] == "Cet appel est enregistré."


def test_a_consent_line_may_be_left_out_but_not_be_a_speech() -> None:
    assert form_with(is_recorded=True, consent_line="").is_valid()
    assert list(form_with(consent_line="x" * 301).errors) == ["consent_line"]
