"""A conversation through the Talk page with an agent of (simulated) vendors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, expect

from tests.browser.chromium import chromium
from tests.browser.product import Product, start_product
from tests.browser.speech import spoken_wav
from tests.browser.talk_page import DESKTOP, TalkPage, picture, sign_in
from tests.browser.tap import TAP
from tests.simulators.deepgram import DeepgramSimulator
from tests.simulators.elevenlabs import ElevenLabsSimulator
from tests.simulators.groq import GroqSimulator, said_to
from tests.simulators.threaded import running, variables

pytestmark = [pytest.mark.browser, pytest.mark.speech]

QUESTION = "What are your opening hours?"
OVER_THE_REPLY = "Only on Saturday, please."
SPOKEN = (6.5, QUESTION, 4.0, OVER_THE_REPLY, 20.0)
LONG_ANSWER = (
    "**We open** at nine in the morning, and we close at five in the afternoon, from Monday to Friday. " * 3
)
SHORT_ANSWER = "On Saturday from ten to two."


@pytest.fixture(scope="module")
def groq() -> GroqSimulator:
    replies = iter([LONG_ANSWER, SHORT_ANSWER])
    return GroqSimulator(lambda messages: next(replies, "Goodbye."), first_token_ms=200, tokens_a_second=300)


@pytest.fixture(scope="module")
def product(groq: GroqSimulator) -> Iterator[Product]:
    ear = DeepgramSimulator([QUESTION, OVER_THE_REPLY], interim_ms=100, final_ms=150, word_ms=200)
    simulators = [ear, groq, ElevenLabsSimulator(first_audio_ms=100, times_real_time=8)]
    with running(simulators):
        product = start_product(variables(simulators, "simulated"), "vendors")
        yield product
        product.stop()


def test_a_spoken_conversation(
    playwright: Playwright, product: Product, groq: GroqSimulator, tmp_path: Path
) -> None:
    microphone = spoken_wav(tmp_path / "caller.wav", list(SPOKEN))
    with chromium(playwright, microphone=microphone) as browser:
        context = browser.new_context(viewport=DESKTOP)
        context.add_init_script(TAP)
        page = context.new_page()
        sign_in(page, product)
        page.get_by_role("link", name="Talk").first.click()
        talk = TalkPage(page)
        expect(page.get_by_text("built-in, demo quality")).to_have_count(0)
        page.get_by_role("button", name="Start talking").click()
        talk.wait_for("speaking")
        talk.expect_line("user", re.compile(re.escape(QUESTION)), timeout_s=25)
        talk.expect_line("agent", re.compile("We open at nine"), timeout_s=10)
        talk.expect_line("user", re.compile(re.escape(OVER_THE_REPLY)), timeout_s=15)
        expect(page.locator(".talk-line-mark", has_text="Interrupted").first).to_be_visible(timeout=10_000)
        talk.expect_line("agent", re.compile(re.escape(SHORT_ANSWER)), timeout_s=10)
        picture(page, "talk-vendors-desktop")
        assert max(block["rms"] for block in talk.tap()["blocks"]) > 0.02, "the agent's voice is audible"
        context.close()
    told = said_to(groq.requests[-1])
    heard = told[-2]["content"]
    assert heard.startswith("We open at nine") and heard.endswith(" –")
    assert "*" not in heard
