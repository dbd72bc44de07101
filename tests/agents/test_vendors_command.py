"""Whoever sets a key finds out at once whether its vendor takes it."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command

from tests.simulators.deepgram import DeepgramSimulator
from tests.simulators.elevenlabs import ElevenLabsSimulator
from tests.simulators.groq import GroqSimulator
from tests.simulators.openai import OpenAISimulator
from tests.simulators.server import Simulator
from tests.simulators.threaded import running
from voice.providers import registry
from voice.providers.access import VENDORS, VendorAccess

KEY = "canary_vendor_key_83a1"


@pytest.fixture
def simulators() -> Iterator[list[Simulator]]:
    """In a loop of their own: the command runs one itself."""
    made: list[Simulator] = [DeepgramSimulator(), ElevenLabsSimulator(), GroqSimulator(), OpenAISimulator()]
    with running(made):
        yield made
    registry.configure(decoders=django_settings.EMBEDDED_DECODERS)


def told() -> tuple[str, int]:
    """What the command prints, and its exit code."""
    printed = io.StringIO()
    try:
        call_command("vendors", stdout=printed)
    except SystemExit as exit_code:
        return printed.getvalue(), int(exit_code.code or 0)
    return printed.getvalue(), 0


def test_what_is_not_set_is_named_with_its_variable() -> None:
    printed, code = told()
    assert code == 0
    assert "GROQ_API_KEY" in printed and "OPENAI_COMPATIBLE_BASE_URL" in printed
    assert printed.count("not set up") == len(VENDORS)


def test_it_says_what_it_cannot_see() -> None:
    printed, _ = told()
    assert "script/server --simulated-vendors" in printed and "Settings → Vendors" in printed


def test_keys_that_work_are_told_with_what_they_give(simulators: list[Simulator]) -> None:
    registry.configure(vendors=[VendorAccess(each.vendor, KEY, each.base_url) for each in simulators])
    printed, code = told()
    assert code == 0
    assert printed.count("works: ") == len(VENDORS)
    assert KEY not in printed


def test_a_wrong_key_is_told_in_the_vendors_words_with_a_cure_and_without_the_key(
    simulators: list[Simulator],
) -> None:
    wrong = f"bad_{KEY}"
    registry.configure(vendors=[VendorAccess(each.vendor, wrong, each.base_url) for each in simulators])
    printed, code = told()
    assert code == 1
    assert "Invalid credentials." in printed and "Invalid API Key" in printed
    assert printed.count("Check the API key of this vendor.") == len(VENDORS)
    assert KEY not in printed


def test_a_vendor_that_cannot_be_reached_is_told_as_such() -> None:
    registry.configure(vendors=[VendorAccess(name, KEY, "http://127.0.0.1:9") for name in VENDORS])
    try:
        printed, code = told()
    finally:
        registry.configure(decoders=django_settings.EMBEDDED_DECODERS)
    assert code == 1
    assert printed.count("refused: no ") == len(VENDORS)
    assert KEY not in printed
