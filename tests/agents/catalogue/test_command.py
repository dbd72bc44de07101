"""`manage.py catalogue refresh` asks each vendor that has a key, and says what has changed."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command

from agents.catalogue.selectors import catalogue_read
from agents.models import CatalogueEntry
from tests.simulators.deepgram import DeepgramSimulator
from tests.simulators.elevenlabs import ElevenLabsSimulator
from tests.simulators.groq import GroqSimulator
from tests.simulators.server import Simulator
from tests.simulators.threaded import running
from voice.providers import registry
from voice.providers.access import VendorAccess

pytestmark = pytest.mark.django_db
KEY = "canary_vendor_key_83a1"


@pytest.fixture
def simulators() -> Iterator[list[Simulator]]:
    made: list[Simulator] = [DeepgramSimulator(), ElevenLabsSimulator(), GroqSimulator()]
    with running(made):
        yield made
    registry.configure(decoders=django_settings.EMBEDDED_DECODERS)


def told(do: str = "refresh") -> tuple[str, int]:
    printed = io.StringIO()
    try:
        call_command("catalogue", do, stdout=printed)
    except SystemExit as exit_code:
        return printed.getvalue(), int(exit_code.code or 0)
    return printed.getvalue(), 0


def test_the_vendors_lists_become_rows(simulators: list[Simulator]) -> None:
    registry.configure(vendors=[VendorAccess(each.vendor, KEY, each.base_url) for each in simulators])
    printed, code = told()
    assert code == 0, printed
    assert "Groq: nothing has changed" in printed
    assert "Rachel (ElevenLabs)" in printed and "Zeus (Deepgram)" in printed
    assert "gone: " in printed and "Flux (Deepgram)" in printed
    found = catalogue_read()
    rachel = found.voice_find("elevenlabs/v1")
    zeus = found.voice_find("deepgram/aura-2-zeus-en")
    assert rachel is not None and zeus is not None
    assert (rachel.accent, zeus.accent, zeus.sex) == ("American", "American", "male")
    assert zeus.terms.per_thousand_characters
    nova = found.transcriber_find("deepgram/nova-3")
    assert nova is not None and not nova.terms.is_gone
    assert not CatalogueEntry.objects.filter(name__startswith="nova-2").exists()  # our adapter cannot use it
    assert KEY not in printed
    assert told()[0].count("nothing has changed") == 3


def test_a_vendor_that_refuses_changes_nothing_and_is_told(simulators: list[Simulator]) -> None:
    registry.configure(
        vendors=[VendorAccess(each.vendor, f"bad_{KEY}", each.base_url) for each in simulators]
    )
    printed, code = told()
    assert code == 1
    assert printed.count("Check the API key of this vendor.") == 3
    assert KEY not in printed
    assert not CatalogueEntry.objects.exclude(vanished_at=None).exists()


def test_without_keys_nobody_is_asked() -> None:
    printed, code = told()
    assert code == 0
    assert printed.count("not asked") == 3


def test_it_can_be_shown() -> None:
    printed, _ = told("show")
    assert "groq/openai/gpt-oss-20b\tStandard\t$0.075 in, $0.30 out per million tokens" in printed
