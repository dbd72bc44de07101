"""What a person at the Talk page notices of a voice that dies in a sentence, and of a hum amid the reply."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, expect

from tests.browser.chromium import chromium
from tests.browser.product import Product, start_product
from tests.browser.speech import spoken_wav
from tests.browser.talk_page import DESKTOP, TalkPage, picture, sign_in
from tests.browser.tap import TAP
from tests.simulators.deepgram import DeepgramSimulator
from tests.simulators.elevenlabs import ElevenLabsSimulator
from tests.simulators.groq import GroqSimulator
from tests.simulators.server import Fault
from tests.simulators.threaded import running, variables

pytestmark = [pytest.mark.browser, pytest.mark.speech]

QUESTION = "What are your opening hours?"
ANSWER = "We open at nine in the morning, and we close at five in the afternoon, from Monday to Friday. " * 2
SPOKEN = (9.0, QUESTION, 5.0, "hmm", 30.0)
# Of 200 ms of sound each: the greeting has some twenty, so that it dies within the answer.
MESSAGES_BEFORE_DEATH = 45


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    ear = DeepgramSimulator([QUESTION, "mhm"], interim_ms=100, final_ms=150, word_ms=200)
    model = GroqSimulator(lambda messages: ANSWER, first_token_ms=200, tokens_a_second=300)
    voice = ElevenLabsSimulator(first_audio_ms=100, times_real_time=8)
    voice.faults.extend([Fault(cut_after=MESSAGES_BEFORE_DEATH), *[Fault(status=503)] * 40])
    simulators = [ear, model, voice]
    with running(simulators):
        product = start_product(variables(simulators, "simulated"), "vendor-faults")
        yield product
        product.stop()


def make_sensitive(page: Page) -> None:
    """The first agent falls silent at the first sound."""
    page.locator("main a[href$='/edit/'], main a", has_text=re.compile("Edit|Settings")).first.click()
    page.locator("input[name=interruption_sensitivity]").fill("1")
    page.get_by_role("button", name="Save", exact=True).click()


def test_a_voice_that_dies_and_a_caller_who_hums_cost_no_word(
    playwright: Playwright, product: Product, tmp_path: Path
) -> None:
    microphone = spoken_wav(tmp_path / "caller.wav", list(SPOKEN))
    with chromium(playwright, microphone=microphone) as browser:
        context = browser.new_context(viewport=DESKTOP)
        context.add_init_script(TAP)
        page = context.new_page()
        sign_in(page, product)
        make_sensitive(page)
        page.get_by_role("link", name="Talk").first.click()
        talk = TalkPage(page)
        page.get_by_role("button", name="Start talking").click()
        talk.wait_for("speaking")
        talk.expect_line("user", re.compile(re.escape(QUESTION)), timeout_s=25)
        talk.expect_line("agent", re.compile("from Monday to Friday.*from Monday to Friday"), timeout_s=40)
        talk.wait_for("listening", timeout_s=40)
        assert talk.messages("audioStop"), "it fell silent for the hum"
        answer = [turn["payload"] for turn in talk.messages("turn")][-1]
        assert answer["heardText"] == answer["text"] == ANSWER.strip() and not answer["interrupted"]
        assert talk.lines("user") == [QUESTION]
        talk.hang_up()
        page.goto(f"{product.address}/")
        page.get_by_role("link", name="Conversations").click()
        page.locator("tbody a").first.click()
        expect(page.get_by_text("elevenlabs").first).to_be_visible(timeout=20_000)
        picture(page, "vendor-faults-call-desktop")
        assert not talk.problems
        context.close()
