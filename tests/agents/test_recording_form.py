"""The Recording part of the agent's form: what a session gets of it."""

from __future__ import annotations

from accounts.models import Plan
from agents.catalogue.organisation_catalogue import OrganisationCatalogue
from agents.forms import AgentForm, initial_of
from agents.snapshot import complete, spec_of
from agents.vendor_keys.organisation_vendors import OrganisationVendors
from tests.agents.form_data import form_data
from voice.core.spec import RecordingSpec
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


def test_a_consent_line_may_be_left_out_but_not_be_a_speech() -> None:
    assert form_with(is_recorded=True, consent_line="").is_valid()
    assert list(form_with(consent_line="x" * 301).errors) == ["consent_line"]
