"""The Telephone part of the agent's form: whom callers are put through to, keys, and machines."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms

from accounts.models import Plan
from agents.catalogue.organisation_catalogue import OrganisationCatalogue
from agents.client_tools import NoTools, client_tools_of
from agents.forms import AgentForm, initial_of
from agents.snapshot import complete, spec_of
from agents.transfer_targets import MOST_TARGETS, targets_of, text_of
from agents.vendor_keys.organisation_vendors import OrganisationVendors
from tests.agents.form_data import form_data
from voice.core.spec import KeypadSpec, TransferSpec, TransferTarget
from voice.core.tools import ToolKind
from voice.providers.catalog import FIRST

LINES = "Billing = +1 (555) 0100-20 = One moment = please.\n\nFront desk = sip:desk@example.com:5061"
TARGETS = [
    {"name": "Billing", "to": "+1555010020", "line": "One moment = please."},
    {"name": "Front desk", "to": "sip:desk@example.com:5061", "line": ""},
]


def form_with(**changes: Any) -> AgentForm:
    catalogue = OrganisationCatalogue(FIRST, Plan(name="Free"), OrganisationVendors())
    return AgentForm(form_data(**changes), catalogue=catalogue)


def test_what_is_written_comes_back_and_reaches_the_session() -> None:
    form = form_with(
        transfer_targets=LINES, transfer_ring_s=30, keys_are_collected=False, key_terminator="*",
        key_pause_ms=4000, most_digits=6, voicemail_message="Please call back.",
        send_dtmf=True,
    )  # fmt: skip
    assert form.is_valid(), form.errors
    settings = form.settings([])
    assert settings["transfer"] == {"targets": TARGETS, "ring_s": 30}
    assert targets_of(initial_of(settings)["transfer_targets"]) == TARGETS
    assert targets_of(text_of(targets_of(LINES))) == TARGETS
    spec = spec_of(settings, agent_id="a" * 24, version=1)
    assert spec.transfer == TransferSpec(tuple(TransferTarget(**each) for each in TARGETS), 30)
    assert [tool.kind for tool in spec.tools] == [ToolKind.SEND_DTMF, ToolKind.TRANSFER]
    assert "Front desk" in spec.tools[1].parameters and "5061" not in spec.tools[1].parameters
    assert spec.keypad == KeypadSpec(collects=False, terminator="*", pause_ms=4000, most_digits=6)
    assert spec.voicemail_message == "Please call back."


@pytest.mark.parametrize("transport", ["tls", "TCP", "udp"])
def test_an_address_may_say_how_it_is_reached(transport: str) -> None:
    to = f"sip:desk@example.com:5061;transport={transport}"
    (target,) = targets_of(f"Desk={to}=One moment; transport = later.")
    assert target == {"name": "Desk", "to": to, "line": "One moment; transport = later."}
    assert targets_of(text_of([target])) == [target]


def test_a_message_for_machines_that_is_no_template_is_refused_beside_its_field() -> None:
    form = form_with(voicemail_message="Please call back, {{ first name }}.")
    assert list(form.errors) == ["voicemail_message"]
    assert "Line 1" in form.errors["voicemail_message"][0]


def test_an_agent_of_before_puts_nobody_through_and_collects_keys() -> None:
    spec = spec_of(complete({"name": "Ada"}), agent_id="a" * 24, version=1)
    assert spec.tools == () and spec.transfer.targets == ()
    assert spec.keypad == KeypadSpec()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Billing", "Line 1: behind “=”"),
        ("= +15550100", "Line 1: the name is missing"),
        ("Billing = 15550100", "Line 1: behind “=”"),
        ("Billing = +0155501000", "Line 1: behind “=”"),
        ("Billing = +1555010012345678", "Line 1: behind “=”"),
        ("Billing = sip:nobody", "Line 1: behind “=”"),
        ("Billing = sip:a@b.example;transport=pigeon", "Line 1: behind “=”"),
        ("Billing = sip:a@b.example>;x", "Line 1: behind “=”"),
        ("A = +15550100\nb = javascript:alert(1)", "Line 2: behind “=”"),
        ("Billing = +15550100\nbilling = +15550101", "Line 2: “billing” is there twice"),
        ("x" * 61 + " = +15550100", "Line 1: the name may have 60"),
        ("A = +15550100 = " + "x" * 201, "Line 1: what is said first may have 200"),
        ("\n".join(f"n{n} = +15550100" for n in range(MOST_TARGETS + 1)), "20 lines at most"),
    ],
)
def test_what_nobody_can_be_reached_at_is_refused_with_its_line(text: str, told: str) -> None:
    with pytest.raises(forms.ValidationError) as raised:
        targets_of(text)
    assert told in raised.value.messages[0]
    assert "transfer_targets" in form_with(transfer_targets=text).errors


def test_no_tool_of_a_page_has_a_built_in_name() -> None:
    with pytest.raises(NoTools, match="built-in"):
        client_tools_of('[{"name": "transfer", "description": "x"}]')
